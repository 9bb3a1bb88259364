package dev.lathe.compiler.onnx.proto;

import dev.lathe.compiler.diag.LatheException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A node's attribute. Only the field that {@link #type} names means anything; that field is never null unless the
 * attribute is a reference.
 *
 * @param refName where not empty, the attribute stands for the enclosing function's attribute of this name
 */
public record AttributeProto(String name, String refName, String docString, AttributeType type, float f, long i,
    ByteBuffer s, TensorProto t, GraphProto g, SparseTensorProto sparseTensor, TypeProto typeProto, float[] floats,
    long[] ints, List<ByteBuffer> strings, List<TensorProto> tensors, List<GraphProto> graphs,
    List<SparseTensorProto> sparseTensors, List<TypeProto> typeProtos) {

    public boolean isReference() {
        return !refName.isEmpty();
    }

    /** The text of a STRING attribute. */
    public String string() {
        return text(s);
    }

    /** The texts of a STRINGS attribute. */
    public List<String> stringList() {
        return strings.stream().map(this::text).toList();
    }

    private String text(ByteBuffer bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.duplicate()).toString();
        } catch (CharacterCodingException e) {
            throw new LatheException("attribute \"" + name + "\"", "the file is damaged: the text is not valid UTF-8",
                "export or download the model again");
        }
    }

    static AttributeProto read(WireReader r) {
        Fields v = new Fields();
        while (r.next()) {
            v.read(r);
        }
        return v.build(r);
    }

    /** The fields while the message is read. */
    private static final class Fields {
        private String name = "";
        private String refName = "";
        private String docString = "";
        private AttributeType type = AttributeType.UNDEFINED;
        // what to take the type from where the file gives none, as the first version of the format did
        private AttributeType seen = AttributeType.UNDEFINED;
        private boolean hasFloats;
        private boolean hasInts;
        private float f;
        private long i;
        private ByteBuffer s = ByteBuffer.allocate(0);
        private TensorProto t;
        private GraphProto g;
        private SparseTensorProto sparseTensor;
        private TypeProto typeProto;
        private final List<ByteBuffer> strings = new ArrayList<>();
        private final List<TensorProto> tensors = new ArrayList<>();
        private final List<GraphProto> graphs = new ArrayList<>();
        private final List<SparseTensorProto> sparseTensors = new ArrayList<>();
        private final List<TypeProto> typeProtos = new ArrayList<>();

        void read(WireReader r) {
            switch (r.field()) {
                case 1 -> name = r.string("name");
                case 2 -> {
                    f = r.float32("f");
                    seen = AttributeType.FLOAT;
                }
                case 3 -> {
                    i = r.int64("i");
                    seen = AttributeType.INT;
                }
                case 4 -> {
                    s = r.bytes("s");
                    seen = AttributeType.STRING;
                }
                case 5 -> {
                    t = TensorProto.read(r.only(t, "t", "TensorProto"));
                    seen = AttributeType.TENSOR;
                }
                case 6 -> {
                    g = GraphProto.read(r.only(g, "g", "GraphProto"));
                    seen = AttributeType.GRAPH;
                }
                // numbers may stand one a field: collected in one go at the end
                case 7 -> {
                    r.skip();
                    hasFloats = true;
                    seen = AttributeType.FLOATS;
                }
                case 8 -> {
                    r.skip();
                    hasInts = true;
                    seen = AttributeType.INTS;
                }
                case 9 -> {
                    strings.add(r.bytes("strings"));
                    seen = AttributeType.STRINGS;
                }
                case 10 -> {
                    tensors.add(TensorProto.read(r.message("tensors", "TensorProto")));
                    seen = AttributeType.TENSORS;
                }
                case 11 -> {
                    graphs.add(GraphProto.read(r.message("graphs", "GraphProto")));
                    seen = AttributeType.GRAPHS;
                }
                case 13 -> docString = r.string("doc_string");
                case 14 -> typeProto = TypeProto.read(r.only(typeProto, "tp", "TypeProto"));
                case 15 -> typeProtos.add(TypeProto.read(r.message("type_protos", "TypeProto")));
                case 20 -> {
                    int number = r.int32("type");
                    type = AttributeType.of(number);
                    if (type == null) {
                        throw r.damaged("type", "there is no attribute type " + number);
                    }
                }
                case 21 -> refName = r.string("ref_attr_name");
                case 22 -> sparseTensor =
                    SparseTensorProto.read(r.only(sparseTensor, "sparse_tensor", "SparseTensorProto"));
                case 23 -> sparseTensors.add(SparseTensorProto.read(r.message("sparse_tensors", "SparseTensorProto")));
                default -> r.skip();
            }
        }

        AttributeProto build(WireReader r) {
            AttributeType actual = type == AttributeType.UNDEFINED ? seen : type;
            if (refName.isEmpty()) {
                require(r, actual, AttributeType.TENSOR, t);
                require(r, actual, AttributeType.GRAPH, g);
                require(r, actual, AttributeType.SPARSE_TENSOR, sparseTensor);
                require(r, actual, AttributeType.TYPE_PROTO, typeProto);
            }
            float[] floats = hasFloats ? RepeatedNumbers.floats(r, 7, "floats") : new float[0];
            long[] ints = hasInts ? RepeatedNumbers.longs(r, 8, "ints") : new long[0];
            return new AttributeProto(name, refName, docString, actual, f, i, s, t, g, sparseTensor, typeProto,
                floats, ints, List.copyOf(strings), List.copyOf(tensors), List.copyOf(graphs),
                List.copyOf(sparseTensors), List.copyOf(typeProtos));
        }

        private void require(WireReader r, AttributeType actual, AttributeType wanted, Object value) {
            if (actual == wanted && value == null) {
                throw r.damaged("type", "attribute \"" + name + "\" is of type " + wanted + " but holds no such value");
            }
        }
    }
}
