package dev.lathe.compiler.paddle.proto;

import dev.lathe.compiler.onnx.proto.RepeatedNumbers;
import dev.lathe.compiler.onnx.proto.WireReader;

/**
 * A variable.
 *
 * @param kind framework.proto's number of what the variable is: {@link #TENSOR}, a list, a scope ...
 * @param tensor its element type and dimensions (-1: not known); null where none are declared
 * @param lodLevel how many levels of sequences the rows stand for
 */
public record VarDesc(String name, int kind, TensorDesc tensor, int lodLevel, boolean persistable) {
    public static final int TENSOR = 7;
    public static final int ARRAY = 13;

    /** An element type by framework.proto's number, and dimensions. */
    public record TensorDesc(int dataType, long[] dims) {
        public static TensorDesc read(WireReader r) {
            int type = 0;
            while (r.next()) {
                if (r.field() == 1) {
                    type = r.int32("data_type");
                } else {
                    r.skip();
                }
            }
            return new TensorDesc(type, RepeatedNumbers.longs(r, 2, "dims"));
        }
    }

    static VarDesc read(WireReader r) {
        String name = "";
        boolean persistable = false;
        int kind = TENSOR;
        int lod = 0;
        TensorDesc tensor = null;
        while (r.next()) {
            switch (r.field()) {
                case 1 -> name = r.string("name");
                case 2 -> {
                    WireReader t = r.message("type", "VarType");
                    while (t.next()) {
                        switch (t.field()) {
                            case 1 -> kind = t.int32("type");
                            case 2 -> tensor = TensorDesc.read(t.message("selected_rows", "TensorDesc"));
                            case 3, 4 -> {
                                WireReader l = t.message("lod_tensor", "LoDTensorDesc");
                                while (l.next()) {
                                    switch (l.field()) {
                                        case 1 -> tensor = TensorDesc.read(l.message("tensor", "TensorDesc"));
                                        case 2 -> lod = l.int32("lod_level");
                                        default -> l.skip();
                                    }
                                }
                            }
                            default -> t.skip();
                        }
                    }
                }
                case 3 -> persistable = r.int64("persistable") != 0;
                default -> r.skip();
            }
        }
        return new VarDesc(name, kind, tensor, lod, persistable);
    }
}
