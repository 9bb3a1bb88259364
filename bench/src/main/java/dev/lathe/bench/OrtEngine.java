package dev.lathe.bench;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * ONNX Runtime's CPU engine through its Java binding, with all optimisations. Inputs lie in native memory already and are
 * not copied; outputs stay in native memory.
 */
final class OrtEngine implements Engine {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final String model;
    private final OrtSession session;
    private final Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
    private OrtSession.Result last;

    /** @param fixed whether the engine is told the extents of open dimensions, as Lathe's static path is */
    OrtEngine(Path model, int threads, Map<String, Tensor> given, boolean fixed) {
        this.model = model.toString();
        try {
            Map<String, Long> extents = fixed ? extents(given) : Map.of();
            try (OrtSession.SessionOptions o = new OrtSession.SessionOptions()) {
                o.setIntraOpNumThreads(threads);
                o.setInterOpNumThreads(1);
                o.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
                o.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
                for (Map.Entry<String, Long> e : extents.entrySet()) {
                    o.setSymbolicDimensionValue(e.getKey(), e.getValue());
                }
                session = environment.createSession(this.model, o);
            }
            for (String name : session.getInputNames()) {
                inputs.put(name, tensor(name, given.get(name)));
            }
        } catch (OrtException e) {
            throw failed(e);
        }
    }

    static String version() {
        return OrtEnvironment.getEnvironment().getVersion();
    }

    /** The named open dimensions of the inputs and their extents in the data. */
    private Map<String, Long> extents(Map<String, Tensor> given) throws OrtException {
        Map<String, Long> extents = new HashMap<>();
        try (OrtSession.SessionOptions o = new OrtSession.SessionOptions()) {
            o.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
            try (OrtSession s = environment.createSession(model, o)) {
                for (Map.Entry<String, NodeInfo> e : s.getInputInfo().entrySet()) {
                    Tensor t = given.get(e.getKey());
                    if (t == null || !(e.getValue().getInfo() instanceof TensorInfo info)) {
                        continue;
                    }
                    String[] names = info.getDimensionNames();
                    for (int i = 0; i < names.length && i < t.shape().length; i++) {
                        if (names[i] != null && !names[i].isEmpty() && info.getShape()[i] < 0) {
                            extents.put(names[i], (long) t.shape()[i]);
                        }
                    }
                }
            }
        }
        return extents;
    }

    private OnnxTensor tensor(String name, Tensor t) throws OrtException {
        if (t == null) {
            throw new LatheException(model, "input \"" + name + "\" is not recorded");
        }
        long[] shape = Arrays.stream(t.shape()).asLongStream().toArray();
        int n = java.lang.reflect.Array.getLength(t.array());
        switch (t.type()) {
            case F32:
                return OnnxTensor.createTensor(environment, direct(4L * n).asFloatBuffer().put((float[]) t.array()).rewind(), shape);
            case F64:
                return OnnxTensor.createTensor(environment, direct(8L * n).asDoubleBuffer().put((double[]) t.array()).rewind(), shape);
            case I64:
                return OnnxTensor.createTensor(environment, direct(8L * n).asLongBuffer().put((long[]) t.array()).rewind(), shape);
            case I32:
                return OnnxTensor.createTensor(environment, direct(4L * n).asIntBuffer().put((int[]) t.array()).rewind(), shape);
            case BOOL, I8, U8:
                ByteBuffer b = direct(n);
                for (int v : (int[]) t.array()) {
                    b.put((byte) v);
                }
                return OnnxTensor.createTensor(environment, b.rewind(), shape,
                        t.type() == ElementType.BOOL ? OnnxJavaType.BOOL : t.type() == ElementType.I8 ? OnnxJavaType.INT8 : OnnxJavaType.UINT8);
            case STR:
                return OnnxTensor.createTensor(environment, (String[]) t.array(), shape);
            default:
                throw new LatheException(model, "input \"" + name + "\" is " + t.type().text() + "; the benchmark hands f32, f64, integers up to 8 bits, i32, i64, bool and str to ONNX Runtime");
        }
    }

    private static ByteBuffer direct(long bytes) {
        return ByteBuffer.allocateDirect(Math.toIntExact(bytes)).order(ByteOrder.nativeOrder());
    }

    @Override
    public void infer() {
        try {
            if (last != null) {
                last.close();
            }
            last = session.run(inputs);
        } catch (OrtException e) {
            throw failed(e);
        }
    }

    @Override
    public Map<String, Tensor> outputs() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        for (Map.Entry<String, OnnxValue> e : last) {
            if (!(e.getValue() instanceof OnnxTensor t)) {
                throw new LatheException(model, "output \"" + e.getKey() + "\" is no tensor; the benchmark compares tensors only");
            }
            all.put(e.getKey(), read(e.getKey(), t));
        }
        return all;
    }

    private Tensor read(String name, OnnxTensor t) {
        int[] shape = Arrays.stream(t.getInfo().getShape()).mapToInt(Math::toIntExact).toArray();
        switch (t.getInfo().type) {
            case FLOAT:
                return Tensor.of(t.getFloatBuffer(), shape);
            case DOUBLE:
                return Tensor.of(t.getDoubleBuffer(), shape);
            case INT64:
                return Tensor.of(t.getLongBuffer(), shape);
            case INT32:
                return Tensor.of(t.getIntBuffer(), shape);
            case BOOL, INT8, UINT8:
                ByteBuffer b = t.getByteBuffer();
                int[] a = new int[b.remaining()];
                for (int i = 0; i < a.length; i++) {
                    a[i] = t.getInfo().type == OnnxJavaType.INT8 ? b.get(i) : b.get(i) & 255;
                }
                return Tensor.owning(t.getInfo().type == OnnxJavaType.BOOL ? ElementType.BOOL
                        : t.getInfo().type == OnnxJavaType.INT8 ? ElementType.I8 : ElementType.U8, a, shape);
            default:
                throw new LatheException(model, "output \"" + name + "\" is " + t.getInfo().type + ", which the benchmark can't compare");
        }
    }

    private LatheException failed(OrtException e) {
        return new LatheException(model, "ONNX Runtime says: " + e.getMessage());
    }

    @Override
    public void close() {
        try {
            if (last != null) {
                last.close();
            }
            inputs.values().forEach(OnnxTensor::close);
            session.close();
        } catch (OrtException e) {
            throw failed(e);
        }
    }
}
