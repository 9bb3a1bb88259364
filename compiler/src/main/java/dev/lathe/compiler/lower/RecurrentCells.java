package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.runtime.ElementType;
import java.util.List;
import java.util.function.Function;

/**
 * The kernels that follow a recurrent product: activations in place, then the new state of one sequence. Each is one
 * loop with at most one costly function, and knows no extents, so that layers share them.
 */
final class RecurrentCells {
    private final Lower cx;
    private final ElementType type;
    private final Attrs attrs;

    RecurrentCells(Lower cx, ElementType type, Attrs attrs) {
        this.cx = cx;
        this.type = type;
        this.attrs = attrs;
    }

    /** Activation {@code i} of the node's list, its argument bounded by clip. */
    Expr activate(KernelBuilder k, int i, Expr x) {
        double clip = attrs.real("clip", 0);
        return unbounded(k, i, clip > 0 ? Activations.bound(type, x, -clip, clip) : x);
    }

    /** Activation {@code i} of a cell: clip bounds what goes into gates, as ONNX Runtime has it. */
    private Expr unbounded(KernelBuilder k, int i, Expr x) {
        Expr v = k.let("v", x);
        return k.let("v", Activations.apply(attrs.texts("activations").get(i), attrs.reals("alpha").get(i), attrs.reals("beta").get(i), type, v));
    }

    private Scalar scalar() {
        return Scalar.of(type.storage());
    }

    private Expr round(KernelBuilder k, Expr e) {
        return k.let("v", Casts.narrow(type, e));
    }

    /** Buffer x, number n: x = f(x), or with {@code plus} a buffer before x: x = f(x + plus). */
    Kernel activation(int f, boolean plus) {
        KernelBuilder k = cx.kernel("activate");
        KernelBuilder.Buf add = plus ? k.buffer(scalar(), false) : null;
        KernelBuilder.Buf x = k.buffer(scalar(), true);
        Expr n = k.number("n");
        k.lanes("j", X.i(0), n, j -> x.storeFlat(j, activate(k, f, plus ? X.add(add.flat(j), x.flat(j)) : x.flat(j))));
        return k.part();
    }

    /** Buffers a, b, result; number n. */
    Kernel product() {
        KernelBuilder k = cx.kernel("gate");
        KernelBuilder.Buf a = k.buffer(scalar(), false);
        KernelBuilder.Buf b = k.buffer(scalar(), false);
        KernelBuilder.Buf o = k.buffer(scalar(), true);
        Expr n = k.number("n");
        k.lanes("j", X.i(0), n, j -> o.storeFlat(j, round(k, X.mul(a.flat(j), b.flat(j)))));
        return k.part();
    }

    /** What a new state is made of: values of gate g at unit j. */
    private interface Gates {
        Expr at(int g, Expr j);
    }

    private Kernel state(String name, List<Scalar> more, Function<List<KernelBuilder.Buf>, Unit> unit) {
        KernelBuilder k = cx.kernel(name);
        KernelBuilder.Buf s = k.buffer(scalar(), false);
        List<KernelBuilder.Buf> extra = more.stream().map(t -> k.buffer(t, true)).toList();
        KernelBuilder.Buf h = k.buffer(scalar(), true);
        KernelBuilder.Buf y = k.buffer(scalar(), true);
        Expr n = k.number("n");
        Unit u = unit.apply(extra);
        k.lanes("j", X.i(0), n, j -> {
            Expr next = round(k, u.next(k, (g, at) -> k.let("g", s.flat(X.add(X.mul(n, X.i(g)), at))), k.let("h", h.flat(j)), j));
            h.storeFlat(j, next);
            y.storeFlat(j, next);
        });
        return k.part();
    }

    private interface Unit {
        Expr next(KernelBuilder k, Gates gates, Expr before, Expr j);
    }

    /** Buffers: gates (activated input, output, forget, candidate), cell, state, copy of the state; number of units. */
    Kernel lstm(int h) {
        boolean coupled = attrs.flag("coupled");
        return state("lstm_cell", List.of(scalar()), extra -> (k, g, before, j) -> {
            KernelBuilder.Buf c = extra.get(0);
            Expr i = g.at(0, j);
            Expr f = coupled ? k.let("f", X.sub(Activations.number(type, 1), i)) : g.at(2, j);
            Expr cell = round(k, X.fma(f, c.flat(j), X.mul(i, g.at(3, j))));
            c.storeFlat(j, cell);
            return X.mul(g.at(1, j), unbounded(k, h, cell));
        });
    }

    /**
     * As {@link #lstm}, of gates that are not activated: peepholes let them see the cell. One more buffer before the state:
     * peepholes of input, output and forget gate.
     */
    Kernel peephole(int f) {
        KernelBuilder k = cx.kernel("lstm_peephole");
        KernelBuilder.Buf s = k.buffer(scalar(), false);
        KernelBuilder.Buf c = k.buffer(scalar(), true);
        KernelBuilder.Buf p = k.buffer(scalar(), false);
        KernelBuilder.Buf h = k.buffer(scalar(), true);
        KernelBuilder.Buf y = k.buffer(scalar(), true);
        Expr n = k.number("n");
        // as lanes this would be too long a method
        k.loop("j", X.i(0), n, j -> {
            Gates gate = (g, at) -> k.let("g", s.flat(X.add(X.mul(n, X.i(g)), at)));
            Gates peep = (g, at) -> p.flat(X.add(X.mul(n, X.i(g)), at));
            Expr old = k.let("c", c.flat(j));
            Expr i = activate(k, f, X.fma(peep.at(0, j), old, gate.at(0, j)));
            Expr forget = attrs.flag("coupled")
                    ? k.let("f", X.sub(Activations.number(type, 1), i))
                    : activate(k, f, X.fma(peep.at(2, j), old, gate.at(2, j)));
            Expr cell = round(k, X.fma(forget, old, X.mul(i, activate(k, f + 1, gate.at(3, j)))));
            c.storeFlat(j, cell);
            Expr o = activate(k, f, X.fma(peep.at(1, j), cell, gate.at(1, j)));
            Expr next = round(k, X.mul(o, unbounded(k, f + 2, cell)));
            h.storeFlat(j, next);
            y.storeFlat(j, next);
        });
        return k.part();
    }

    /** Buffers: gates (activated update and reset, candidate), state, copy; with {@code resetAfter} the projected candidate before the state. */
    Kernel gru(int g, boolean resetAfter) {
        return state("gru_cell", resetAfter ? List.of(scalar()) : List.of(), extra -> (k, gates, before, j) -> {
            Expr z = gates.at(0, j);
            Expr x = resetAfter ? X.fma(gates.at(1, j), gates.at(2, j), extra.get(0).flat(j)) : gates.at(2, j);
            Expr candidate = activate(k, g, x);
            return X.fma(z, X.sub(before, candidate), candidate);
        });
    }

    Kernel rnn(int f) {
        return state("rnn_cell", List.of(), extra -> (k, gates, before, j) -> activate(k, f, gates.at(0, j)));
    }
}
