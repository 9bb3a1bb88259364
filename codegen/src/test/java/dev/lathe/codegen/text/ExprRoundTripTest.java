package dev.lathe.codegen.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.CmpOp;
import dev.lathe.codegen.loop.Expr.UnOp;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Kernel.BufParam;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import dev.lathe.codegen.program.Program;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Expressions survive printing as trees, and print with no more parentheses than that needs. */
class ExprRoundTripTest {
    private static final Expr A = new Expr.Var("a", Scalar.I32.scalar());
    private static final Expr B = new Expr.Var("b", Scalar.I32.scalar());

    private static Expr bin(BinOp op, Expr a, Expr b) {
        return new Expr.Bin(op, a, b);
    }

    private static Program program(List<Expr> exprs) {
        List<Stmt> body = new ArrayList<>();
        exprs.forEach(e -> body.add(new Stmt.Let("x" + body.size(), e)));
        Kernel k = new Kernel(
                "k", List.of(new BufParam("f", Scalar.F32, false), new BufParam("d", Scalar.F64, true), new BufParam("r", Scalar.REF, true)),
                List.of("a", "b"), body, false);
        return new Program("p", "portable", Map.of(), List.of(), List.of(), List.of(k), List.of(), List.of(), List.of());
    }

    private static String print(Expr e) {
        String[] lines = ProgramPrinter.print(program(List.of(e)).kernels().get(0)).split("\n");
        return lines[1].substring(lines[1].indexOf('=') + 2);
    }

    private static void survive(List<Expr> exprs) {
        Program p = program(exprs);
        Program back = ProgramParser.parse("p.lir", ProgramPrinter.print(p).text());
        for (int i = 0; i < exprs.size(); i++) {
            Expr e = ((Stmt.Let) back.kernels().get(0).body().get(i)).value();
            assertEquals(exprs.get(i), e, print(exprs.get(i)));
        }
    }

    private static void check(Expr e, String text) {
        assertEquals(text, print(e));
        survive(List.of(e));
    }

    @Test
    void fewParentheses() {
        check(bin(BinOp.ADD, bin(BinOp.MUL, A, B), A), "%a * %b + %a");
        check(bin(BinOp.MUL, bin(BinOp.ADD, A, B), A), "(%a + %b) * %a");
        check(bin(BinOp.SUB, A, bin(BinOp.SUB, B, A)), "%a - (%b - %a)");
        check(bin(BinOp.SUB, bin(BinOp.SUB, A, B), A), "%a - %b - %a");
        check(bin(BinOp.OR, A, bin(BinOp.AND, B, bin(BinOp.XOR, A, B))), "%a | %b & (%a ^ %b)");
        check(bin(BinOp.USHR, A, bin(BinOp.REM, B, A)), "ushr(%a, rem(%b, %a))");
        check(new Expr.Cmp(CmpOp.LE, bin(BinOp.ADD, A, B), A), "%a + %b <= %a");
        Expr less = new Expr.Cmp(CmpOp.LT, A, B);
        check(new Expr.Cmp(CmpOp.EQ, less, less), "(%a < %b) == (%a < %b)");
    }

    @Test
    void signs() {
        Expr one = new Expr.Lit(Scalar.I32, 1);
        Expr minus = new Expr.Lit(Scalar.I32, -1);
        check(minus, "-1");
        check(new Expr.Un(UnOp.NEG, one), "-(1)");
        check(new Expr.Un(UnOp.NEG, minus), "-(-1)");
        check(new Expr.Un(UnOp.NEG, new Expr.Un(UnOp.NEG, A)), "--%a");
        check(new Expr.Un(UnOp.NEG, bin(BinOp.ADD, A, B)), "-(%a + %b)");
        check(bin(BinOp.SUB, A, minus), "%a - -1");
        check(bin(BinOp.MUL, new Expr.Un(UnOp.NEG, A), minus), "-%a * -1");
    }

    @Test
    void literals() {
        List<Expr> all = new ArrayList<>();
        for (float f : new float[] {0, -0.0f, 1e-45f, 3.4028235e38f, 0.1f, 1e10f, Float.NaN, 1 / 0f, -1 / 0f}) {
            all.add(new Expr.Lit(Scalar.F32, Float.floatToRawIntBits(f)));
            all.add(new Expr.Lit(Scalar.F64, Double.doubleToRawLongBits(f)));
        }
        for (long bits : new long[] {0, 1, -1, 2, Integer.MIN_VALUE, Long.MIN_VALUE, Long.MAX_VALUE, 0x7fc00001, 0xffc00000L, 0x7ff8000000000001L}) {
            for (Scalar s : Scalar.values()) {
                all.add(new Expr.Lit(s, bits));
            }
        }
        survive(all);
    }

    @Test
    void otherForms() {
        Expr load = new Expr.Load("f", A, Scalar.F32.scalar());
        Expr vector = new Expr.Load("f", bin(BinOp.ADD, A, B), new VType(Scalar.F32, 8));
        check(load, "%f[%a]");
        check(vector, "%f[%a + %b : 8]");
        check(new Expr.Load("d", A, new VType(Scalar.F32, 4)), "%d[%a : f32x4]");
        check(new Expr.Load("d", A, Scalar.F32.scalar()), "%d[%a : f32]");
        check(new Expr.Var("a", Scalar.F32.scalar()), "%a::f32");
        check(new Expr.Fma(vector, vector, new Expr.Splat(load, 8)), "fma(%f[%a + %b : 8], %f[%a + %b : 8], splat8(%f[%a]))");
        check(new Expr.Select(new Expr.Cmp(CmpOp.NE, A, B), A, B), "select(%a != %b, %a, %b)");
        check(new Expr.Convert(Scalar.F64, load), "f64(%f[%a])");
        check(new Expr.Bitcast(Scalar.I32, load), "bits_i32(%f[%a])");
    }

    @Test
    void randomTrees() {
        Random r = new Random(7);
        List<Expr> all = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            all.add(random(r, 5));
        }
        survive(all);
    }

    /** An i32 expression. */
    private static Expr random(Random r, int depth) {
        if (depth == 0 || r.nextInt(8) == 0) {
            return r.nextBoolean() ? A : new Expr.Lit(Scalar.I32, r.nextInt(5) - 2);
        }
        Expr x = random(r, depth - 1);
        Expr y = random(r, depth - 1);
        return switch (r.nextInt(7)) {
            case 0 -> new Expr.Un(UnOp.values()[r.nextInt(UnOp.values().length)], x);
            case 1 -> new Expr.Convert(Scalar.I32, new Expr.Cmp(CmpOp.values()[r.nextInt(6)], x, y));
            case 2 -> new Expr.Select(new Expr.Cmp(CmpOp.values()[r.nextInt(6)], x, y), y, x);
            default -> bin(BinOp.values()[r.nextInt(BinOp.values().length)], x, y);
        };
    }
}
