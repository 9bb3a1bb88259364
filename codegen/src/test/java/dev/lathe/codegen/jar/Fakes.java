package dev.lathe.codegen.jar;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Const;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Storage;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Jar contents around hand-written classes: the model z = w * x + y with w = 2, in two steps. */
public final class Fakes {
    /** Where the first constant stands. */
    static final int CONSTANTS = 12;

    static final String ID = "test.Fake";

    private Fakes() {}

    /** Called by the fakes in the middle of a run, whose class loader is another one. */
    public static void hook() {
        Object gate = System.getProperties().get("test.gate");
        if (gate instanceof Runnable r) {
            r.run();
        }
    }

    static Program program(Dim n, Dim t) {
        Dim size = n.times(t);
        List<Buffer> buffers = List.of(
                new Buffer(0, "w", Storage.F32, Dim.of(20), Buffer.Kind.CONST, -1, 2),
                new Buffer(1, "x", Storage.F32, size, Buffer.Kind.ARENA, -1, 0),
                new Buffer(2, "y", Storage.F32, size, Buffer.Kind.ARENA, -1, 1),
                new Buffer(3, "t", Storage.F32, size, Buffer.Kind.ARENA, 0, 1),
                new Buffer(4, "z", Storage.F32, size, Buffer.Kind.ARENA, 1, 2),
                new Buffer(5, "words", Storage.REF, Dim.of(2), Buffer.Kind.CONST, -1, 2));
        float[] w = new float[20];
        w[0] = 2;
        w[19] = 0.5f;
        List<Const> consts = List.of(new Const(0, ElementType.F16, w), new Const(5, ElementType.STR, new String[] {"a", "bç"}));
        Step.Ref none = new Step.Ref(0, Dim.ZERO);
        List<Step> steps = List.of(
                new Step.Run("scale", List.of(none), List.of(), size, 8, List.of("Mul_0")),
                new Step.Run("add", List.of(none), List.of(), size, 8, List.of("Add_1")));
        List<Dim> dims = List.of(n, t);
        return new Program("fake", "portable", Map.of("N", new Program.Range(1, 64)), buffers, consts, List.of(), steps,
                List.of(port("x", dims, 1), port("y", dims, 2)), List.of(port("z", dims, 4)));
    }

    private static Port port(String name, List<Dim> dims, int buffer) {
        return new Port(name, Port.Kind.TENSOR, ElementType.F32, dims, new Step.Ref(buffer, Dim.ZERO));
    }

    static Program symbolic() {
        return program(Dim.sym("N"), Dim.sym("T"));
    }

    static Program fixed() {
        return program(Dim.of(2), Dim.of(16));
    }

    /** A jar with these paths, each for portable and avx2. */
    static JarContents contents(Program... programs) {
        ConstLayout consts = ConstLayout.of(List.of(programs));
        List<JarContents.Path> paths = new ArrayList<>();
        for (Program p : programs) {
            Class<?> c = p.isStatic() ? FakeStatic.class : FakeSymbolic.class;
            JarContents.Variant v = new JarContents.Variant(StateLayout.of(p, consts), c.getName(), Map.of(c.getName(), bytes(c)), new int[] {3, 4});
            paths.add(new JarContents.Path(p.isStatic() ? "2x16" : "any", Map.of(Target.PORTABLE, v)));
        }
        return new JarContents(ID, "fake one", Map.of("compiler", "test", "label.0", "line\none"), paths, Map.of(), Map.of("fake.loop", "text\n"));
    }

    static Model model(Program... programs) {
        return model(ModelOptions.DEFAULT, programs);
    }

    static Model model(ModelOptions options, Program... programs) {
        return Model.of(JarWriter.image(contents(programs)), ID, options);
    }

    static byte[] bytes(Class<?> c) {
        try (InputStream in = c.getClassLoader().getResourceAsStream(c.getName().replace('.', '/') + ".class")) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** n floats that differ. */
    static float[] ramp(int n, float by) {
        float[] a = new float[n];
        for (int i = 0; i < n; i++) {
            a[i] = i * by;
        }
        return a;
    }
}
