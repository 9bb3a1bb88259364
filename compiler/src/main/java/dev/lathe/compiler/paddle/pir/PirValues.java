package dev.lathe.compiler.paddle.pir;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.paddle.proto.VarDesc;
import dev.lathe.compiler.paddle.proto.VarDesc.TensorDesc;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Types and attributes of a JSON program: objects that hold their kind under {@code #} and what they say under {@code D}. */
final class PirValues {
    /** framework.proto's numbers by the names of types (after {@code t_}) and of attributes. */
    private static final Map<String, Integer> TYPES = Map.ofEntries(Map.entry("bool", 0), Map.entry("i16", 1), Map.entry("int16", 1), Map.entry("i32", 2),
            Map.entry("int32", 2), Map.entry("i64", 3), Map.entry("int64", 3), Map.entry("index", 3), Map.entry("f16", 4), Map.entry("float16", 4), Map.entry("f32", 5),
            Map.entry("float32", 5), Map.entry("f64", 6), Map.entry("float64", 6), Map.entry("ui8", 20), Map.entry("u8", 20), Map.entry("uint8", 20), Map.entry("i8", 21),
            Map.entry("int8", 21), Map.entry("bf16", 22), Map.entry("bfloat16", 22), Map.entry("c64", 23), Map.entry("complex64", 23), Map.entry("c128", 24),
            Map.entry("complex128", 24));

    private PirValues() {}

    private static LatheException damaged(String what) {
        return new LatheException("", "the file is damaged: " + what);
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object v, String what) {
        if (!(v instanceof Map)) {
            throw damaged(what + " is missing, or no object");
        }
        return (Map<String, Object>) v;
    }

    @SuppressWarnings("unchecked")
    static List<Object> list(Object v, String what) {
        if (!(v instanceof List)) {
            throw damaged(what + " are missing, or no list");
        }
        return (List<Object>) v;
    }

    static List<Map<String, Object>> objects(Object v, String what) {
        List<Map<String, Object>> r = new ArrayList<>();
        list(v, what).forEach(x -> r.add(object(x, "one of " + what)));
        return r;
    }

    static String text(Object v, String what) {
        if (!(v instanceof String s)) {
            throw damaged(what + " is missing, or no text");
        }
        return s;
    }

    static long whole(Object v) {
        if (!(v instanceof Long x)) {
            throw damaged("a number is missing, or not whole");
        }
        return x;
    }

    static boolean isList(Object type) {
        return object(type, "a type").get("#") instanceof String s && s.endsWith(".t_vec");
    }

    /** What a value of a type is: one tensor or array, or as many as a list has. */
    static List<VarDesc> types(Object type, String name) {
        Map<String, Object> t = object(type, "a type");
        String kind = text(t.getOrDefault("#", ""), "a type");
        if (kind.endsWith(".t_vec")) {
            List<VarDesc> r = new ArrayList<>();
            list(t.get("D"), "a type's parts").forEach(x -> r.addAll(types(x, name)));
            return r;
        }
        boolean array = kind.contains("array");
        if (!array && !kind.endsWith(".t_dtensor")) {
            // nobody looks at it, or the operation that does says so
            return List.of(new VarDesc(name, VarDesc.TENSOR, null, 0, false));
        }
        List<Object> d = list(t.get("D"), "a type's parts");
        String elem = text(object(d.get(0), "an element type").get("#"), "an element type");
        Integer number = TYPES.get(elem.substring(elem.indexOf("t_") + 2));
        if (number == null) {
            throw damaged("element type " + elem + " is not known");
        }
        long[] dims = list(d.get(1), "dimensions").stream().mapToLong(PirValues::whole).toArray();
        return List.of(new VarDesc(name, array ? VarDesc.ARRAY : VarDesc.TENSOR, new TensorDesc(number, dims), 0, false));
    }

    /** Attributes by name: Long, Double, String, Boolean or lists of these; element types are numbers. */
    static Map<String, Object> attrs(Object all) {
        Map<String, Object> r = new LinkedHashMap<>();
        for (Map<String, Object> a : objects(all == null ? List.of() : all, "attributes")) {
            if (a.containsKey("AT")) {
                Object v = value(object(a.get("AT"), "an attribute"));
                if (v != null) {
                    r.put(text(a.get("N"), "an attribute's name"), v);
                }
            }
        }
        return r;
    }

    private static Object value(Map<String, Object> a) {
        String kind = text(a.get("#"), "an attribute's kind");
        Object d = a.get("D");
        if (!a.containsKey("D")) {
            // numbers that JSON can't write
            return a.values().stream().filter(v -> v instanceof String s && !s.equals(kind)).map(v -> (Object) special((String) v)).findFirst().orElse(null);
        }
        return switch (kind.substring(kind.indexOf('.') + 1)) {
            case "a_array" -> objects(d, "an attribute's elements").stream().map(PirValues::value).toList();
            // its element type stands in front
            case "a_scalar" -> list(d, "a scalar").get(1);
            case "a_dtype" -> (long) TYPES.getOrDefault(text(d, "an element type").toLowerCase(Locale.ROOT), -1);
            case "a_place" -> null;
            default -> d;
        };
    }

    private static double special(String s) {
        return switch (s.toLowerCase(Locale.ROOT)) {
            case "inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.NaN;
        };
    }
}
