package dev.lathe.compiler.tflite;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.Decomposer;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.compiler.onnx.OnnxImporter.Folder;
import dev.lathe.compiler.onnx.OutputNames;
import dev.lathe.compiler.tensor.FileBytes;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.compiler.tensor.TensorBytes;
import dev.lathe.runtime.ElementType;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads a TensorFlow Lite model into the graph IR. Quantised tensors are read as the numbers that they stand for; only
 * inputs and outputs keep their type.
 */
public final class TfliteImporter {
    private static final int CUSTOM = 32;
    private static final Map<Integer, ElementType> TYPES = Map.ofEntries(Map.entry(0, ElementType.F32), Map.entry(1, ElementType.F16),
            Map.entry(2, ElementType.I32), Map.entry(3, ElementType.U8), Map.entry(4, ElementType.I64), Map.entry(6, ElementType.BOOL),
            Map.entry(7, ElementType.I16), Map.entry(9, ElementType.I8), Map.entry(10, ElementType.F64));

    private final FlatTable model;
    private final String source;
    private final ImportOptions options;
    private final Decomposer decomposer;
    private final GraphBuilder b = new GraphBuilder();
    private final List<FlatTable> tensors;
    private final Value[] values;

    private TfliteImporter(FlatTable model, FlatTable graph, String source, ImportOptions options, Folder folder) {
        this.model = model;
        this.source = source;
        this.options = options;
        this.decomposer = new Decomposer(folder);
        this.tensors = graph.tables(0);
        this.values = new Value[tensors.size()];
    }

    public static Graph read(Path file, ImportOptions options, Folder folder) {
        ByteBuffer bytes = FileBytes.whole(file);
        try {
            FlatTable model = FlatTable.root(bytes, file.toString());
            List<FlatTable> graphs = model.tables(2);
            if (graphs.isEmpty()) {
                throw FlatTable.damaged(file.toString(), "it has no graph");
            }
            return new TfliteImporter(model, graphs.get(0), file.toString(), options, folder).graph(graphs.get(0), file);
        } catch (IndexOutOfBoundsException | IllegalArgumentException | ArithmeticException | NegativeArraySizeException e) {
            LatheException fault = FlatTable.damaged(file.toString(), "" + e.getMessage());
            fault.addSuppressed(e);
            throw fault;
        }
    }

    private static String nameOf(Path file) {
        String n = file.getFileName().toString();
        n = n.endsWith(".tflite") ? n.substring(0, n.length() - 7) : n;
        Path dir = file.toAbsolutePath().getParent();
        return n.equals("model") && dir != null && dir.getFileName() != null ? dir.getFileName().toString() : n;
    }

    private Graph graph(FlatTable graph, Path file) {
        List<FlatTable> codes = model.tables(1);
        List<FlatTable> operators = graph.tables(3);
        check(codes, operators);
        List<FlatTable> buffers = model.tables(4);
        Set<Integer> inputs = new HashSet<>();
        for (int i : graph.ints(1)) {
            inputs.add(i);
            values[i] = input(i);
        }
        for (String given : options.shapes().keySet()) {
            if (inputs.stream().noneMatch(i -> name(i).equals(given))) {
                throw new LatheException(source, "there is no input \"" + given + "\" to give a shape to", "the model's inputs are " + inputs.stream().map(this::name).toList());
            }
        }
        for (int i = 0; i < values.length; i++) {
            ByteBuffer data = inputs.contains(i) ? null : data(buffers.get(tensors.get(i).int32(2, 0)));
            if (data != null && data.hasRemaining()) {
                values[i] = constant(i, data);
            }
        }
        for (FlatTable o : operators) {
            node(o, codes.get(o.int32(0, 0)));
        }
        List<Value> outputs = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i : graph.ints(2)) {
            outputs.add(output(i));
            names.add(name(i));
        }
        return OutputNames.keep(b.finish(nameOf(file), outputs), names);
    }

    private static int code(FlatTable c) {
        // small numbers stand in the field of the first versions
        return Math.max(c.int8(0, 0), c.int32(3, 0));
    }

    private void check(List<FlatTable> codes, List<FlatTable> operators) {
        Map<String, Integer> missing = new TreeMap<>();
        for (FlatTable o : operators) {
            FlatTable c = codes.get(o.int32(0, 0));
            if (find(c) == null) {
                missing.merge(code(c) == CUSTOM ? "custom operator " + c.string(1) : "builtin operator number " + code(c), 1, Integer::sum);
            }
        }
        if (!missing.isEmpty()) {
            StringBuilder s = new StringBuilder(missing.size() == 1 ? "1 TensorFlow Lite operator is" : missing.size() + " TensorFlow Lite operators are")
                    .append(" not supported:");
            missing.forEach((op, n) -> s.append("\n  ").append(op).append(": ").append(n).append(n == 1 ? " operation" : " operations"));
            throw new LatheException(source, s.toString(), "export the model with other operators");
        }
    }

    // ---- tensors ------------------------------------------------------------------------------------------------

    private String name(int i) {
        String n = tensors.get(i).string(3);
        return n.isEmpty() ? "tensor_" + i : n;
    }

    private ElementType type(int i) {
        ElementType t = TYPES.get(tensors.get(i).int8(1, 0));
        if (t == null) {
            throw new LatheException(source, "tensor \"" + name(i) + "\" is of type " + tensors.get(i).int8(1, 0) + ", which is not supported");
        }
        return t;
    }

    private float[] scales(int i) {
        FlatTable q = tensors.get(i).table(4);
        return q == null || type(i).isFloat() ? new float[0] : q.floats(2);
    }

    private long zero(int i, int channel) {
        long[] z = tensors.get(i).table(4).longs(3);
        return z.length == 0 ? 0 : z[z.length == 1 ? 0 : channel];
    }

    private Value input(int i) {
        int[] shape = tensors.get(i).ints(0);
        int[] signature = tensors.get(i).ints(7);
        int[] given = options.shapes().get(name(i));
        if (given != null && given.length != shape.length) {
            throw new LatheException("input \"" + name(i) + "\"", "the shape given has " + given.length + " dimensions, the model declares " + shape.length);
        }
        List<Dim> dims = new ArrayList<>();
        for (int k = 0; k < shape.length; k++) {
            boolean open = options.dynamic() || signature.length == shape.length && signature[k] < 0;
            if (given == null && open) {
                String symbol = name(i).replaceAll("[^A-Za-z0-9_]", "_").replaceFirst("^(?=[0-9_])", "d") + "_" + k;
                b.reserveSymbol(symbol);
                dims.add(Dim.sym(symbol));
            } else {
                dims.add(Dim.of(given != null ? given[k] : shape[k]));
            }
        }
        Tensor fixed = options.constants().get(name(i));
        Value x = fixed != null ? b.constant(name(i), fixed) : b.input(name(i), Type.tensor(type(i), dims));
        float[] s = scales(i);
        if (s.length == 0) {
            return x;
        }
        Value f = b.op("cast", Attrs.of("to", ElementType.F32), x);
        return b.op("mul", b.op("sub", f, b.scalar(ElementType.F32, zero(i, 0))), b.scalar(ElementType.F32, s[0]));
    }

    private Value output(int i) {
        Value v = value(i);
        float[] s = scales(i);
        if (s.length == 0 || !v.elem().isFloat()) {
            return v;
        }
        ElementType t = type(i);
        double least = t.isUnsigned() ? 0 : -Math.pow(2, t.bits() - 1);
        double most = Math.pow(2, t.isUnsigned() ? t.bits() : t.bits() - 1) - 1;
        Value q = b.op("add", b.op("round", b.op("div", v, b.scalar(ElementType.F32, s[0]))), b.scalar(ElementType.F32, zero(i, 0)));
        q = b.op("min", b.op("max", q, b.scalar(ElementType.F32, least)), b.scalar(ElementType.F32, most));
        return b.op("cast", Attrs.of("to", t), q);
    }

    private Value value(int i) {
        if (values[i] == null) {
            throw FlatTable.damaged(source, "tensor \"" + name(i) + "\" is used before it is computed");
        }
        return values[i];
    }

    /** What an operator keeps from one run to the next: zeros, as no run follows another here. */
    private Value state(int i) {
        List<Dim> dims = java.util.Arrays.stream(tensors.get(i).ints(0)).mapToObj(Dim::of).toList();
        return b.op("expand", Attrs.of("dims", dims), b.scalar(ElementType.F32, 0));
    }

    private ByteBuffer data(FlatTable buffer) {
        long offset = buffer.int64(1);
        return offset > 1 ? model.region(offset, buffer.int64(2)) : buffer.bytes(0);
    }

    private Value constant(int i, ByteBuffer data) {
        int[] dims = tensors.get(i).ints(0);
        Tensor t;
        try {
            t = TensorBytes.decode(type(i), dims, data);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw FlatTable.damaged(source, "tensor \"" + name(i) + "\": " + e.getMessage());
        }
        float[] s = scales(i);
        if (t.type() == ElementType.F16) {
            t = new Tensor(ElementType.F32, dims, t.data());
        } else if (s.length > 0) {
            int axis = tensors.get(i).table(4).int32(6, 0);
            int inner = 1;
            for (int k = axis + 1; k < dims.length; k++) {
                inner *= dims[k];
            }
            float[] f = new float[t.size()];
            for (int k = 0; k < f.length; k++) {
                int channel = s.length == 1 ? 0 : k / inner % s.length;
                f[k] = s[channel] * (t.integer(k) - zero(i, channel));
            }
            t = new Tensor(ElementType.F32, dims, f);
        }
        return b.constant(name(i), t);
    }

    // ---- operations ---------------------------------------------------------------------------------------------

    private static TfliteTable.Row find(FlatTable c) {
        return code(c) == CUSTOM ? TfliteTable.custom(c.string(1)) : TfliteTable.find(code(c));
    }

    private void node(FlatTable o, FlatTable c) {
        int code = code(c);
        int[] out = o.ints(2);
        String title = out.length == 0 ? "operator " + code : name(out[0]);
        b.at(Loc.of(title));
        try {
            List<Value> in = new ArrayList<>();
            for (int i : o.ints(1)) {
                in.add(i < 0 ? null : values[i] == null && tensors.get(i).flag(5) ? state(i) : value(i));
            }
            int[] shape = out.length == 0 ? new int[0] : tensors.get(out[0]).ints(0);
            ElementType type = out.length == 0 || scales(out[0]).length > 0 ? ElementType.F32 : type(out[0]);
            List<Value> r = find(c).read(new TfliteNode(b, decomposer, in, out.length, o.table(4), shape, type, o.bytes(5)));
            for (int i = 0; i < out.length && i < r.size(); i++) {
                values[out[i]] = r.get(i);
            }
        } catch (LatheException e) {
            throw e.where().startsWith(source) ? e : e.within(source + ": operation of \"" + title + "\" (number " + code + ")");
        } catch (RuntimeException e) {
            LatheException fault = new LatheException(source + ": operation of \"" + title + "\" (number " + code + ")",
                    "its inputs and attributes don't fit together: " + e.getMessage());
            fault.addSuppressed(e);
            throw fault;
        } finally {
            b.at(Loc.NONE);
        }
    }
}
