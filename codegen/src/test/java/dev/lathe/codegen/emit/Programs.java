package dev.lathe.codegen.emit;

import static dev.lathe.codegen.emit.Build.*;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.jar.ConstLayout;
import dev.lathe.codegen.jar.StateLayout;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Const;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.State;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Programs built by hand, and memory for them. */
public final class Programs {
    /** o[i] = a[i] * w[i] + c for i in lo..hi. */
    static final Kernel SCALE = new Kernel("scale",
            List.of(in("a", Scalar.I32), in("w", Scalar.I32), out("o", Scalar.I32)), List.of("lo", "hi", "c"),
            List.of(new Stmt.For("i", v("lo"), v("hi"), 1,
                    List.of(store("o", v("i"), add(mul(load("a", v("i"), Scalar.I32, 1), load("w", v("i"), Scalar.I32, 1)), v("c")))), true)),
            true);

    /** o[i] += i for i in 0..n, and a loop that does nothing at all. */
    static final Kernel COUNT = new Kernel("count", List.of(out("o", Scalar.I32)), List.of("n"),
            List.of(loop("i", v("n"), 1, store("o", v("i"), add(load("o", v("i"), Scalar.I32, 1), v("i"))))), false);

    private Programs() {}

    static Buffer buffer(int id, Dim size, Buffer.Kind kind, int first, int last) {
        return new Buffer(id, "b" + id, Storage.I32, size, kind, first, last);
    }

    static Step.Ref at(int buffer) {
        return new Step.Ref(buffer, Dim.ZERO);
    }

    static Step scale(int a, int w, int o, Dim n, int c, String loc) {
        return new Step.Run("scale", List.of(at(a), at(w), at(o)), Dim.list(c), n, 1, List.of(loc));
    }

    static Program program(List<Buffer> buffers, List<Const> consts, List<Step> steps, List<Port> inputs, List<Port> outputs) {
        return new Program("model", "portable", Map.of(), buffers, consts, List.of(SCALE, COUNT), steps, inputs, outputs);
    }

    /** Two scalings, everything constant. */
    static Program fixed() {
        Dim n = Dim.of(10);
        return program(
                List.of(buffer(0, n, Buffer.Kind.ARENA, -1, 0), buffer(1, n, Buffer.Kind.CONST, 0, 1),
                        buffer(2, n, Buffer.Kind.ARENA, 0, 1), buffer(3, n, Buffer.Kind.ARENA, 1, 3)),
                List.of(new Const(1, ElementType.I32, new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})),
                List.of(scale(0, 1, 2, n, 70000, "Mul/0"), scale(2, 1, 3, n, -1, "1st"),
                        new Step.Run("count", List.of(at(3)), List.of(n), null, 1, List.of())),
                List.of(new Port("x", Port.Kind.TENSOR, ElementType.I32, List.of(n), at(0))),
                List.of(new Port("y", Port.Kind.TENSOR, ElementType.I32, List.of(n), at(3))));
    }

    /** Every kind of step; the input has N elements. */
    static Program dynamic() {
        Dim n = Dim.sym("N");
        Dim k = Dim.sym("k");
        Dim turn = Dim.sym("turn");
        List<Step> body = List.of(
                new Step.Run("count", List.of(new Step.Ref(2, Dim.ONE)), List.of(n.minus(1)), null, 1, List.of("body")),
                new Step.Swap(4, 5, List.of()),
                new Step.Assign(List.of("turn", "twice"), List.of(turn.minus(1), turn.times(2)), List.of()));
        List<Step> steps = List.of(
                scale(0, 0, 2, n, 3, "square"),
                new Step.Helper("Fill.positive", List.of(at(0)), List.of(n, Dim.of(4)), List.of("text \"1\""), List.of("k", "rest"), List.of("nonzero")),
                new Step.Reserve(5, k.plus(7).max(n.floorDiv(2)), true, List.of()),
                new Step.Assign(List.of("turn"), List.of(Dim.of(3)), List.of()),
                new Step.While(turn, body, List.of("loop")),
                new Step.If(k.minus(1).max(Dim.ZERO).min(Dim.of(Long.MAX_VALUE)),
                        List.of(new Step.Helper("Fill.negate", List.of(at(2)), List.of(n.mod(Dim.of(7))), List.of(), List.of(), List.of("negate"))),
                        List.of(scale(2, 2, 2, n.ifOne(Dim.ONE, n.minus(1)), 9, "else")), List.of("if")),
                new Step.Bind(List.of("x0", "x1"), new Step.Ref(2, n.floorDiv(3)), List.of()));
        return program(
                List.of(buffer(0, n, Buffer.Kind.ARENA, -1, 1), buffer(1, Dim.of(3), Buffer.Kind.ARENA, 0, 5),
                        buffer(2, n.plus(4), Buffer.Kind.ARENA, 0, 20), buffer(3, n.broadcast(Dim.ONE).times(n), Buffer.Kind.ARENA, 0, 20),
                        buffer(4, Dim.ZERO, Buffer.Kind.OWN, 1, 20), buffer(5, Dim.ZERO, Buffer.Kind.OWN, 1, 20)),
                List.of(), steps,
                List.of(new Port("x", Port.Kind.TENSOR, ElementType.I32, List.of(n), at(0))),
                List.of(new Port("y", Port.Kind.TENSOR, ElementType.I32, List.of(n.plus(4)), at(2))));
    }

    static StateLayout layout(Program p) {
        return StateLayout.of(p, ConstLayout.of(List.of(p)));
    }

    /** Memory in which no two buffers touch, with the input symbols set and the int arena filled with a pattern. */
    static State state(StateLayout l, Map<String, Integer> symbols) {
        Program p = l.program();
        int[] ci = new int[100];
        p.consts().forEach(c -> System.arraycopy((int[]) c.data(), 0, ci, l.offset(c.buffer()), ((int[]) c.data()).length));
        State s = new State(new float[0], new double[0], ci, new long[0], new Object[0], p.buffers().size(), l.slots());
        symbols.forEach((name, value) -> s.d[l.slot(name)] = value);
        int end = 0;
        for (Buffer b : p.buffers()) {
            if (b.kind() == Buffer.Kind.OWN) {
                s.own[b.id()] = new int[0];
            } else if (b.kind() == Buffer.Kind.ARENA) {
                int size = (int) b.size().eval(x -> symbols.get(x));
                if (l.isFixed(b.id())) {
                    end = Math.max(end, l.offset(b.id()) + size);
                } else {
                    s.d[l.slot("@b" + b.id())] = end;
                    end += size;
                }
            }
        }
        s.i = new int[end];
        for (int i = 0; i < end; i++) {
            s.i[i] = i * 7 % 11 - 5;
        }
        return s;
    }

    /** A program of {@code n} small steps. */
    static Program many(int n) {
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            steps.add(new Step.Run("scale", List.of(at(0), at(0), at(0)), Dim.list(100_000 + i), Dim.of(2), 1, List.of("n" + i)));
        }
        return program(List.of(buffer(0, Dim.of(2), Buffer.Kind.ARENA, -1, n)), List.of(), steps, List.of(), List.of());
    }

    /** A program of {@code n} steps that do three things in turn; those of {@code bad} reach beyond their buffer. */
    static Program repeated(int n, Set<Integer> bad) {
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            Step.Ref to = bad.contains(i) ? new Step.Ref(0, Dim.of(1 << 20)) : at(0);
            steps.add(new Step.Run("scale", List.of(to, at(0), at(0)), Dim.list(i % 3 + 2), Dim.of(2), 1, List.of("n" + i)));
        }
        return program(List.of(buffer(0, Dim.of(2), Buffer.Kind.ARENA, -1, n)), List.of(), steps, List.of(), List.of());
    }

    /** A sum of {@code terms} products and quotients, or, when {@code deep}, as many quotients within one another. */
    static Dim longDim(int terms, int salt, boolean deep) {
        Dim n = Dim.sym("N");
        Dim m = Dim.sym("M");
        Dim d = deep ? n : Dim.ZERO;
        for (int i = 0; i < terms; i++) {
            d = deep ? d.times(3).plus(m.times(salt + i)).floorDiv(n.plus(2)).plus(i)
                    : d.plus(n.times(i + salt).plus(m).floorDiv(m.plus(i % 5 + 1)).times(m)).plus(m.max(n.minus(i)).mod(Dim.of(7)));
        }
        return d;
    }

    /** Every kind of step with expressions far longer than a method can be, and with very many of them. */
    static Program longDims() {
        Dim n = Dim.sym("N");
        List<Stmt> body = new ArrayList<>();
        List<String> params = new ArrayList<>();
        List<Dim> ints = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            params.add("p" + i);
            body.add(store("o", i(i), v("p" + i)));
            ints.add(i < 100 ? longDim(i / 2 + 1, i, i % 2 == 0) : n.times(i).plus(Dim.sym("M").floorDiv(n.plus(i))));
        }
        Kernel all = new Kernel("all", List.of(out("o", Scalar.I32)), params, body, false);
        List<String> names = new ArrayList<>();
        List<String> bound = new ArrayList<>();
        for (int i = 0; i < ints.size(); i++) {
            names.add("a" + i);
            bound.add("b" + i);
        }
        Dim size = longDim(150, 1, false).plus(n.times(n).times(n)).mod(Dim.of(50)).plus(250);
        Dim at = longDim(100, 2, false).mod(Dim.of(20));
        List<Step> steps = List.of(
                new Step.Run("all", List.of(new Step.Ref(0, at)), ints, null, 1, List.of("all")),
                new Step.Assign(names, ints, List.of("assign")),
                new Step.Bind(bound, new Step.Ref(0, at), List.of("bind")),
                new Step.Reserve(1, size, true, List.of("reserve")),
                new Step.If(longDim(100, 3, true).mod(Dim.of(2)), List.of(new Step.Run("count", List.of(at(0)), List.of(n), null, 1, List.of("then"))),
                        List.of(new Step.Run("count", List.of(at(0)), List.of(n.minus(1)), null, 1, List.of("else"))), List.of("if")));
        return new Program("model", "portable", Map.of(), List.of(buffer(0, size, Buffer.Kind.ARENA, -1, 20), buffer(1, Dim.ZERO, Buffer.Kind.OWN, 1, 20)),
                List.of(), List.of(COUNT, all), steps, List.of(new Port("x", Port.Kind.TENSOR, ElementType.I32, List.of(n, Dim.sym("M")), at(0))), List.of());
    }

    /** An If in an If in an If ... */
    static Program nested(int depth) {
        List<Step> block = List.of(scale(0, 0, 0, Dim.of(2), 1, "leaf"));
        for (int i = 0; i < depth; i++) {
            block = List.of(new Step.If(Dim.ONE, block, List.of(), List.of()));
        }
        return program(List.of(buffer(0, Dim.of(2), Buffer.Kind.ARENA, -1, depth)), List.of(), block, List.of(), List.of());
    }

    /** A kernel of {@code n} statements in a straight line. */
    static Kernel straight(int n) {
        List<Stmt> body = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            body.add(store("o", i(i), i(i)));
        }
        return new Kernel("straight", List.of(out("o", Scalar.I32)), List.of(), body, false);
    }
}
