package dev.lathe.codegen.emit;

import static dev.lathe.codegen.emit.Build.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lathe.codegen.interp.LoopInterpreter;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.CmpOp;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Fn;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Control flow, locals, offsets and references. */
class StatementsTest {
    private static final Scalar F = Scalar.F32;

    /** Six rows, four vectors: accumulators in locals, one broadcast a row. */
    static Kernel tile(int rows, int vectors, int lanes) {
        List<Stmt> body = new ArrayList<>();
        List<Stmt> inner = new ArrayList<>();
        List<Stmt> end = new ArrayList<>();
        for (int j = 0; j < vectors; j++) {
            inner.add(new Stmt.Let("b" + j, load("b", add(mul(v("k"), i(vectors * lanes)), i(j * lanes)), F, lanes)));
        }
        for (int r = 0; r < rows; r++) {
            inner.add(new Stmt.Let("a" + r, new Expr.Splat(load("a", add(mul(i(r), v("K")), v("k")), F, 1), lanes)));
            for (int j = 0; j < vectors; j++) {
                String acc = "c" + r + "_" + j;
                body.add(new Stmt.Mut(acc, new Expr.Splat(f(0), lanes)));
                inner.add(new Stmt.Set(acc, new Expr.Fma(v("a" + r, F, lanes), v("b" + j, F, lanes), v(acc, F, lanes))));
                end.add(store("c", i((r * vectors + j) * lanes), v(acc, F, lanes)));
            }
        }
        body.add(new Stmt.For("k", i(0), v("K"), 1, inner, false));
        body.addAll(end);
        return kernel(List.of(in("a", F), in("b", F), out("c", F)), List.of("K"), body.toArray(Stmt[]::new));
    }

    /** Sums that live through two loops, four of them one after another. */
    static Kernel sums(int lanes) {
        Stmt add = new Stmt.Set("s", bin(BinOp.ADD, v("s", F, lanes), load("a", mul(add(mul(v("j"), v("K")), v("k")), i(lanes)), F, lanes)));
        return kernel(List.of(in("a", F), in("b", F), out("c", F)), List.of("K"),
                loop("q", i(4), 1,
                        new Stmt.Mut("s", new Expr.Splat(load("b", i(0), F, 1), lanes)),
                        loop("j", v("K"), 1, loop("k", v("K"), 1, add)),
                        store("c", mul(v("q"), i(lanes)), v("s", F, lanes))));
    }

    /** More operations than C2 of JDK 17 knows all about: four chains of polynomials. */
    static Kernel chains(int lanes) {
        List<Stmt> inner = new ArrayList<>();
        for (int q = 0; q < 4; q++) {
            Expr at = mul(add(mul(v("k"), i(4)), i(q)), i(lanes));
            inner.add(new Stmt.Let("x" + q, load("a", at, F, lanes)));
            Expr y = v("x" + q, F, lanes);
            for (int d = 0; d < 9; d++) {
                y = new Expr.Fma(v("x" + q, F, lanes), y, new Expr.Splat(f(d + q / 8f), lanes));
            }
            inner.add(store("c", at, y));
        }
        return kernel(List.of(in("a", F), in("b", F), out("c", F)), List.of("K"), loop("k", v("K"), 1, inner.toArray(Stmt[]::new)));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8, 16})
    void matrixTile(int lanes) {
        Random r = new Random(2);
        int k = 13;
        Object[] arrays = {Samples.array(F, 6 * k + 3, r), Samples.array(F, k * 4 * lanes + 5, r), new float[6 * 4 * lanes + 7]};
        Engines.compare(tile(6, 4, lanes), arrays, new int[] {3, 5, 7}, k);
    }

    @Test
    void scalarReductionWithBranchesAndWhile() {
        Kernel k = kernel(List.of(in("a", F), out("o", F)), List.of("n"),
                new Stmt.Mut("sum", f(0)),
                new Stmt.Mut("at", i(0)),
                loop("i", v("n"), 1,
                        new Stmt.Let("x", load("a", v("i"), F, 1)),
                        new Stmt.If(cmp(CmpOp.GT, v("x", F, 1), f(0)),
                                List.of(new Stmt.Set("sum", new Expr.Fma(v("x", F, 1), v("x", F, 1), v("sum", F, 1)))),
                                List.of(new Stmt.If(cmp(CmpOp.EQ, v("x", F, 1), v("x", F, 1)),
                                        List.of(new Stmt.Set("sum", bin(BinOp.SUB, v("sum", F, 1), f(0.5f)))), List.of())))),
                new Stmt.While(bin(BinOp.AND, cmp(CmpOp.LT, v("at"), v("n")), cmp(CmpOp.LT, load("a", v("at"), F, 1), f(1e30f))),
                        List.of(new Stmt.Set("at", add(v("at"), i(1))))),
                store("o", i(0), v("sum", F, 1)),
                store("o", i(1), new Expr.Convert(F, v("at"))));
        for (int n : new int[] {0, 1, 7, 100}) {
            Engines.compare(k, new Object[] {Samples.array(F, 100, new Random(n)), new float[2]}, new int[2], n);
        }
    }

    @Test
    void vectorBranchesAndMasksInLocals() {
        VType mask = new VType(Scalar.BOOL, 8);
        Kernel k = kernel(List.of(in("a", F), in("b", Scalar.I32), out("o", F)), List.of("n"),
                new Stmt.Mut("any", new Expr.Splat(new Expr.Lit(Scalar.BOOL, 0), 8)),
                new Stmt.Mut("sum", new Expr.Splat(f(0), 8)),
                loop("i", v("n"), 8,
                        new Stmt.Let("x", load("a", v("i"), F, 8)),
                        new Stmt.Let("pos", cmp(CmpOp.GT, v("x", F, 8), new Expr.Splat(f(0), 8))),
                        new Stmt.If(cmp(CmpOp.GT, load("b", v("i"), Scalar.I32, 1), i(0)),
                                List.of(new Stmt.Set("sum", add(v("sum", F, 8), v("x", F, 8)))),
                                List.of(new Stmt.Set("any", bin(BinOp.OR, new Expr.Var("any", mask), new Expr.Var("pos", mask))))),
                        store("o", v("i"), new Expr.Select(bin(BinOp.XOR, new Expr.Var("any", mask), new Expr.Var("pos", mask)),
                                v("sum", F, 8), v("x", F, 8)))));
        Random r = new Random(5);
        Engines.compare(k, new Object[] {Samples.array(F, 80, r), Samples.array(Scalar.I32, 80, r), new float[80]}, new int[3], 80);
    }

    @Test
    void loopBoundsAreEvaluatedOnce() {
        Kernel k = kernel(List.of(out("o", Scalar.I32)), List.of("n"),
                new Stmt.Mut("m", v("n")),
                new Stmt.For("i", mul(v("n"), i(2)), mul(v("m"), i(4)), 3,
                        List.of(new Stmt.Set("m", i(0)), store("o", v("i"), v("i"))), false),
                new Stmt.For("j", i(-200000), i(200000), 100000, List.of(store("o", add(bin(BinOp.DIV, v("j"), i(100000)), i(60)), v("j"))), false));
        Engines.compare(k, new Object[] {new int[70]}, new int[] {2}, 10);
    }

    @Test
    void indicesAreSums() {
        Kernel k = kernel(List.of(in("a", Scalar.I32), out("o", Scalar.I32)), List.of("n", "s"),
                loop("i", v("n"), 1, loop("j", v("n"), 1,
                        store("o", add(mul(add(v("i"), i(1)), i(8)), bin(BinOp.SUB, v("j"), i(8))),
                                load("a", add(mul(add(v("i"), v("j")), i(3)), bin(BinOp.SUB, mul(v("i"), v("s")), mul(i(2), v("j")))), Scalar.I32, 1)))));
        Random r = new Random(3);
        Engines.compare(k, new Object[] {Samples.array(Scalar.I32, 200, r), new int[80]}, new int[] {11, 6}, 8, 5);
    }

    @Test
    void references() {
        Kernel k = kernel(List.of(in("a", Scalar.REF), out("o", Scalar.REF)), List.of("n"),
                loop("i", v("n"), 1,
                        new Stmt.Let("x", load("a", v("i"), Scalar.REF, 1)),
                        store("o", v("i"), new Expr.Select(cmp(CmpOp.EQ, bin(BinOp.REM, v("i"), i(2)), i(0)),
                                v("x", Scalar.REF, 1), new Expr.Lit(Scalar.REF, 0)))));
        Engines.compare(k, new Object[] {new Object[] {"a", "b", "c"}, new Object[] {"x", "x", "x"}}, new int[2], 3);
    }

    @Test
    void kernelsRunKernels() {
        Kernel inner = Programs.COUNT;
        Kernel outer = kernel(List.of(out("o", Scalar.I32)), List.of("n"),
                loop("i", v("n"), 1, new Stmt.Invoke("count", List.of(new Stmt.BufArg("o", mul(v("i"), i(3)))), List.of(add(v("i"), i(1))))));
        var classes = ClassEmitter.emitKernels(List.of(inner, outer), "test/Kernels", Lines.NONE);
        int[] expected = new int[40];
        var kernels = new HashMap<String, LoopInterpreter>();
        kernels.put("count", new LoopInterpreter(inner));
        new LoopInterpreter(outer, kernels::get).run(new Object[] {expected}, new int[] {1}, new int[] {6});
        int[] actual = new int[40];
        Engines.call(Engines.method(classes, "k"), new Object[] {actual}, new int[] {1}, 6);
        Engines.assertSame("count", new Object[] {expected}, new Object[] {actual});
    }

    @Test
    void whatHasNoVectorFormIsNamed() {
        Fn exp = new Fn("F32Math", "exp", List.of(F), F);
        Expr a = load("a", i(0), F, 8);
        assertMessage("kernel k: call of F32Math.exp on vectors was not expanded", new Expr.Call(exp, List.of(a)));
        assertMessage("kernel k: REM of type f32x8 has no vector form", bin(BinOp.REM, a, a));
        Expr n = new Expr.Convert(Scalar.I32, a);
        assertMessage("kernel k: DIV of type i32x8 has no vector form", new Expr.Convert(F, bin(BinOp.DIV, n, n)));
    }

    private static void assertMessage(String message, Expr value) {
        Kernel k = kernel(List.of(in("a", F), out("o", F)), List.of(), store("o", i(0), value));
        assertEquals(message, assertThrows(IllegalStateException.class, () -> Engines.compile(k)).getMessage());
    }
}
