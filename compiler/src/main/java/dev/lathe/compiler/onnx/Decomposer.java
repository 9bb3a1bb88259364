package dev.lathe.compiler.onnx;

import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.proto.AttributeProto;
import dev.lathe.compiler.onnx.proto.AttributeType;
import dev.lathe.compiler.onnx.proto.ModelProto;
import dev.lathe.compiler.onnx.proto.NodeProto;
import dev.lathe.compiler.onnx.proto.OperatorSetId;
import dev.lathe.compiler.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The decompositions of ONNX's operators for importers of other formats: an operator that means the same there is
 * written here by ONNX's name, and only what differs is decomposed anew.
 */
public final class Decomposer {
    /** The version whose forms of the operators {@link #all} takes. */
    private static final int OPSET = 21;

    private final OnnxImporter importer;

    public Decomposer(OnnxImporter.Folder folder) {
        ModelProto none = new ModelProto(10, List.of(new OperatorSetId("", OPSET)), "", "", "", 0, "", null, List.of(), Map.of());
        this.importer = new OnnxImporter(none, null, ImportOptions.NONE, folder);
    }

    /** The contents of a value when they are known at compile time, else null. */
    public Tensor constant(GraphBuilder b, Value v) {
        return importer.constant(b, v);
    }

    /** All results of an operation that binds the extents of its results; constants when the operands are. */
    public List<Value> binding(GraphBuilder b, String op, Attrs attrs, List<Value> in) {
        return importer.binding(b, op, attrs, in);
    }

    /**
     * The first {@code outputs} results of an ONNX operator.
     *
     * @param op the operator's name; one of another domain than the default has it in front, with a colon
     * @param attributes long, double, text, long[], double[] or float[] by name
     * @param in a null stands for an operand that is left out
     */
    public List<Value> all(GraphBuilder b, String op, int outputs, Map<String, Object> attributes, List<Value> in) {
        Scope scope = new Scope(null);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            names.add(in.get(i) == null ? "" : "i" + i);
            if (in.get(i) != null) {
                scope.put("i" + i, in.get(i));
            }
        }
        List<String> out = new ArrayList<>();
        for (int i = 0; i < outputs; i++) {
            out.add("o" + i);
        }
        List<AttributeProto> attrs = new ArrayList<>();
        attributes.forEach((name, v) -> attrs.add(attribute(name, v)));
        int colon = op.indexOf(':');
        String domain = op.substring(0, Math.max(0, colon));
        String type = op.substring(colon + 1);
        NodeProto n = new NodeProto(names, out, "", type, domain, "", attrs, "", Map.of());
        ImportTable.find(domain, type).read(new NodeImport(importer, n, b, scope));
        return out.stream().map(scope::find).toList();
    }

    private static AttributeProto attribute(String name, Object v) {
        long i = 0;
        float f = 0;
        ByteBuffer s = ByteBuffer.allocate(0);
        long[] ints = new long[0];
        float[] floats = new float[0];
        List<ByteBuffer> texts = List.of();
        AttributeType type;
        if (v instanceof Float || v instanceof Double) {
            f = ((Number) v).floatValue();
            type = AttributeType.FLOAT;
        } else if (v instanceof Number x) {
            i = x.longValue();
            type = AttributeType.INT;
        } else if (v instanceof Boolean x) {
            i = x ? 1 : 0;
            type = AttributeType.INT;
        } else if (v instanceof String x) {
            s = ByteBuffer.wrap(x.getBytes(StandardCharsets.UTF_8));
            type = AttributeType.STRING;
        } else if (v instanceof long[] x) {
            ints = x;
            type = AttributeType.INTS;
        } else if (v instanceof int[] x) {
            ints = Arrays.stream(x).asLongStream().toArray();
            type = AttributeType.INTS;
        } else if (v instanceof float[] x) {
            floats = x;
            type = AttributeType.FLOATS;
        } else if (v instanceof String[] x) {
            texts = Arrays.stream(x).map(t -> ByteBuffer.wrap(t.getBytes(StandardCharsets.UTF_8))).toList();
            type = AttributeType.STRINGS;
        } else {
            throw new IllegalArgumentException("attribute " + name + " is " + v);
        }
        return new AttributeProto(name, "", "", type, f, i, s, null, null, null, null, floats, ints, texts, List.of(), List.of(), List.of(), List.of());
    }
}
