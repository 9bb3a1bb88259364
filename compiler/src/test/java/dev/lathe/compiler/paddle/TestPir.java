package dev.lathe.compiler.paddle;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.stream.Collectors;

/** Writes small programs in PaddlePaddle 3's JSON. Values have the numbers that the writer gives them. */
final class TestPir {
    private final Deque<List<String>> ops = new ArrayDeque<>(List.of(new ArrayList<>()));
    private final Deque<String> arguments = new ArrayDeque<>(List.of(""));
    private final TestProgram parameters = new TestProgram();
    private int regions;

    /** A type: {@code f32}, {@code i64} and so on, and dimensions. */
    static String type(String elem, long... dims) {
        return "{\"#\":\"0.t_dtensor\",\"D\":[{\"#\":\"0.t_" + elem + "\"}," + Arrays.toString(dims) + ",\"NCHW\",[],0]}";
    }

    static String list(String... types) {
        return "{\"#\":\"0.t_vec\",\"D\":[" + String.join(",", types) + "]}";
    }

    TestPir input(String name, int id, String type) {
        return op("1.data", new int[0], "\"%\":" + id + ",\"TT\":" + type, "name", name);
    }

    TestPir parameter(String name, int id, float[] values, int... dims) {
        parameters.parameter(name, values, dims);
        String t = type("f32", Arrays.stream(dims).asLongStream().toArray());
        ops.peek().add("{\"#\":\"p\",\"A\":[0,1,1,\"" + name + "\"],\"O\":{\"%\":" + id + ",\"TT\":" + t + "},\"OA\":[1,0,1]}");
        return this;
    }

    TestPir output(String name, int id, int col) {
        return op("1.fetch", new int[] {id}, "\"%\":" + (900 + col) + ",\"TT\":" + type("f32"), "name", name, "col", col);
    }

    /** An i64 vector. */
    TestPir ints(int id, int... values) {
        return op("1.full_int_array", new int[0], result(id, type("i64", values.length)), "value", values, "dtype", new DType("int64"));
    }

    TestPir full(int id, String elem, Object value, int... dims) {
        String type = type(elem.equals("float32") ? "f32" : elem.equals("bool") ? "bool" : "i64", Arrays.stream(dims).asLongStream().toArray());
        return op("1.full", new int[0], result(id, type), "shape", new IntArray(dims), "value", new Scalar(elem, value), "dtype", new DType(elem));
    }

    record DType(String name) {}

    record IntArray(int[] values) {}

    record Scalar(String type, Object value) {}

    static String result(int id, String type) {
        return "\"%\":" + id + ",\"TT\":" + type;
    }

    private static String attr(Object v) {
        if (v instanceof Integer) {
            return "{\"#\":\"0.a_i32\",\"D\":" + v + "}";
        } else if (v instanceof Float f) {
            return Float.isInfinite(f) ? "{\"#\":\"0.a_f32\",\"VD\":\"" + (f > 0 ? "INF" : "-INF") + "\"}" : "{\"#\":\"0.a_f32\",\"D\":" + v + "}";
        } else if (v instanceof Boolean) {
            return "{\"#\":\"0.a_bool\",\"D\":" + v + "}";
        } else if (v instanceof String) {
            return "{\"#\":\"0.a_str\",\"D\":\"" + v + "\"}";
        } else if (v instanceof DType d) {
            return "{\"#\":\"1.a_dtype\",\"D\":\"" + d.name() + "\"}";
        } else if (v instanceof IntArray a) {
            return "{\"#\":\"1.a_intarray\",\"D\":" + Arrays.toString(a.values()) + "}";
        } else if (v instanceof Scalar s) {
            return "{\"#\":\"1.a_scalar\",\"D\":[\"" + s.type() + "\"," + s.value() + "]}";
        }
        String all = Arrays.stream((int[]) v).mapToObj(x -> "{\"#\":\"0.a_i64\",\"D\":" + x + "}").collect(Collectors.joining(","));
        return "{\"#\":\"0.a_array\",\"D\":[" + all + "]}";
    }

    /** @param results a number and a type each, see {@link #result}; several stand apart by bars */
    TestPir op(String name, int[] operands, String results, Object... attrs) {
        ops.peek().add(operation(name, operands, results, attrs) + "}");
        return this;
    }

    private static String operation(String name, int[] operands, String results, Object... attrs) {
        List<String> a = new ArrayList<>();
        for (int i = 0; i < attrs.length; i += 2) {
            a.add("{\"AT\":" + attr(attrs[i + 1]) + ",\"N\":\"" + attrs[i] + "\"}");
        }
        String in = Arrays.stream(operands).mapToObj(x -> "{\"%\":" + x + "}").collect(Collectors.joining(","));
        String out = results.isEmpty() ? "" : Arrays.stream(results.split("\\|")).map(r -> "{" + r + "}").collect(Collectors.joining(","));
        return "{\"#\":\"" + name + "\",\"A\":[" + String.join(",", a) + "],\"I\":[" + in + "],\"O\":[" + out + "]";
    }

    /** Begins a region; what it is given are values of these numbers. */
    TestPir begin(String... args) {
        ops.push(new ArrayList<>());
        arguments.push(Arrays.stream(args).map(a -> "{" + a.replace("\"%\"", "\"#\"") + "}").collect(Collectors.joining(",")));
        return this;
    }

    String end() {
        int r = regions++;
        return "{\"#\":\"region_" + r + "\",\"blocks\":[{\"#\":\"block_" + r + "\",\"args\":[" + arguments.pop() + "],\"ops\":[" + String.join(",", ops.pop()) + "]}]}";
    }

    TestPir control(String name, int[] operands, String results, String... inner) {
        ops.peek().add(operation(name, operands, results) + ",\"regions\":[" + String.join(",", inner) + "]}");
        return this;
    }

    String text() {
        return "{\"base_code\":{\"magic\":\"pir\",\"trainable\":false,\"version\":1},\"program\":{\"regions\":["
                + "{\"#\":\"region\",\"blocks\":[{\"#\":\"block\",\"args\":[],\"ops\":[" + String.join(",", ops.peek()) + "]}]}]}}";
    }

    byte[] combined() {
        return parameters.combined();
    }

    Path write(Path folder) {
        try {
            Files.write(folder.resolve("inference.pdiparams"), combined());
            return Files.writeString(folder.resolve("inference.json"), text());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
