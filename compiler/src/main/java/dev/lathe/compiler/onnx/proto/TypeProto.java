package dev.lathe.compiler.onnx.proto;

import java.util.ArrayList;
import java.util.List;

/** The type of a value. Element types are ONNX's numbers, see {@link TensorProto#elementType}. */
public sealed interface TypeProto {
    /** @param shape null where the rank is unknown */
    record TensorType(int elementType, List<Dimension> shape) implements TypeProto {
    }

    /** @param shape null where the rank is unknown */
    record SparseTensorType(int elementType, List<Dimension> shape) implements TypeProto {
    }

    record SequenceType(TypeProto element) implements TypeProto {
    }

    record OptionalType(TypeProto element) implements TypeProto {
    }

    record MapType(int keyType, TypeProto value) implements TypeProto {
    }

    record OpaqueType(String domain, String name) implements TypeProto {
    }

    /** The file says nothing. */
    record Unknown() implements TypeProto {
    }

    /** One dimension of a shape. */
    sealed interface Dimension {
        /** @param value as the file has it; some exporters write -1 for a dimension they don't know */
        record Fixed(long value) implements Dimension {
        }

        record Symbol(String name) implements Dimension {
        }

        record Absent() implements Dimension {
        }
    }

    static TypeProto read(WireReader r) {
        TypeProto type = null;
        while (r.next()) {
            switch (r.field()) {
                case 1 -> type = readTensor(r.only(type, "tensor_type", "TypeProto.Tensor"), false);
                case 4 -> type = new SequenceType(readElement(r.only(type, "sequence_type", "TypeProto.Sequence")));
                case 5 -> type = readMap(r.only(type, "map_type", "TypeProto.Map"));
                case 7 -> type = readOpaque(r.only(type, "opaque_type", "TypeProto.Opaque"));
                case 8 -> type = readTensor(r.only(type, "sparse_tensor_type", "TypeProto.SparseTensor"), true);
                case 9 -> type = new OptionalType(readElement(r.only(type, "optional_type", "TypeProto.Optional")));
                default -> r.skip();
            }
        }
        return type == null ? new Unknown() : type;
    }

    private static TypeProto readTensor(WireReader r, boolean sparse) {
        int elementType = 0;
        List<Dimension> shape = null;
        while (r.next()) {
            switch (r.field()) {
                case 1 -> elementType = r.int32("elem_type");
                case 2 -> shape = readShape(r.only(shape, "shape", "TensorShapeProto"));
                default -> r.skip();
            }
        }
        return sparse ? new SparseTensorType(elementType, shape) : new TensorType(elementType, shape);
    }

    private static List<Dimension> readShape(WireReader r) {
        List<Dimension> dims = new ArrayList<>();
        while (r.next()) {
            if (r.field() == 1) {
                dims.add(readDimension(r.message("dim", "TensorShapeProto.Dimension")));
            } else {
                r.skip();
            }
        }
        return List.copyOf(dims);
    }

    private static Dimension readDimension(WireReader r) {
        Dimension dim = new Dimension.Absent();
        while (r.next()) {
            switch (r.field()) {
                case 1 -> dim = new Dimension.Fixed(r.int64("dim_value"));
                case 2 -> {
                    String name = r.string("dim_param");
                    dim = name.isEmpty() ? new Dimension.Absent() : new Dimension.Symbol(name);
                }
                default -> r.skip();
            }
        }
        return dim;
    }

    private static TypeProto readElement(WireReader r) {
        TypeProto element = null;
        while (r.next()) {
            if (r.field() == 1) {
                element = read(r.only(element, "elem_type", "TypeProto"));
            } else {
                r.skip();
            }
        }
        return element == null ? new Unknown() : element;
    }

    private static TypeProto readMap(WireReader r) {
        int keyType = 0;
        TypeProto value = null;
        while (r.next()) {
            switch (r.field()) {
                case 1 -> keyType = r.int32("key_type");
                case 2 -> value = read(r.only(value, "value_type", "TypeProto"));
                default -> r.skip();
            }
        }
        return new MapType(keyType, value == null ? new Unknown() : value);
    }

    private static TypeProto readOpaque(WireReader r) {
        String domain = "";
        String name = "";
        while (r.next()) {
            switch (r.field()) {
                case 1 -> domain = r.string("domain");
                case 2 -> name = r.string("name");
                default -> r.skip();
            }
        }
        return new OpaqueType(domain, name);
    }
}
