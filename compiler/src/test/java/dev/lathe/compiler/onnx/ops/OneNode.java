package dev.lathe.compiler.onnx.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.interp.ProgramRun;
import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.lower.ProgramBuilder;
import dev.lathe.compiler.lower.TargetInfo;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.compiler.onnx.TensorEncoder;
import dev.lathe.compiler.onnx.proto.TensorProto;
import dev.lathe.compiler.onnx.proto.WireWriter;
import dev.lathe.compiler.pass.WidenFloats;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * A model of one ONNX operator, run in every way that should make no difference: as plain loops in the interpreter, as
 * classes, with all dimensions symbolic, with all inputs constant.
 */
final class OneNode {
    private final String domain;
    private final String op;
    private final int opset;
    private final WireWriter node = new WireWriter();
    private final List<Tensor> inputs = new ArrayList<>();
    private final TreeSet<Integer> constants = new TreeSet<>();
    private final TreeSet<Integer> unnamed = new TreeSet<>();
    private boolean dynamic = true;

    private OneNode(String domain, String op, int opset) {
        this.domain = domain;
        this.op = op;
        this.opset = opset;
    }

    static OneNode of(String op, int opset) {
        return new OneNode("", op, opset);
    }

    static OneNode microsoft(String op) {
        return new OneNode("com.microsoft", op, 1);
    }

    static OneNode ml(String op, int opset) {
        return new OneNode("ai.onnx.ml", op, opset);
    }

    OneNode attr(String name, Tensor t) {
        node.message(5, named(name, 4).message(5, TensorEncoder.encode(t, name)));
        return this;
    }

    private WireWriter named(String name, int type) {
        return new WireWriter().string(1, name).int64(20, type);
    }

    OneNode attr(String name, long v) {
        node.message(5, named(name, 2).int64(3, v));
        return this;
    }

    OneNode attr(String name, double v) {
        node.message(5, named(name, 1).float32(2, (float) v));
        return this;
    }

    OneNode attr(String name, String v) {
        node.message(5, named(name, 3).string(4, v));
        return this;
    }

    OneNode attr(String name, float... v) {
        WireWriter a = named(name, 6);
        for (float x : v) {
            a.float32(7, x);
        }
        node.message(5, a);
        return this;
    }

    OneNode attr(String name, long[] v) {
        WireWriter a = named(name, 7);
        for (long x : v) {
            a.int64(8, x);
        }
        node.message(5, a);
        return this;
    }

    OneNode attr(String name, String... v) {
        WireWriter a = named(name, 8);
        for (String x : v) {
            a.string(9, x);
        }
        node.message(5, a);
        return this;
    }

    OneNode in(Tensor t) {
        inputs.add(t);
        return this;
    }

    /** An initializer of the model. */
    OneNode constant(Tensor t) {
        constants.add(inputs.size());
        return in(t);
    }

    OneNode absent() {
        inputs.add(null);
        return this;
    }

    /** Leaves results out. */
    OneNode without(int... outputs) {
        for (int i : outputs) {
            unnamed.add(i);
        }
        return this;
    }

    /** For operators whose result's rank or extents must be known. */
    OneNode onlyStatic() {
        dynamic = false;
        return this;
    }

    /** The results; all ways of running gave the same bits. */
    List<Tensor> run(int outputs) {
        Path file;
        try {
            file = Files.createTempFile("node", ".onnx");
            Files.write(file, model(outputs).toBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            Graph plain = Lathe.read(file, ImportOptions.NONE);
            // chains on f16 are computed in f32
            List<Tensor> want = interpret(new WidenFloats().run(plain));
            same("classes", want, classes(Lathe.optimise(plain), false));
            if (dynamic) {
                same("dynamic", want, classes(Lathe.optimise(Lathe.read(file, new ImportOptions(Map.of(), true, Map.of()))), false));
            }
            Map<String, Tensor> all = new HashMap<>();
            given().forEach(i -> all.put("i" + i, inputs.get(i)));
            same("constant", want, classes(Lathe.optimise(Lathe.read(file, new ImportOptions(Map.of(), false, all))), true));
            return want;
        } finally {
            file.toFile().delete();
        }
    }

    private List<Integer> given() {
        List<Integer> r = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i) != null && !constants.contains(i)) {
                r.add(i);
            }
        }
        return r;
    }

    private WireWriter model(int outputs) {
        WireWriter graph = new WireWriter().string(2, "one");
        for (int i = 0; i < inputs.size(); i++) {
            node.string(1, inputs.get(i) == null ? "" : "i" + i);
        }
        for (int i = 0; i < outputs; i++) {
            node.string(2, unnamed.contains(i) ? "" : "o" + i);
        }
        node.string(3, "the_node").string(4, op).string(7, domain);
        graph.message(1, node);
        constants.forEach(i -> graph.message(5, TensorEncoder.encode(inputs.get(i), "i" + i)));
        given().forEach(i -> graph.message(11, info("i" + i, inputs.get(i))));
        for (int i = 0; i < outputs; i++) {
            if (unnamed.contains(i)) {
                continue;
            }
            graph.message(12, new WireWriter().string(1, "o" + i).message(2, new WireWriter().message(1, new WireWriter().int64(1, 1))));
        }
        WireWriter m = new WireWriter().int64(1, 10).message(7, graph).message(8, new WireWriter().string(1, "").int64(2, domain.isEmpty() ? opset : 17));
        return domain.isEmpty() ? m : m.message(8, new WireWriter().string(1, domain).int64(2, opset));
    }

    private static WireWriter info(String name, Tensor t) {
        WireWriter shape = new WireWriter();
        for (int d : t.dims()) {
            shape.message(1, new WireWriter().int64(1, d));
        }
        return new WireWriter().string(1, name).message(2, new WireWriter().message(1,
                new WireWriter().int64(1, TensorProto.dataType(t.type())).message(2, shape)));
    }

    private List<Tensor> interpret(Graph g) {
        List<ProgramRun.Result> r = ProgramRun.run(ProgramBuilder.build(g, TargetInfo.PORTABLE, k -> k),
                given().stream().map(i -> inputs.get(i).data()).toList(), given().stream().map(i -> inputs.get(i).dims()).toList());
        List<Tensor> t = new ArrayList<>();
        for (int i = 0; i < r.size(); i++) {
            Object a = r.get(i).array();
            t.add(new Tensor(g.outputs().get(i).elem(), r.get(i).dims(), a instanceof Object[] o ? Arrays.copyOf(o, o.length, String[].class) : a));
        }
        return t;
    }

    private List<Tensor> classes(Graph g, boolean constant) {
        JarContents jar = Lathe.assemble(List.of(g), List.of("any"), CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE)));
        try (Model m = Model.of(JarWriter.image(jar), jar.id(), ModelOptions.DEFAULT.withTarget(Target.PORTABLE)); Session s = m.newSession()) {
            if (!constant) {
                given().forEach(i -> s.set("i" + i, dev.lathe.runtime.Tensor.of(inputs.get(i).type(), inputs.get(i).data(), inputs.get(i).dims())));
            }
            s.run();
            return m.outputs().stream().map(o -> {
                dev.lathe.runtime.Tensor t = s.output(o.name());
                return new Tensor(t.type(), t.shape(), t.array());
            }).toList();
        }
    }

    private static void same(String how, List<Tensor> want, List<Tensor> got) {
        assertEquals(want.size(), got.size(), how);
        for (int i = 0; i < want.size(); i++) {
            assertEquals(want.get(i).type(), got.get(i).type(), how);
            assertArrayEquals(want.get(i).dims(), got.get(i).dims(), how);
            Object a = want.get(i).data();
            Object b = got.get(i).data();
            if (a instanceof float[] f) {
                assertArrayEquals(f, (float[]) b, how);
            } else if (a instanceof double[] f) {
                assertArrayEquals(f, (double[]) b, how);
            } else if (a instanceof int[] f) {
                assertArrayEquals(f, (int[]) b, how);
            } else if (a instanceof long[] f) {
                assertArrayEquals(f, (long[]) b, how);
            } else {
                assertArrayEquals((Object[]) a, (Object[]) b, how);
            }
        }
    }

    /** Reproducible values between -1 and 1. */
    static Tensor random(int seed, int... dims) {
        java.util.Random r = new java.util.Random(seed);
        float[] f = new float[Tensor.count(dims)];
        for (int i = 0; i < f.length; i++) {
            f[i] = (float) (r.nextDouble() * 2 - 1);
        }
        return Tensor.ofFloats(dims, f);
    }

    static void near(Tensor got, double tolerance, double... want) {
        assertEquals(want.length, got.size());
        for (int i = 0; i < want.length; i++) {
            assertEquals(want[i], got.number(i), tolerance * Math.max(1, Math.abs(want[i])), "element " + i);
        }
    }
}
