package dev.lathe.codegen.emit;

import static dev.lathe.codegen.emit.Build.*;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.CmpOp;
import dev.lathe.codegen.loop.Expr.UnOp;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.VType;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every operation on every type, scalar and in vectors of every length, on all pairs of special values. */
class OperationsTest {
    /** A kernel over two inputs and an output of {@code n} elements. */
    record Case(String name, Kernel kernel, Object a, Object b, Object o, int n) {}

    private static final List<Scalar> NUMBERS = List.of(Scalar.F32, Scalar.F64, Scalar.I32, Scalar.I64);

    private final List<Case> cases = new ArrayList<>();

    private interface Body {
        Expr of(Expr a, Expr b);
    }

    @TestFactory
    List<DynamicTest> operations() {
        return cases().stream().map(c -> DynamicTest.dynamicTest(c.name, () ->
                Engines.compare(c.kernel, new Object[] {c.a, c.b, c.o}, new int[3], c.n))).toList();
    }

    List<Case> cases() {
        for (Scalar s : NUMBERS) {
            for (int lanes : new int[] {1, 2, 4, 8, 16}) {
                if (lanes == 1 || VectorSpelling.exists(new VType(s, lanes))) {
                    all(s, lanes);
                }
            }
        }
        return cases;
    }

    private void all(Scalar s, int lanes) {
        for (UnOp op : UnOp.values()) {
            if (s.isFloat() ? op != UnOp.NOT : op == UnOp.NEG || op == UnOp.ABS || op == UnOp.NOT) {
                test(op.name(), s, lanes, (a, b) -> new Expr.Un(op, a));
            }
        }
        for (BinOp op : BinOp.values()) {
            boolean bits = op.ordinal() >= BinOp.AND.ordinal();
            boolean zero = !s.isFloat() && (op == BinOp.DIV || op == BinOp.REM);
            boolean noVector = lanes > 1 && (zero || op == BinOp.REM);
            if (!(bits && s.isFloat()) && !noVector) {
                test(op.name(), s, lanes, (a, b) -> bin(op, a, zero ? bin(BinOp.OR, b, splat(s, 1, lanes)) : b));
            }
            if (op.ordinal() >= BinOp.SHL.ordinal() && !s.isFloat()) {
                test(op.name() + " by 5", s, lanes, (a, b) -> bin(op, a, splat(s, 5, lanes)));
                test(op.name() + " by -3", s, lanes, (a, b) -> bin(op, a, splat(s, -3, lanes)));
            }
        }
        if (s.isFloat()) {
            test("fma", s, lanes, (a, b) -> new Expr.Fma(a, b, a));
        }
        for (CmpOp op : CmpOp.values()) {
            test(op + " select", s, lanes, (a, b) -> new Expr.Select(cmp(op, a, b), a, b));
            test(op + " number", s, lanes, (a, b) -> new Expr.Convert(s, cmp(op, a, b)));
            test("not " + op, s, lanes, (a, b) -> new Expr.Select(new Expr.Un(UnOp.NOT, cmp(op, a, b)), a, b));
        }
        for (BinOp op : List.of(BinOp.AND, BinOp.OR, BinOp.XOR)) {
            test("bool " + op, s, lanes, (a, b) -> new Expr.Select(bin(op, cmp(CmpOp.LT, a, b), new Expr.Convert(Scalar.BOOL, a)), a, b));
        }
        test("bool ==", s, lanes, (a, b) -> new Expr.Select(cmp(CmpOp.EQ, cmp(CmpOp.LT, a, b), cmp(CmpOp.EQ, a, b)), a, b));
        test("bool !=", s, lanes, (a, b) -> new Expr.Select(cmp(CmpOp.NE, cmp(CmpOp.LE, a, b), cmp(CmpOp.GE, a, b)), a, b));
        test("bool select", s, lanes, (a, b) -> new Expr.Select(
                new Expr.Select(cmp(CmpOp.LT, a, b), cmp(CmpOp.EQ, a, a), cmp(CmpOp.EQ, b, b)), a, b));
        test("splat of bool", s, lanes, (a, b) -> new Expr.Select(
                lanes == 1 ? cmp(CmpOp.EQ, v("i"), v("n")) : new Expr.Splat(cmp(CmpOp.LT, v("i"), i(40)), lanes), a, b));
        for (Scalar to : NUMBERS) {
            boolean exists = lanes == 1 || VectorSpelling.exists(new VType(to, lanes));
            boolean noVector = lanes > 1 && s == Scalar.I64 && to == Scalar.F32;
            if (exists && !noVector) {
                convert(s, to, lanes);
                test("mask " + s + " for " + to, s, lanes, (a, b) -> new Expr.Convert(s,
                        new Expr.Select(cmp(CmpOp.LT, a, b), splat(to, 1, lanes), splat(to, 0, lanes))),
                        !(lanes > 1 && to == Scalar.F32 && s == Scalar.I64) && !(lanes > 1 && to == Scalar.I64 && s == Scalar.F32));
            }
            if (s != to && s.isFloat() != to.isFloat() && VectorSpelling.bits(s) == VectorSpelling.bits(to)) {
                test("bitcast", s, lanes, (a, b) -> new Expr.Bitcast(s, bin(BinOp.XOR, new Expr.Bitcast(to, a), new Expr.Bitcast(to, b))), !to.isFloat());
            }
        }
    }

    private static Expr splat(Scalar s, int value, int lanes) {
        Expr e = switch (s) {
            case F32 -> f(value);
            case F64 -> new Expr.Lit(s, Double.doubleToRawLongBits(value));
            default -> new Expr.Lit(s, value);
        };
        return lanes == 1 ? e : new Expr.Splat(e, lanes);
    }

    private void test(String name, Scalar s, int lanes, Body body) {
        test(name, s, lanes, body, true);
    }

    private void test(String name, Scalar s, int lanes, Body body, boolean wanted) {
        if (wanted) {
            Expr e = body.of(load("a", v("i"), s, lanes), load("b", v("i"), s, lanes));
            Kernel k = kernel(List.of(in("a", s), in("b", s), out("o", s)), List.of("n"), loop("i", v("n"), lanes, store("o", v("i"), e)));
            Object[] pairs = Samples.pairs(s);
            run(name, s, s, lanes, k, pairs[0], pairs[1]);
        }
    }

    private void convert(Scalar s, Scalar to, int lanes) {
        Expr e = new Expr.Convert(to, load("a", v("i"), s, lanes));
        Kernel k = kernel(List.of(in("a", s), in("b", s), out("o", to)), List.of("n"), loop("i", v("n"), lanes, store("o", v("i"), e)));
        Object random = Samples.array(s, 4096, new Random(1));
        run("convert", s, to, lanes, k, random, random);
        Object[] pairs = Samples.pairs(s);
        run("convert", s, to, lanes, k, pairs[0], pairs[1]);
    }

    private void run(String name, Scalar s, Scalar to, int lanes, Kernel k, Object a, Object b) {
        int n = Array.getLength(a);
        cases.add(new Case(name + " " + s.text() + "x" + lanes + " " + to.text(), k, a, b, to.storage().allocate(n), n));
    }
}
