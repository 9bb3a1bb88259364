package dev.lathe.codegen.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Const;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Program.Range;
import dev.lathe.codegen.program.Step;
import dev.lathe.codegen.program.Step.Ref;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What prints, parses to the same program. */
class ProgramRoundTripTest {
    private static final Dim N = Dim.sym("N");
    private static final VType I32 = Scalar.I32.scalar();

    private static Expr.Lit i(int v) {
        return new Expr.Lit(Scalar.I32, v);
    }

    private static Expr.Lit f(float v) {
        return new Expr.Lit(Scalar.F32, Float.floatToRawIntBits(v));
    }

    private static Ref ref(int buffer, Dim offset) {
        return new Ref(buffer, offset);
    }

    private static Kernel relu() {
        Expr.Var x = new Expr.Var("x", new VType(Scalar.F32, 16));
        Expr.Var at = new Expr.Var("i", I32);
        return new Kernel(
                "map 3/ß", List.of(new Kernel.BufParam("a", Scalar.F32, false), new Kernel.BufParam("out.0", Scalar.F32, true)),
                List.of("lo", "hi", "n"),
                List.of(
                        new Stmt.Mut("acc", f(-0.0f)),
                        new Stmt.For("i", new Expr.Var("lo", I32), new Expr.Var("hi", I32), 16, List.of(
                                new Stmt.Let("x", new Expr.Load("a", at, new VType(Scalar.F32, 16))),
                                new Stmt.Store("out.0", at, new Expr.Bin(BinOp.MAX, x, new Expr.Splat(f(0), 16)))), true),
                        new Stmt.For("j", i(0), new Expr.Var("n", I32), 1, List.of(
                                new Stmt.Set("acc", new Expr.Var("acc", Scalar.F32.scalar()))), false),
                        new Stmt.If(new Expr.Lit(Scalar.BOOL, 1), List.of(), List.of(new Stmt.Store("out.0", i(-1), f(Float.NaN)))),
                        new Stmt.If(new Expr.Lit(Scalar.BOOL, 0), List.of(new Stmt.Let("y", i(Integer.MIN_VALUE))), List.of()),
                        new Stmt.While(new Expr.Cmp(Expr.CmpOp.LT, i(1), i(2)), List.of())),
                true);
    }

    private static Program program() {
        Dim odd = Dim.sym("batch size").plus(Dim.sym("step")).floorDiv(Dim.of(3)).times(-2).plus(Dim.sym("?1"));
        List<String> loc = List.of("Conv_0", "a \"quoted\"\nname\\ 名前 \u2028 \uD83D\uDE00");
        Step run = new Step.Run("map 3/ß", List.of(ref(0, Dim.ZERO), ref(1, Dim.of(64))), List.of(N.times(12)), N.times(3), 7, loc);
        Step plain = new Step.Run("k", List.of(), List.of(), null, 1, List.of());
        Map<String, Range> limits = new LinkedHashMap<>();
        limits.put("N", new Range(1, 64));
        limits.put("batch size", new Range(-1, Long.MAX_VALUE));
        return new Program(
                "digits v2", "avx512", limits,
                List.of(
                        new Buffer(0, "image", Storage.F32, N.times(12288), Buffer.Kind.ARENA, -1, 3),
                        new Buffer(1, "", Storage.F32, odd, Buffer.Kind.CONST, -1, 9),
                        new Buffer(2, "strings", Storage.REF, Dim.of(2), Buffer.Kind.CONST, -1, 9),
                        new Buffer(3, "found", Storage.I64, Dim.ONE, Buffer.Kind.OWN, 0, 4),
                        new Buffer(4, "found2", Storage.F64, Dim.ONE, Buffer.Kind.OWN, 0, 4),
                        new Buffer(5, "flags", Storage.I32, Dim.of(6), Buffer.Kind.CONST, -1, 4)),
                List.of(
                        new Const(1, ElementType.F16, new float[] {1, -0.0f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, 0x1p-24f}),
                        new Const(2, ElementType.STR, new String[] {"a", "\""}),
                        new Const(3, ElementType.U64, new long[] {-1, 0, Long.MIN_VALUE}),
                        new Const(3, ElementType.I64, new long[] {Long.MIN_VALUE, 7, 7, 7, 7}),
                        new Const(5, ElementType.BOOL, new int[] {1, 1, 1, 1, 1, 1}),
                        new Const(4, ElementType.F64, new double[0])),
                List.of(relu(), new Kernel("k", List.of(), List.of(), List.of(), false), new Kernel("understudy", List.of(), List.of(), List.of(), false, "k")),
                List.of(
                        run,
                        new Step.Helper("Sort.topK", List.of(ref(1, Dim.sym("@b0").plus(4))), List.of(odd), List.of("x", ""), List.of("?1", "?2"), loc),
                        new Step.Helper("Sort.none", List.of(), List.of(), List.of(), List.of(), List.of()),
                        new Step.Bind(List.of("H", "in"), ref(3, N.times(-1)), loc),
                        new Step.Bind(List.of(), ref(3, Dim.ZERO), List.of()),
                        new Step.Assign(List.of("T"), List.of(Dim.sym("T").plus(1)), loc),
                        new Step.Assign(List.of(), List.of(), List.of()),
                        new Step.Reserve(3, N, true, loc),
                        new Step.Reserve(3, N, false, List.of()),
                        new Step.Swap(3, 4, loc),
                        new Step.If(N.minus(1), List.of(plain, new Step.While(Dim.sym("T"), List.of(plain, run), loc)), List.of(plain), loc),
                        new Step.If(Dim.sym("loc"), List.of(), List.of(), loc),
                        plain),
                List.of(
                        new Port("image", Port.Kind.TENSOR, ElementType.F32, List.of(N, Dim.of(3)), ref(0, Dim.ZERO)),
                        new Port("list", Port.Kind.SEQUENCE, ElementType.STR, List.of(), ref(2, Dim.ONE))),
                List.of(new Port("", Port.Kind.OPTIONAL, null, List.of(), ref(2, Dim.ZERO))));
    }

    @Test
    void everyRecordSurvives() {
        String text = ProgramPrinter.print(program()).text();
        Program back = ProgramParser.parse("p.lir", text);
        assertEquals(text, ProgramPrinter.print(back).text());
        assertTrue(ProgramEquality.same(program(), back), text);
    }

    @Test
    void constantsMayStandElsewhere() {
        Program p = program();
        String text = ProgramPrinter.print(p, c -> "c" + p.consts().indexOf(c)).text();
        Program back = ProgramParser.parse(new Source("p.lir", text), (n, type) -> p.consts().get(Integer.parseInt(n.substring(1))).data());
        assertTrue(ProgramEquality.same(p, back), text);
    }

    @Test
    void linesAreThoseOfTheText() {
        Program p = program();
        ProgramPrinter.Printed printed = ProgramPrinter.print(p);
        String[] lines = printed.text().split("\n", -1);
        List<Step> flat = p.flat();
        assertEquals(flat.size(), printed.stepLines().length);
        for (int s = 0; s < flat.size(); s++) {
            String word = flat.get(s).getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
            assertTrue(lines[printed.stepLines()[s] - 1].strip().startsWith(word + " "), word);
        }
        Kernel k = p.kernels().get(0);
        assertTrue(lines[printed.kernelLines().get(k.name()) - 1].strip().startsWith("kernel @\"map 3/ß\"("));
        Stmt.For loop = (Stmt.For) k.body().get(1);
        assertEquals("for lanes %i in %lo..%hi step 16 {", lines[printed.line(k, loop) - 1].strip());
        assertEquals("%out.0[%i : 16] = max(%x, splat16(0.0f))", lines[printed.line(k, loop.body().get(1)) - 1].strip());
    }

    @Test
    void dimensionsSurvive() {
        Dim least = Dim.of(Long.MIN_VALUE);
        Dim[] dims = {
            least, N.plus(least), N.times(Long.MIN_VALUE), N.times(N).minus(3), Dim.sym("_"), Dim.sym("1x"), Dim.sym("a.b"),
            Dim.sym("for"), Dim.sym("@b12"), Dim.sym("@x y"), Dim.sym("?"), Dim.sym("? "), Dim.sym(""),
            N.max(Dim.of(2)).min(Dim.sym("M")).broadcast(N).ifOne(N, Dim.of(-1)), N.mod(Dim.of(4)).plus(N.ceilDiv(Dim.of(2)))
        };
        Step.Assign all = new Step.Assign(List.of(), List.of(dims), List.of());
        Program p = new Program("p", "portable", Map.of(), List.of(), List.of(), List.of(), List.of(all), List.of(), List.of());
        String text = ProgramPrinter.print(p).text();
        Step.Assign back = (Step.Assign) ProgramParser.parse("p.lir", text).steps().get(0);
        assertArrayEquals(dims, back.values().toArray(), text);
    }
}
