package dev.lathe.compiler.paddle.proto;

import dev.lathe.compiler.onnx.proto.RepeatedNumbers;
import dev.lathe.compiler.onnx.proto.WireReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One operation. Operands and results stand in named slots, each a list of variables.
 *
 * @param attrs Long (also a block's number), Double, String, Boolean, or a List of one of these
 */
public record OpDesc(String type, Map<String, List<String>> inputs, Map<String, List<String>> outputs, Map<String, Object> attrs) {
    static OpDesc read(WireReader r) {
        String type = "";
        Map<String, List<String>> in = new LinkedHashMap<>();
        Map<String, List<String>> out = new LinkedHashMap<>();
        Map<String, Object> attrs = new LinkedHashMap<>();
        while (r.next()) {
            switch (r.field()) {
                case 1 -> slot(r.message("inputs", "OpDesc.Var"), in);
                case 2 -> slot(r.message("outputs", "OpDesc.Var"), out);
                case 3 -> type = r.string("type");
                case 4 -> attr(r.message("attrs", "OpDesc.Attr"), attrs);
                default -> r.skip();
            }
        }
        if (type.isEmpty()) {
            throw r.damaged("type", "an operation has no type");
        }
        return new OpDesc(type, in, out, attrs);
    }

    private static void slot(WireReader r, Map<String, List<String>> into) {
        String name = "";
        List<String> arguments = new ArrayList<>();
        while (r.next()) {
            switch (r.field()) {
                case 1 -> name = r.string("parameter");
                case 2 -> arguments.add(r.string("arguments"));
                default -> r.skip();
            }
        }
        into.put(name, arguments);
    }

    private static void attr(WireReader r, Map<String, Object> into) {
        String name = "";
        int type = -1;
        Object one = null;
        List<Object> many = new ArrayList<>();
        while (r.next()) {
            switch (r.field()) {
                case 1 -> name = r.string("name");
                case 2 -> type = r.int32("type");
                case 3 -> one = (long) r.int32("i");
                case 4 -> one = (double) r.float32("f");
                case 5 -> one = r.string("s");
                case 8 -> many.add(r.string("strings"));
                case 10 -> one = r.int64("b") != 0;
                case 12 -> one = (long) r.int32("block_idx");
                case 13 -> one = r.int64("l");
                case 17 -> one = r.string("var_name");
                case 18 -> many.add(r.string("vars_name"));
                case 19 -> one = r.float64("float64");
                case 20 -> one = scalar(r.message("scalar", "Scalar"));
                case 21 -> many.add(scalar(r.message("scalars", "Scalar")));
                // repeated numbers are collected in one go below
                default -> r.skip();
            }
        }
        // false, 0 and "" may be left out of the file
        into.put(name, switch (type) {
            case 0, 8, 9, 16 -> one == null ? (Object) 0L : one;
            case 1, 15 -> one == null ? (Object) 0.0 : one;
            case 2, 13 -> one == null ? "" : one;
            case 6 -> one == null ? (Object) false : one;
            case 3 -> longs(r, 6, "ints");
            case 4 -> boxed(RepeatedNumbers.floats(r, 7, "floats"));
            case 7 -> longs(r, 11, "bools").stream().map(x -> x != 0).toList();
            case 10 -> longs(r, 14, "blocks_idx");
            case 11 -> longs(r, 15, "longs");
            case 12 -> Arrays.stream(RepeatedNumbers.doubles(r, 16, "float64s")).boxed().toList();
            case 5, 14, 17 -> List.copyOf(many);
            default -> throw r.damaged("type", "attribute \"" + name + "\" is of type " + type + ", which is not known");
        });
    }

    private static List<Long> longs(WireReader r, int field, String name) {
        return Arrays.stream(RepeatedNumbers.longs(r, field, name)).boxed().toList();
    }

    private static List<Double> boxed(float[] a) {
        List<Double> r = new ArrayList<>();
        for (float x : a) {
            r.add((double) x);
        }
        return r;
    }

    private static Object scalar(WireReader r) {
        Object v = 0L;
        while (r.next()) {
            switch (r.field()) {
                case 2 -> v = r.int64("b") != 0;
                case 3 -> v = r.int64("i");
                case 4 -> v = r.float64("r");
                default -> r.skip();
            }
        }
        return v;
    }
}
