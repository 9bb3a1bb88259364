package dev.lathe.codegen.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.UnOp;
import dev.lathe.codegen.loop.Fn;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Const;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VerifierTest {
    private static final Expr.Var I = var("i");

    private static Expr.Var var(String name) {
        return new Expr.Var(name, Scalar.I32.scalar());
    }

    private static Expr.Lit lit(int v) {
        return new Expr.Lit(Scalar.I32, v);
    }

    private static Expr load(String buf, Expr index) {
        return new Expr.Load(buf, index, Scalar.F32.scalar());
    }

    private static Stmt loop(Expr hi, Stmt... body) {
        return new Stmt.For("i", lit(0), hi, 1, List.of(body), false);
    }

    private static Kernel kernel(Stmt... body) {
        return new Kernel("k", List.of(new Kernel.BufParam("a", Scalar.F32, false), new Kernel.BufParam("o", Scalar.F32, true)),
                List.of("n"), List.of(body), false);
    }

    private static final Kernel COPY = kernel(loop(var("n"), new Stmt.Store("o", I, load("a", I))));

    private static List<String> messages(Kernel k) {
        return KernelVerifier.verify(k, Map.of()).stream().map(Problem::message).toList();
    }

    @Test
    void aGoodKernelHasNoProblems() {
        assertEquals(List.of(), messages(COPY));
    }

    @Test
    void anUnderstudyTakesWhatItsKernelTakes() {
        Kernel slow = COPY.named("slow");
        Kernel fast = new Kernel("k", COPY.bufs(), COPY.ints(), COPY.body(), false, "slow");
        assertEquals(List.of(), KernelVerifier.verify(fast, Map.of("slow", slow)));
        String said = "has the understudy slow, which is no kernel before it that takes what it takes, or one of them is parallel";
        assertEquals(List.of(said), messages(fast));
        Kernel other = new Kernel("slow", COPY.bufs().subList(0, 1), COPY.ints(), List.of(), false);
        Kernel more = new Kernel("slow", COPY.bufs(), List.of("n", "m"), List.of(), false);
        Kernel parallel = new Kernel("slow", COPY.bufs(), COPY.ints(), List.of(), true);
        for (Kernel k : List.of(other, more, parallel)) {
            assertEquals(List.of(said), KernelVerifier.verify(fast, Map.of("slow", k)).stream().map(Problem::message).toList());
        }
    }

    @Test
    void allProblemsOfAKernelAreReported() {
        Kernel k = kernel(
                new Stmt.Let("x", load("b", lit(0))),
                new Stmt.Let("x", load("a", var("m"))),
                new Stmt.Set("x", lit(1)),
                new Stmt.Store("a", lit(0), load("a", lit(0))),
                new Stmt.Store("o", lit(0), lit(0)),
                new Stmt.If(lit(1), List.of(new Stmt.Mut("y", lit(1))), List.of()),
                new Stmt.Set("y", lit(1)),
                new Stmt.For("n", lit(0), lit(1), 0, List.of(), false),
                new Stmt.Invoke("other", List.of(), List.of()));
        assertEquals(List.of(
                "no buffer b in Load[buf=b, index=Lit[scalar=I32, bits=0], type=f32]",
                "no local m in scope in Var[name=m, type=i32]",
                "two things are called x",
                "sets x, which is no mutable local in scope",
                "writes buffer a, which is declared as read only",
                "buffer o holds f32, not i32 in Lit[scalar=I32, bits=0]",
                "a bool is needed, not i32, in Lit[scalar=I32, bits=1]",
                "sets y, which is no mutable local in scope",
                "loop n has step 0",
                "two things are called n",
                "runs other, which is no kernel before it"), messages(k));
    }

    @Test
    void operationsHaveTypes() {
        Expr f = load("a", lit(0));
        Expr v = new Expr.Load("a", lit(0), new VType(Scalar.F32, 32));
        Expr w = new Expr.Splat(lit(1), 4);
        Fn fn = new Fn("F32Math", "exp", List.of(Scalar.F32), Scalar.F32);
        for (Expr bad : List.of(new Expr.Un(UnOp.NOT, f), new Expr.Un(UnOp.SQRT, lit(1)), new Expr.Bin(BinOp.AND, f, f),
                new Expr.Bin(BinOp.DIV, w, w), new Expr.Bin(BinOp.REM, lit(1), lit(0)), v, new Expr.Fma(lit(1), lit(1), lit(1)),
                new Expr.Bitcast(Scalar.F64, f), new Expr.Splat(w, 4), new Expr.Call(fn, List.of(lit(1))),
                new Expr.Cmp(Expr.CmpOp.LT, new Expr.Lit(Scalar.BOOL, 1), new Expr.Lit(Scalar.BOOL, 1)))) {
            assertEquals(1, messages(kernel(new Stmt.Let("x", bad))).size(), bad.toString());
        }
    }

    private static Buffer buffer(int id, long size, Buffer.Kind kind, int first, int last) {
        return new Buffer(id, "b" + id, Storage.F32, Dim.of(size), kind, first, last);
    }

    private static Step copy(int a, int o, int n) {
        return new Step.Run("k", List.of(new Step.Ref(a, Dim.ZERO), new Step.Ref(o, Dim.ZERO)), Dim.list(n), null, 1, List.of("Copy"));
    }

    private static Program program(List<Buffer> buffers, List<Const> consts, Step... steps) {
        Dim n = Dim.of(8);
        return new Program("p", "portable", Map.of(), buffers, consts, List.of(COPY), List.of(steps),
                List.of(new Port("x", Port.Kind.TENSOR, ElementType.F32, List.of(n), new Step.Ref(0, Dim.ZERO))),
                List.of(new Port("y", Port.Kind.TENSOR, ElementType.F32, List.of(n), new Step.Ref(2, Dim.ZERO))));
    }

    private static List<String> messages(Program p) {
        return ProgramVerifier.verify(p).stream().map(Problem::toString).toList();
    }

    private static List<Buffer> three() {
        return new ArrayList<>(List.of(buffer(0, 8, Buffer.Kind.ARENA, -1, 0), buffer(1, 8, Buffer.Kind.ARENA, 0, 1),
                buffer(2, 8, Buffer.Kind.ARENA, 1, 2)));
    }

    @Test
    void aGoodProgramHasNoProblems() {
        assertEquals(List.of(), messages(program(three(), List.of(), copy(0, 1, 8), copy(1, 2, 8))));
    }

    @Test
    void stepsFitTheirKernelsAndBuffers() {
        List<Buffer> b = three();
        b.set(1, new Buffer(1, "b1", Storage.I32, Dim.of(8), Buffer.Kind.ARENA, 0, 1));
        Step two = new Step.Run("k", List.of(new Step.Ref(0, Dim.ZERO)), List.of(), Dim.ONE, 0, List.of());
        Step unknown = new Step.Run("x", List.of(), List.of(), null, 1, List.of());
        assertEquals(List.of(
                "step 0 (Copy): gives buffer 1 (b1) of I32 to k as o of f32",
                "step 1: has grain 0",
                "step 1: uses buffer 0 (b0), which lives from step -1 to 0",
                "step 1: gives an extent to a kernel that is not parallel",
                "step 1: runs k with 1 buffers and 0 integers, not 2 and 1",
                "step 2: runs x, which is no kernel"), messages(program(b, List.of(), copy(0, 1, 8), two, unknown)));
    }

    @Test
    void symbolsAreBoundBeforeTheyAreUsed() {
        List<Buffer> b = three();
        b.add(new Buffer(3, "n", Storage.I32, Dim.sym("K"), Buffer.Kind.ARENA, -1, 9));
        Dim k = Dim.sym("k");
        Step bind = new Step.Bind(List.of("k"), new Step.Ref(3, Dim.ZERO), List.of());
        Step use = new Step.Assign(List.of("m"), List.of(k), List.of());
        Step branch = new Step.If(Dim.ONE, List.of(bind, use), List.of(), List.of());
        assertEquals(List.of(
                "buffer 3 (n): has size K, but K is no dimension of an input",
                "step 3: uses symbol k, which is not bound by then"), messages(program(b, List.of(), branch, use)));
    }

    @Test
    void constantsHaveContents() {
        List<Buffer> b = three();
        b.set(0, buffer(0, 8, Buffer.Kind.CONST, -1, 0));
        b.set(1, buffer(1, 8, Buffer.Kind.CONST, 0, 1));
        assertEquals(List.of(
                "buffer 0 (b0): has size 8 but 7 elements",
                "buffer 1 (b1): has no contents",
                "step 0 (Copy): writes buffer 1 (b1), which is constant"),
                messages(program(b, List.of(new Const(0, ElementType.F32, new float[7])), copy(0, 1, 8))));
    }

    @Test
    void accessesCertainToBeOutOfBoundsAreFound() {
        assertEquals(List.of("step 0 (Copy): k accesses elements 0 to 8 of buffer 0 (b0) as a, which has 8",
                "step 0 (Copy): k accesses elements 0 to 8 of buffer 1 (b1) as o, which has 8"),
                messages(program(three(), List.of(), copy(0, 1, 9))));
    }

    @Test
    void liveBuffersDoNotOverlap() {
        Program p = program(three(), List.of(), copy(0, 1, 8), copy(1, 2, 8));
        int[] lengths = new int[Storage.values().length];
        lengths[0] = 16;
        assertEquals(List.of(), PlanVerifier.verify(p, id -> id == 1 ? 8 : 0, lengths));
        assertEquals(List.of(new Problem("buffer 1 (b1)", "overlaps buffer 0 (b0) while both are alive"),
                new Problem("buffer 2 (b2)", "overlaps buffer 1 (b1) while both are alive")),
                PlanVerifier.verify(p, id -> id == 1 ? 7 : 0, lengths));
        assertEquals(List.of(new Problem("buffer 2 (b2)", "ends at 17 of an arena of 16")),
                PlanVerifier.verify(p, id -> id == 1 ? 1 : id == 2 ? 9 : 9, lengths).stream().filter(x -> x.where().contains("2 (")).toList());
    }
}
