package dev.lathe.compiler.hostile;

import dev.lathe.compiler.hostile.Hostile.Expect;
import dev.lathe.compiler.hostile.Hostile.Maker;
import dev.lathe.compiler.hostile.Hostile.Trial;
import dev.lathe.compiler.models.Onnx;
import dev.lathe.compiler.onnx.proto.WireWriter;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What strangers do with files rather than with a model's contents: side files, other formats, texts without end, names of files. */
final class HostileFiles {
    private static final ElementType F32 = ElementType.F32;

    private HostileFiles() {}

    static List<Trial> all() {
        List<Trial> r = new ArrayList<>();
        large(r);
        external(r);
        texts(r);
        sides(r);
        bytes(r);
        names(r);
        return r;
    }

    private static void onnx(List<Trial> r, String name, Expect expect, String word, java.util.function.Supplier<byte[]> model) {
        r.add(Hostile.compile(name, expect, word, "m.onnx", f -> Files.write(f.resolve("m.onnx"), model.get())));
    }

    private static void text(List<Trial> r, String name, Expect expect, String text) {
        r.add(Hostile.compile("text: " + name, expect, "", "m.lir", f -> Files.writeString(f.resolve("m.lir"), "lathe 1\n" + text)));
    }

    private static void large(List<Trial> r) {
        onnx(r, "large: 100,000 pairs of a sum and a difference", Expect.DONE_OR_REFUSED, "", () -> {
            Onnx o = new Onnx("pairs").input("x", F32, 4, 4).weight("axes", Tensor.ofLongs(new int[] {1}, 1));
            for (int i = 0; i < 100_000; i++) {
                String x = i == 0 ? "x" : "v" + (i - 1);
                o.node("ReduceSum", "s" + i, x + " axes", "t" + i).node("Sub", "d" + i, x + " t" + i, "v" + i);
            }
            return o.output("v99999", F32).bytes();
        });
        onnx(r, "large: 100,000 padded convolutions", Expect.DONE_OR_REFUSED, "", () -> {
            Onnx o = new Onnx("convolutions").input("x", F32, 1, 16, 8, 8).weight("w", Tensor.ofFloats(new int[] {16, 16, 3, 3}, new float[16 * 16 * 9]));
            for (int i = 0; i < 100_000; i++) {
                o.node("Conv", "c" + i, (i == 0 ? "x" : "v" + (i - 1)) + " w", "v" + i, Onnx.ints("pads", 1, 1, 1, 1));
            }
            return o.output("v99999", F32).bytes();
        });
        onnx(r, "large: 100,000 padded convolutions over open extents", Expect.DONE_OR_REFUSED, "steps", () -> {
            Onnx o = new Onnx("open").input("x", F32, "N", 16, "H", "W").weight("w", Tensor.ofFloats(new int[] {16, 16, 3, 3}, new float[16 * 16 * 9]));
            for (int i = 0; i < 100_000; i++) {
                o.node("Conv", "c" + i, (i == 0 ? "x" : "v" + (i - 1)) + " w", "v" + i, Onnx.ints("pads", 1, 1, 1, 1));
            }
            return o.output("v99999", F32).bytes();
        });
        onnx(r, "large: 100,000 nodes with a constant each", Expect.DONE_OR_REFUSED, "", () -> {
            Onnx o = new Onnx("constants").input("x", F32, 4, 8);
            for (int i = 0; i < 100_000; i++) {
                o.weight("w" + i, Tensor.ofFloats(new int[] {8}, i, 1, 2, 3, 4, 5, 6, 7)).node(i % 2 == 0 ? "Add" : "Mul", "n" + i, (i == 0 ? "x" : "v" + (i - 1)) + " w" + i, "v" + i);
            }
            return o.output("v99999", F32).bytes();
        });
        onnx(r, "large: 200,000 nodes over open extents", Expect.DONE, "", () -> {
            Onnx o = new Onnx("open").input("x", F32, "N", "T");
            for (int i = 0; i < 200_000; i++) {
                o.node(i % 2 == 0 ? "Exp" : "Tanh", "n" + i, i == 0 ? "x" : "v" + (i - 1), "v" + i);
            }
            return o.output("v199999", F32).bytes();
        });
        onnx(r, "large: 10,000 loops inside each other", Expect.REFUSED, "nest", () -> loops(10_000));
        onnx(r, "large: 100,000 inputs and outputs", Expect.DONE_OR_REFUSED, "", () -> {
            Onnx o = new Onnx("ends");
            for (int i = 0; i < 100_000; i++) {
                o.input("x" + i, F32, 2).output("y" + i, F32, 2).node("Relu", "n" + i, "x" + i, "y" + i);
            }
            return o.bytes();
        });
        onnx(r, "large: a tensor of 10,000 dimensions", Expect.DONE_OR_REFUSED, "", () -> {
            Object[] d = new Object[10_000];
            Arrays.fill(d, 1);
            return new Onnx("rank").input("x", F32, d).output("y", F32).node("Relu", "r", "x", "y").bytes();
        });
        onnx(r, "large: one node with 100,000 operands", Expect.DONE_OR_REFUSED, "", () -> new Onnx("many").input("x", F32, 4).output("y", F32)
                .node("Sum", "sum", String.join(" ", java.util.Collections.nCopies(100_000, "x")), "y").bytes());
    }

    private static byte[] loops(int levels) {
        WireWriter body = body(new Onnx("body").node("Relu", "r", "x", "o0"), 0).graph();
        for (int i = 1; i <= levels; i++) {
            body = body(new Onnx("g").node("Loop", "loop" + i, "n c x", "o" + i, new WireWriter().string(1, "body").message(6, body).int64(20, 5)), i).graph();
        }
        return new Onnx("nested").input("n", ElementType.I64).input("c", ElementType.BOOL).input("x", F32, 4).output("y", F32)
                .node("Loop", "top", "n c x", "y", new WireWriter().string(1, "body").message(6, body).int64(20, 5)).bytes();
    }

    private static Onnx body(Onnx graph, int level) {
        return graph.input("i" + level, ElementType.I64).input("c" + level, ElementType.BOOL).input("x" + level, F32, 4)
                .output("c" + level, ElementType.BOOL).output("o" + level, F32);
    }

    private static void external(List<Trial> r) {
        external(r, "a file that is not there", "not in", f -> { });
        external(r, "a file that is too short", "truncated", f -> Files.write(f.resolve("w.bin"), new byte[4]));
        external(r, "a folder", "not a regular file", f -> Files.createDirectory(f.resolve("w.bin")));
        external(r, "a link to a file outside", "leaves the model's folder", f -> {
            Files.write(f.resolveSibling("secret"), new byte[8]);
            Files.createSymbolicLink(f.resolve("w.bin"), f.resolveSibling("secret"));
        });
        external(r, "a link to a device", "not a regular file", f -> Files.createSymbolicLink(f.resolve("w.bin"), Path.of("/dev/zero")));
        external(r, "a link to itself", "not in", f -> Files.createSymbolicLink(f.resolve("w.bin"), Path.of("w.bin")));
        external(r, "a pipe that nobody writes to", "not a regular file", f -> {
            try {
                new ProcessBuilder("mkfifo", f.resolve("w.bin").toString()).start().waitFor();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static void external(List<Trial> r, String name, String word, Maker data) {
        r.add(Hostile.compile("external data: " + name, Expect.REFUSED, word, "m.onnx", f -> {
            Files.write(f.resolve("m.onnx"), new Onnx("external").input("x", F32, 2).output("y", F32, 2).external("w", "w.bin", 8, 2)
                    .node("Mul", "scale", "x w", "y").bytes());
            data.make(f);
        }));
    }

    private static void texts(List<Trial> r) {
        String head = "graph @g(%x: f32[4]) -> (%y) {\n";
        for (String open : List.of("(", "[", "{", "<", "if(%c) {", "%y: f32[4] = if(%c)({\n")) {
            text(r, "10,000 times " + open.strip(), Expect.REFUSED, head + open.repeat(10_000));
        }
        text(r, "a type of 10,000 levels", Expect.REFUSED, "graph @g(%x: " + "opt<".repeat(10_000) + "f32[4]" + ">".repeat(10_000) + ") {\n  return %x\n}\n");
        text(r, "an extent of 10,000 levels", Expect.REFUSED, "graph @g(%x: f32[" + "max(1, ".repeat(10_000) + "N" + ")".repeat(10_000) + "]) {\n  return %x\n}\n");
        text(r, "an extent of 100,000 terms", Expect.DONE_OR_REFUSED, "graph @g(%x: f32[N" + " + N * N".repeat(100_000) + "]) {\n  %y: f32[N] = relu(%x)\n  return %y\n}\n");
        text(r, "a line of 20 MB", Expect.REFUSED, head + "  %y: f32[4] = relu(%" + "a".repeat(20_000_000) + ")\n  return %y\n}\n");
        text(r, "an integer of 100,000 digits", Expect.REFUSED, head + "  %y: f32[" + "9".repeat(100_000) + "] = relu(%x)\n  return %y\n}\n");
        text(r, "a constant of 2^40 elements", Expect.REFUSED, "graph @g() -> (%y) {\n  %y: f32[1099511627776] = const() {value = splat(1.0)}\n  return %y\n}\n");
        text(r, "100,000 mistakes", Expect.REFUSED, head + "  %y: f32[4] = nothing(%z) {a = }\n".repeat(100_000) + "}\n");
        StringBuilder chain = new StringBuilder(head);
        for (int i = 0; i < 100_000; i++) {
            chain.append("  %v").append(i).append(": f32[4] = ").append(i % 2 == 0 ? "exp" : "tanh").append('(').append(i == 0 ? "%x" : "%v" + (i - 1)).append(")\n");
        }
        text(r, "100,000 nodes", Expect.DONE, chain.toString().replace("-> (%y)", "-> (%v99999)") + "  return %v99999\n}\n");
    }

    private static void sides(List<Trial> r) {
        Map<String, String> headers = new TreeMap<>(Map.of("deep", "[".repeat(100_000), "out of the file", "{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,999999]}}",
                "negative", "{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[-16,0]}}", "wraps",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,4],\"data_offsets\":[0,16]}}", "another length", "{\"w\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[0,16]}}",
                "another kind", "{\"w\":7}", "no JSON", "\u0000\u0001"));
        headers.forEach((name, h) -> r.add(Hostile.compile("weights beside a text: " + name, Expect.REFUSED, "", "m.lir", f -> {
            byte[] b = h.getBytes(StandardCharsets.UTF_8);
            side(f, ByteBuffer.allocate(8 + b.length + 16).order(ByteOrder.LITTLE_ENDIAN).putLong(b.length).put(b).array());
        })));
        for (long length : new long[] {1L << 62, -1, 1L << 31}) {
            r.add(Hostile.compile("weights beside a text: a header of " + length + " bytes", Expect.REFUSED, "", "m.lir",
                    f -> side(f, ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array())));
        }
    }

    private static void side(Path f, byte[] bytes) throws IOException {
        Files.writeString(f.resolve("m.lir"), "lathe 1\nweights \"w.safetensors\"\ngraph @g(%x: f32[4]) -> (%y) {\n  %w: f32[4] = const() {value = weight(\"w\")}\n"
                + "  %y: f32[4] = add(%x, %w)\n  return %y\n}\n");
        Files.write(f.resolve("w.safetensors"), bytes);
    }

    private static void bytes(List<Trial> r) {
        byte[] noise = new byte[4096];
        new java.util.Random(3).nextBytes(noise);
        for (String ext : List.of("onnx", "lir", "tflite", "mnn", "pdmodel", "json", "jar", "xyz")) {
            for (int size : new int[] {0, 1, 4096}) {
                r.add(Hostile.compile("bytes: " + size + " of noise as ." + ext, Expect.REFUSED, "", "m." + ext, f -> Files.write(f.resolve("m." + ext), Arrays.copyOf(noise, size))));
            }
        }
        r.add(Hostile.compile("bytes: JSON of 100,000 levels", Expect.REFUSED, "", "m.json", f -> Files.writeString(f.resolve("m.json"), "{\"base_code\":" + "[".repeat(100_000))));
        onnx(r, "bytes: a field of 2^62 bytes", Expect.REFUSED, "", () -> new byte[] {0x3a, -1, -1, -1, -1, -1, -1, -1, -1, 0x3f, 1, 2, 3});
        onnx(r, "bytes: a number without end", Expect.REFUSED, "", () -> {
            byte[] b = new byte[100];
            Arrays.fill(b, (byte) -1);
            b[0] = 8;
            return b;
        });
        onnx(r, "bytes: 1,000,000 fields that nobody knows", Expect.REFUSED, "", () -> {
            byte[] b = new byte[4_000_000];
            for (int i = 0; i < b.length; i += 4) {
                b[i] = (byte) 0xd8;
                b[i + 1] = 0x3e;
                b[i + 2] = (byte) 0x80;
            }
            return b;
        });
        r.add(Hostile.compile("bytes: a folder", Expect.REFUSED, "", "m.onnx", f -> Files.createDirectory(f.resolve("m.onnx"))));
        r.add(Hostile.compile("bytes: no file", Expect.REFUSED, "", "m.onnx", f -> { }));
    }

    private static void names(List<Trial> r) {
        byte[] model = new Onnx("m").input("x", F32, 2).output("y", F32, 2).node("Relu", "r", "x", "y").bytes();
        for (String n : List.of("class", "int", "_", "1", "-", "..", "a b", "\u00fc\u4e2d\ud83d\ude00", "a".repeat(200), "$", "a;b", "a'b\"c")) {
            r.add(Hostile.compile("file name: " + n + ".onnx", Expect.DONE, "", n + ".onnx", f -> Files.write(f.resolve(n + ".onnx"), model)));
        }
        for (String n : List.of("class", "a.int", "1a", "a..b", ".a", "a/b", "../a", "", "a b", "java.lang.Evil", "java.Evil", "javax.net.Evil", "jdk.incubator.vector.Evil", "dev.lathe.runtime.Model", "a.record", "var", "a.".repeat(40_000) + "A", "a".repeat(70_000))) {
            List<String> args = List.of("compile", "{}/in/m.onnx", "-o", "{}/out/m.jar", "--class", n);
            r.add(new Trial("--class " + (n.length() > 20 ? n.length() + " characters" : "\"" + n + "\""), f -> Files.write(f.resolve("m.onnx"), model), args, Expect.USAGE, ""));
        }
    }
}
