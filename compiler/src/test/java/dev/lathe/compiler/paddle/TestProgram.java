package dev.lathe.compiler.paddle;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.onnx.proto.WireWriter;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes small programs in PaddlePaddle's format, field by field, and runs them. */
final class TestProgram {
    private static final int F32 = 5;

    private final List<WireWriter> blocks = new ArrayList<>(List.of(new WireWriter().int64(1, 0).int64(2, -1)));
    private final Deque<Integer> open = new ArrayDeque<>(List.of(0));
    private final Map<String, byte[]> parameters = new TreeMap<>();
    private final List<String> outputs = new ArrayList<>();
    private int feeds;

    private static WireWriter tensorDesc(int type, long... dims) {
        WireWriter w = new WireWriter().int64(1, type);
        for (long d : dims) {
            w.int64(2, d);
        }
        return w;
    }

    private WireWriter block() {
        return blocks.get(open.peek());
    }

    /** Begins a block inside the current one. @return its number, for attribute sub_block */
    Block begin() {
        blocks.add(new WireWriter().int64(1, blocks.size()).int64(2, open.peek()));
        open.push(blocks.size() - 1);
        return new Block(blocks.size() - 1);
    }

    TestProgram end() {
        open.pop();
        return this;
    }

    /** The number of a block, as an attribute. */
    record Block(int number) {}

    /** A variable of the current block. @param type its number; an array's kind is 13 */
    TestProgram declare(String name, int kind, int type, long... dims) {
        WireWriter desc = new WireWriter().message(1, tensorDesc(type, dims)).int64(2, 0);
        block().message(3, new WireWriter().string(1, name).message(2, new WireWriter().int64(1, kind).message(kind == 13 ? 4 : 3, desc)));
        return this;
    }

    /** An input of another element type than f32. */
    TestProgram typed(String name, int type, int lod, long... dims) {
        variable(name, tensorDesc(type, dims), lod, false);
        return op("feed", Map.of("X", "feed"), Map.of("Out", name), "col", feeds++);
    }

    private void variable(String name, WireWriter tensor, int lod, boolean persistable) {
        WireWriter type = new WireWriter().int64(1, 7).message(3, new WireWriter().message(1, tensor).int64(2, lod));
        block().message(3, new WireWriter().string(1, name).message(2, type).int64(3, persistable ? 1 : 0));
    }

    TestProgram input(String name, int lod, long... dims) {
        variable(name, tensorDesc(F32, dims), lod, false);
        return op("feed", Map.of("X", "feed"), Map.of("Out", name), "col", feeds++);
    }

    TestProgram parameter(String name, float[] values, int... dims) {
        long[] d = java.util.Arrays.stream(dims).asLongStream().toArray();
        byte[] desc = tensorDesc(F32, d).toBytes();
        variable(name, tensorDesc(F32, d), 0, true);
        ByteBuffer b = ByteBuffer.allocate(20 + desc.length + 4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(0).putLong(0).putInt(0).putInt(desc.length).put(desc);
        for (float v : values) {
            b.putFloat(v);
        }
        parameters.put(name, java.util.Arrays.copyOf(b.array(), b.position()));
        return this;
    }

    /** A parameter of bytes. */
    TestProgram bytes(String name, byte[] values, int... dims) {
        long[] d = java.util.Arrays.stream(dims).asLongStream().toArray();
        byte[] desc = tensorDesc(21, d).toBytes();
        variable(name, tensorDesc(21, d), 0, true);
        ByteBuffer b = ByteBuffer.allocate(20 + desc.length + values.length).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(0).putLong(0).putInt(0).putInt(desc.length).put(desc).put(values);
        parameters.put(name, b.array());
        return this;
    }

    TestProgram output(String name) {
        outputs.add(name);
        return op("fetch", Map.of("X", name), Map.of("Out", "fetch"), "col", outputs.size() - 1);
    }

    /** @param attrs names and values by turns: Integer, Float, Boolean, String, Block, int[], float[] or String[] */
    TestProgram op(String type, Map<String, String> in, Map<String, String> out, Object... attrs) {
        WireWriter w = new WireWriter();
        in.forEach((slot, v) -> w.message(1, slot(slot, v)));
        out.forEach((slot, v) -> w.message(2, slot(slot, v)));
        w.string(3, type);
        for (int i = 0; i < attrs.length; i += 2) {
            WireWriter a = new WireWriter().string(1, (String) attrs[i]);
            Object v = attrs[i + 1];
            if (v instanceof Integer x) {
                a.int64(2, 0).int64(3, x);
            } else if (v instanceof Float x) {
                a.int64(2, 1).float32(4, x);
            } else if (v instanceof String x) {
                a.int64(2, 2).string(5, x);
            } else if (v instanceof Block x) {
                a.int64(2, 8).int64(12, x.number());
            } else if (v instanceof String[] many) {
                a.int64(2, 5);
                for (String x : many) {
                    a.string(8, x);
                }
            } else if (v instanceof float[] many) {
                a.int64(2, 4);
                for (float x : many) {
                    a.float32(7, x);
                }
            } else if (v instanceof Boolean x) {
                a.int64(2, 6).int64(10, x ? 1 : 0);
            } else {
                a.int64(2, 3);
                for (int x : (int[]) v) {
                    a.int64(6, x);
                }
            }
            w.message(4, a);
        }
        block().message(4, w);
        return this;
    }

    private static WireWriter slot(String name, String variables) {
        WireWriter w = new WireWriter().string(1, name);
        for (String v : variables.split(",")) {
            w.string(2, v);
        }
        return w;
    }

    byte[] program() {
        WireWriter all = new WireWriter();
        blocks.forEach(b -> all.message(1, b));
        return all.toBytes();
    }

    /** All parameters one behind the other, in the order of their names. */
    byte[] combined() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        parameters.values().forEach(all::writeBytes);
        return all.toByteArray();
    }

    Path write(Path folder, boolean apart) {
        try {
            if (apart) {
                for (Map.Entry<String, byte[]> p : parameters.entrySet()) {
                    Files.write(folder.resolve(p.getKey()), p.getValue());
                }
                return Files.write(folder.resolve("__model__"), program());
            }
            Files.write(folder.resolve("net.pdiparams"), combined());
            return Files.write(folder.resolve("net.pdmodel"), program());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The outputs for inputs given as names and tensors by turns. */
    List<Tensor> run(Path folder, Object... inputs) {
        return run(write(folder, false), outputs, inputs);
    }

    static List<Tensor> run(Path program, List<String> outputs, Object... inputs) {
        JarContents jar = Lathe.compile(program, CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE)));
        try (Model m = Model.of(JarWriter.image(jar), jar.id(), ModelOptions.DEFAULT.withTarget(Target.PORTABLE)); Session s = m.newSession()) {
            for (int i = 0; i < inputs.length; i += 2) {
                s.set((String) inputs[i], (Tensor) inputs[i + 1]);
            }
            s.run();
            return outputs.stream().map(s::output).toList();
        }
    }
}
