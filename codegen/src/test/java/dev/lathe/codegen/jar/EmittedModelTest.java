package dev.lathe.codegen.jar;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.emit.ClassEmitter;
import dev.lathe.codegen.emit.Emitted;
import dev.lathe.codegen.emit.Lines;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Const;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import dev.lathe.runtime.BadInputException;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.OptionalValue;
import dev.lathe.runtime.SequenceValue;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Storage;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Emitted classes under the run time: what the fakes don't have. */
class EmittedModelTest {
    private static final Expr I = new Expr.Var("i", Scalar.I32.scalar());
    private static final Expr LO = new Expr.Var("lo", Scalar.I32.scalar());
    private static final Expr HI = new Expr.Var("hi", Scalar.I32.scalar());

    /** o[i] = o[i - i] * 0 + w[0] + i */
    private static final Kernel COUNT = new Kernel("count",
            List.of(new Kernel.BufParam("w", Scalar.F32, false), new Kernel.BufParam("o", Scalar.F32, true)), List.of("lo", "hi"),
            List.of(new Stmt.For("i", LO, HI, 1, List.of(new Stmt.Store("o", I, new Expr.Bin(Expr.BinOp.ADD,
                    new Expr.Load("w", new Expr.Lit(Scalar.I32, 0), Scalar.F32.scalar()), new Expr.Convert(Scalar.F32, I)))), true)), true);

    private static Model model(Program p, int threads) {
        StateLayout layout = StateLayout.of(p, ConstLayout.of(List.of(p)));
        Emitted e = ClassEmitter.emit(layout, "test/Emitted$portable", Lines.NONE, k -> k);
        JarContents.Variant v = new JarContents.Variant(layout, "test/Emitted$portable", e.classes(), new int[0]);
        JarContents c = new JarContents("test.Emitted", "emitted", Map.of(), List.of(new JarContents.Path("any", Map.of(Target.PORTABLE, v))),
                Map.of(), Map.of());
        return Model.of(JarWriter.image(c), "test.Emitted", ModelOptions.DEFAULT.withThreads(threads));
    }

    private static Step.Ref at(int buffer) {
        return new Step.Ref(buffer, Dim.ZERO);
    }

    @Test
    void anExtentFoundWhileRunningShapesTheOutput() {
        Dim m = Dim.sym("M");
        Program p = new Program("p", "portable", Map.of(),
                List.of(new Buffer(0, "n", Storage.I64, Dim.ONE, Buffer.Kind.ARENA, -1, 0),
                        new Buffer(1, "w", Storage.F32, Dim.of(3), Buffer.Kind.CONST, 0, 2),
                        new Buffer(2, "o", Storage.F32, m, Buffer.Kind.OWN, 1, 3)),
                List.of(new Const(1, ElementType.BF16, new float[] {0.5f, 1, 2})), List.of(COUNT),
                List.of(new Step.Bind(List.of("M"), at(0), List.of()), new Step.Reserve(2, m, false, List.of()),
                        new Step.Run("count", List.of(at(1), at(2)), List.of(), m, 4, List.of("Range"))),
                List.of(new Port("n", Port.Kind.TENSOR, ElementType.I64, List.of(), at(0))),
                List.of(new Port("o", Port.Kind.TENSOR, ElementType.F32, List.of(m, Dim.ONE), at(2))));
        for (int threads = 1; threads <= 3; threads++) {
            try (Model model = model(p, threads); Session s = model.newSession()) {
                for (int n : new int[] {5, 0, 1000, 7}) {
                    Tensor o = s.set("n", new long[] {n}).run().output("o");
                    assertArrayEquals(new int[] {n, 1}, o.shape());
                    for (int i = 0; i < n; i++) {
                        assertEquals(0.5f + i, o.number(i));
                    }
                }
            }
        }
    }

    @Test
    void sequencesOptionalsAndStringsPassThrough() {
        Dim n = Dim.sym("N");
        List<Port> ports = List.of(new Port("seq", Port.Kind.SEQUENCE, ElementType.F32, List.of(), at(0)),
                new Port("opt", Port.Kind.OPTIONAL, ElementType.F32, List.of(), at(1)),
                new Port("any", Port.Kind.TENSOR, ElementType.F32, List.of(n, Dim.of(2)), at(2)),
                new Port("text", Port.Kind.TENSOR, ElementType.STR, List.of(n), at(3)));
        Program p = new Program("p", "portable", Map.of(),
                List.of(new Buffer(0, "seq", Storage.REF, Dim.ONE, Buffer.Kind.ARENA, -1, 0),
                        new Buffer(1, "opt", Storage.REF, Dim.ONE, Buffer.Kind.ARENA, -1, 0),
                        new Buffer(2, "any", Storage.REF, Dim.ONE, Buffer.Kind.ARENA, -1, 0),
                        new Buffer(3, "text", Storage.REF, n, Buffer.Kind.ARENA, -1, 0)),
                List.of(), List.of(), List.of(), ports, ports);
        Tensor t = Tensor.ofFloats(new float[] {1, 2, 3, 4}, 2, 2);
        Map<String, Datum> given = Map.of("seq", SequenceValue.of(t, t), "opt", OptionalValue.EMPTY, "any", t,
                "text", Tensor.ofStrings(new String[] {"a", "ä"}, 2));
        try (Model model = model(p, 1)) {
            for (int i = 0; i < 3; i++) {
                assertEquals(given, model.runAny(given));
            }
            try (Session s = model.newSession()) {
                assertThrows(BadInputException.class, () -> s.set("seq", t));
                assertThrows(BadInputException.class, () -> s.set("seq", new float[4], 2, 2));
                assertThrows(BadInputException.class, () -> s.set("text", t));
                given.forEach(s::set);
                assertEquals(t, s.set("any", new float[] {1, 2, 3, 4}, 2, 2).run().output("any"));
                assertEquals(4f, s.view("any").getFloat(3));
                assertThrows(BadInputException.class, () -> s.set("any", Tensor.ofFloats(new float[3], 1, 3)));
            }
        }
    }

    @Test
    void aSymbolThatNoInputBindsIsRefused() {
        Dim n = Dim.sym("N").times(2);
        List<Port> ports = List.of(new Port("x", Port.Kind.TENSOR, ElementType.F32, List.of(n), at(0)));
        Program p = new Program("p", "portable", Map.of(), List.of(new Buffer(0, "x", Storage.F32, n, Buffer.Kind.ARENA, -1, 0)),
                List.of(), List.of(), List.of(), ports, ports);
        assertThrows(IllegalArgumentException.class, () -> model(p, 1));
    }
}
