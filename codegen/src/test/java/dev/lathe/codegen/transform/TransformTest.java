package dev.lathe.codegen.transform;

import static dev.lathe.codegen.loop.X.add;
import static dev.lathe.codegen.loop.X.bool;
import static dev.lathe.codegen.loop.X.convert;
import static dev.lathe.codegen.loop.X.f;
import static dev.lathe.codegen.loop.X.fma;
import static dev.lathe.codegen.loop.X.gt;
import static dev.lathe.codegen.loop.X.i;
import static dev.lathe.codegen.loop.X.ivar;
import static dev.lathe.codegen.loop.X.load;
import static dev.lathe.codegen.loop.X.lt;
import static dev.lathe.codegen.loop.X.mul;
import static dev.lathe.codegen.loop.X.select;
import static dev.lathe.codegen.loop.X.sub;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import dev.lathe.codegen.loop.X;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A kernel gives the same bits before and after every pass, whatever the trip count and the lanes. */
class TransformTest {
    private static final int[] TRIPS = {0, 1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 64, 79};
    private static final Expr.Var I = ivar("i");
    private static final Expr A = load("a", I, Scalar.F32);
    private static final Expr B0 = load("b", i(0), Scalar.F32);

    // ---- kernels that become vectors ----

    private static List<List<Stmt>> vectorizable() {
        Expr t = X.var("t", Scalar.F32);
        Expr acc = X.var("acc", Scalar.F32);
        Expr k = ivar("k");
        return List.of(
            // uniform operands, loads at coefficient 0
            List.of(store(fma(A, B0, load("b", i(1), Scalar.F32)))),
            // offsets, and an index held in a local
            List.of(let("p", add(I, mul(ivar("n"), i(2)))), let("t", load("b", ivar("p"), Scalar.F32)),
                new Stmt.Store("o", add(I, i(3)), X.div(mul(t, t), A))),
            // a reduction in a loop inside; the accumulator starts uniform
            List.of(new Stmt.Mut("acc", f(0)),
                new Stmt.For("k", i(0), i(5), 1, List.of(new Stmt.Set("acc",
                    fma(load("b", k, Scalar.F32), load("a", add(I, mul(k, i(7))), Scalar.F32), acc))), false),
                store(acc)),
            // choices
            List.of(store(select(gt(A, f(0)), X.sqrt(A), X.neg(A)))),
            List.of(store(select(lt(ivar("n"), i(20)), A, B0))),
            List.of(new Stmt.If(lt(ivar("n"), i(20)), List.of(store(A)), List.of(store(X.abs(A))))),
            List.of(let("m", select(gt(A, f(0)), lt(A, f(1)), lt(ivar("n"), i(20)))),
                store(convert(Scalar.F32, X.var("m", Scalar.BOOL)))),
            List.of(store(select(X.eq(gt(A, f(0)), lt(B0, f(1))), A, f(5)))),
            // integers
            List.of(let("t2", convert(Scalar.I32, mul(A, f(100)))),
                store(convert(Scalar.F32, X.xor(X.shr(ivar("t2"), i(1)), X.min(ivar("t2"), i(7)))))),
            List.of(store(X.bitcast(Scalar.F32, X.and(X.bitcast(Scalar.I32, A), i(0xffff0000))))),
            // rounding
            List.of(store(add(X.floor(mul(A, f(3))), add(X.ceil(A), X.rint(mul(A, f(9))))))),
            // a uniform while
            List.of(new Stmt.Mut("c", i(0)), new Stmt.Mut("acc", A),
                new Stmt.While(lt(ivar("c"), i(3)), List.of(new Stmt.Set("acc", mul(acc, B0)),
                    new Stmt.Set("c", add(ivar("c"), i(1))))),
                store(acc)));
    }

    // ---- lanes loops that stay scalar ----

    private static List<List<Stmt>> scalarOnly() {
        return List.of(
            List.of(store(convert(Scalar.F32, I))),
            List.of(store(load("a", mul(I, i(2)), Scalar.F32))),
            List.of(new Stmt.Store("o", mul(I, i(2)), A)),
            List.of(new Stmt.If(gt(A, f(0)), List.of(store(A)), List.of(store(f(1))))),
            List.of(store(convert(Scalar.F32, add(convert(Scalar.F64, A), X.d(1))))),
            List.of(store(X.rem(A, f(0.3f)))),
            List.of(store(convert(Scalar.F32, X.div(convert(Scalar.I32, A), i(3))))),
            List.of(new Stmt.For("k", i(0), I, 1, List.of(store(A)), false), store(B0)));
    }

    @Test
    void sameBits() {
        for (List<Stmt> body : vectorizable()) {
            for (int lanes : new int[] {1, 4, 8, 16}) {
                check(body, k -> Transform.forTarget(k, lanes), lanes);
            }
            check(body, Vectorize::apply, 16);
            check(body, k -> Vectorize.apply(k, new Vectorize.Options(List.of(16, 4), 0, List.of(8))), 16);
            check(body, Simplify::apply, 1);
        }
        for (List<Stmt> body : scalarOnly()) {
            check(body, k -> Transform.forTarget(k, 8), 1);
        }
    }

    @Test
    void becomesVector() {
        for (List<Stmt> body : vectorizable()) {
            assertEquals(16, widest(Vectorize.apply(kernel(body, i(0), ivar("n")))), body::toString);
        }
        for (List<Stmt> body : scalarOnly()) {
            Kernel k = Vectorize.apply(kernel(body, i(0), ivar("n")));
            assertEquals(1, widest(k), body::toString);
        }
    }

    @Test
    void literalTripCount() {
        List<Stmt> body = List.of(store(A));
        Kernel k = Transform.forTarget(kernel(body, i(0), i(32)), 16);
        assertEquals(1, k.body().size());
        assertEquals(1, Transform.forTarget(kernel(body, i(0), i(16)), 16).body().size());
        assertTrue(Transform.forTarget(kernel(body, i(0), i(16)), 16).body().get(0) instanceof Stmt.Store);
        // 16 + 4 + 1 + nothing for 8
        assertEquals(3, Transform.forTarget(kernel(body, i(0), i(21)), 16).body().size());
        assertEquals(0, Transform.forTarget(kernel(body, i(0), i(0)), 16).body().size());
    }

    @Test
    void outerLanesLoopStaysWhenOnlyTheInnerHasAVectorForm() {
        Stmt inner = new Stmt.For("j", i(0), i(16), 1, List.of(new Stmt.Store("o", add(mul(I, i(16)), ivar("j")),
            load("a", add(ivar("j"), i(1)), Scalar.F32))), true);
        Kernel k = Vectorize.apply(kernel(List.of(inner), i(0), ivar("n")));
        assertEquals(16, widest(k));
        Walk.statements(k.body(), s -> assertFalse(s instanceof Stmt.For f && f.lanes()));
    }

    @Test
    void handWrittenVectorsThatOverlap() {
        VType v = new VType(Scalar.F32, 16);
        List<Stmt> body = List.of(
            new Stmt.Let("t", X.splat(load("o", add(ivar("n"), i(1)), Scalar.F32), 16)),
            new Stmt.Store("o", i(8), load("o", i(0), v)),
            new Stmt.Store("o", add(ivar("n"), i(20)), mul(new Expr.Var("t", v), load("o", i(8), v))));
        for (int lanes : new int[] {1, 4, 8, 16}) {
            Kernel k = new Kernel("k", bufs(), List.of("n"), body, false);
            Kernel l = Legalize.apply(k, lanes);
            assertEquals(lanes, widest(l));
            assertSame(k, l, 3, lanes);
        }
    }

    @Test
    void wideElementsHalveTheLanes() {
        VType v = new VType(Scalar.F32, 16);
        Kernel k = new Kernel("k", bufs(), List.of("n"), List.of(new Stmt.Store("o", i(0), convert(Scalar.F32,
            mul(convert(Scalar.F64, load("a", i(1), v)), X.d(3))))), false);
        assertEquals(8, widest(Legalize.apply(k, 16)));
        assertSame(k, Legalize.apply(k, 8), 0, 4);
    }

    @Test
    void boundsByConstantsAreComparisonsOfVectorsAndOperationsOfScalars() {
        for (float bound : new float[] {0f, -0f, 1f, -1f, Float.POSITIVE_INFINITY}) {
            for (Expr.BinOp op : List.of(Expr.BinOp.MIN, Expr.BinOp.MAX)) {
                List<Stmt> body = List.of(let("t", A), store(X.bin(op, X.var("t", Scalar.F32), f(bound))));
                Kernel vectors = Transform.forTarget(kernel(body, i(0), ivar("n")), 16);
                Walk.expressions(vectors.body(), e -> assertFalse(e instanceof Expr.Bin b && b.op() == op && b.type().isVector(), vectors::toString));
                check(body, k -> Transform.forTarget(k, 16), 16);
                check(body, k -> Bounds.operations(Bounds.comparisons(k)), 1);
            }
        }
        Expr nan = X.bin(Expr.BinOp.MAX, X.var("t", Scalar.F32), f(Float.NaN));
        check(List.of(let("t", A), store(nan)), k -> Transform.forTarget(k, 16), 16);
    }

    @Test
    void choicesThatAreKnownStayLazy() {
        Expr far = load("b", add(I, i(1 << 20)), Scalar.F32);
        check(List.of(store(select(lt(ivar("n"), i(1 << 20)), A, far))), k -> Transform.forTarget(k, 8), 8);
    }

    @Test
    void simplifies() {
        Kernel k = kernel(List.of(
            let("dead", load("a", i(0), Scalar.F32)),
            new Stmt.If(bool(false), List.of(store(f(1))), List.of(store(f(2)))),
            new Stmt.For("k", I, add(I, i(1)), 1, List.of(new Stmt.Store("o", add(ivar("k"), i(1)), A)), false)),
            i(3), i(4));
        assertEquals(List.of(new Stmt.Store("o", i(3), f(2)), new Stmt.Store("o", i(4), load("a", i(3), Scalar.F32))),
            Simplify.apply(k).body());
    }

    @Test
    void foldsIndices() {
        assertEquals(add(I, i(5)), add(i(2), add(I, i(3))));
        assertEquals(i(4), sub(add(I, i(4)), I));
        assertEquals(I, mul(add(I, i(0)), i(1)));
        assertEquals(i(0), mul(I, i(0)));
        assertEquals(mul(I, i(12)), mul(mul(I, i(3)), i(4)));
        assertTrue(add(A, f(0)) instanceof Expr.Bin);
    }

    @Test
    void hoistsIndices() {
        Expr n = ivar("n");
        Expr row = mul(add(I, i(1)), n);
        Stmt inner = new Stmt.For("j", i(0), i(5), 1, List.of(
            new Stmt.Store("o", add(ivar("j"), row), load("a", add(add(ivar("j"), i(2)), row), Scalar.F32))), false);
        Kernel k = new Kernel("k", bufs(), List.of("n"), List.of(new Stmt.For("i", i(0), i(4), 1, List.of(inner), false)),
            false);
        Kernel h = Hoist.apply(k);
        Stmt.For outer = (Stmt.For) h.body().get(0);
        assertEquals(2, outer.body().size());
        Expr x = ivar("x");
        assertEquals(new Stmt.Let("x", row), outer.body().get(0));
        assertEquals(List.of(new Stmt.Store("o", add(x, ivar("j")), load("a", add(add(x, ivar("j")), i(2)), Scalar.F32))),
            ((Stmt.For) outer.body().get(1)).body());
        assertSame(k, h, 7, 1);
    }

    @Test
    void hoistingLeavesWhatChangesOrFails() {
        Expr c = ivar("c");
        Kernel k = new Kernel("k", bufs(), List.of("n"), List.of(new Stmt.Mut("c", i(0)),
            new Stmt.For("i", i(0), ivar("n"), 1, List.of(
                new Stmt.If(X.ne(ivar("n"), i(0)), List.of(
                    new Stmt.Store("o", X.max(sub(add(c, X.div(i(100), ivar("n"))), mul(ivar("n"), i(1))), i(0)), A)),
                    List.of()),
                new Stmt.Set("c", add(add(c, I), mul(ivar("n"), i(2))))), false)), false);
        assertSame(k, Hoist.apply(k), 3, 1);
        assertSame(k, Hoist.apply(k), 0, 1);
    }

    // ---- helpers ----

    private static Stmt store(Expr v) {
        return new Stmt.Store("o", I, v);
    }

    private static Stmt let(String name, Expr v) {
        return new Stmt.Let(name, v);
    }

    private static List<Kernel.BufParam> bufs() {
        return List.of(new Kernel.BufParam("a", Scalar.F32, false), new Kernel.BufParam("b", Scalar.F32, false),
            new Kernel.BufParam("o", Scalar.F32, true));
    }

    private static Kernel kernel(List<Stmt> body, Expr lo, Expr hi) {
        return new Kernel("k", bufs(), List.of("n"), List.of(new Stmt.For("i", lo, hi, 1, body, true)), false);
    }

    private static int widest(Kernel k) {
        int[] n = {1};
        Walk.expressions(k.body(), e -> n[0] = Math.max(n[0], e.type().lanes()));
        return n[0];
    }

    private static void check(List<Stmt> body, UnaryOperator<Kernel> pass, int lanes) {
        for (int n : TRIPS) {
            for (int lo : new int[] {0, 2}) {
                Kernel unknown = kernel(body, i(lo), add(ivar("n"), i(lo)));
                assertSame(unknown, pass.apply(unknown), n, lanes);
                Kernel literal = kernel(body, i(lo), i(n + lo));
                assertSame(literal, pass.apply(literal), n, lanes);
            }
            Kernel range = kernel(body, ivar("n"), i(50));
            assertSame(range, pass.apply(range), n, lanes);
        }
    }

    private static void assertSame(Kernel before, Kernel after, int n, int lanes) {
        assertTrue(widest(after) <= lanes, after::toString);
        Map<String, Object> x = data();
        Map<String, Object> y = data();
        Eval.run(before, x, n);
        Eval.run(after, y, n);
        for (String b : x.keySet()) {
            assertArrayEquals(bits(x.get(b)), bits(y.get(b)), () -> b + " at " + n + " of " + before + "\n" + after);
        }
    }

    private static Map<String, Object> data() {
        Random r = new Random(1);
        Map<String, Object> m = new LinkedHashMap<>();
        for (String b : List.of("a", "b", "o")) {
            float[] v = new float[300];
            for (int j = 0; j < v.length; j++) {
                v[j] = r.nextFloat() * 4 - 2;
            }
            v[5] = Float.NaN;
            v[9] = -0f;
            v[10] = 0f;
            v[12] = Float.NEGATIVE_INFINITY;
            m.put(b, v);
        }
        return m;
    }

    private static int[] bits(Object floats) {
        float[] v = (float[]) floats;
        int[] r = new int[v.length];
        for (int j = 0; j < v.length; j++) {
            r[j] = Float.floatToIntBits(v[j]);
        }
        return r;
    }

    static void checkNames(Kernel k) {
        Set<String> seen = new HashSet<>(k.ints());
        k.bufs().forEach(b -> seen.add(b.name()));
        Walk.statements(k.body(), s -> {
            String name = Walk.declared(s);
            assertTrue(name == null || seen.add(name), () -> "twice " + name);
        });
    }
}
