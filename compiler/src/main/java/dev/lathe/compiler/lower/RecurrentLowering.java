package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Recurrent layers: one kernel that walks through the steps. A work item is a tile of sequences in one direction. In each
 * step the recurrent product of all gates goes to scratch memory, then a loop over the hidden units computes the
 * activations and the new state in place.
 *
 * <p>Order of operations of one gate: the projected input (with its biases, see matmul), then one fused multiply-add for
 * each element of the state in order, then the peephole. A cell is fma(forget, cell, input * candidate), a gru's state
 * fma(update, state - candidate, candidate).
 */
final class RecurrentLowering {
    private final Node n;
    private final Lower cx;
    private final ElementType type;
    private final int gates;
    private final int directions;
    private final Dim steps;
    private final Dim batch;
    private final Dim hidden;
    private final View input;
    private final View lengths;
    private final View bias;
    private final View peepholes;
    private final View all;
    private final View state;
    private final View cell;
    private final boolean resetAfter;
    private final MatVec product;
    private final MatVec second;
    private final Map<View, View> copies = new LinkedHashMap<>();
    private View scratch;

    static Map<String, Lowering> rows() {
        return Map.of("lstm", (n, cx) -> new RecurrentLowering(n, cx).run(), "gru", (n, cx) -> new RecurrentLowering(n, cx).run(),
                "rnn", (n, cx) -> new RecurrentLowering(n, cx).run(), "linear_attention", LinearAttentionLowering::lower);
    }

    private RecurrentLowering(Node n, Lower cx) {
        this.n = n;
        this.cx = cx;
        Value r = n.in(1);
        type = r.elem();
        gates = n.is("lstm") ? 4 : n.is("gru") ? 3 : 1;
        directions = n.attrs().text("direction").equals("bidirectional") ? 2 : 1;
        View x = cx.view(n.in(0));
        steps = x.dims().get(0);
        batch = x.dims().get(1);
        hidden = r.dim(2);
        input = x.strides().get(2).is(1) ? x : cx.contiguous(x);
        lengths = n.in(3) == null ? null : cx.packedView(n.in(3));
        bias = n.in(2) == null ? null : cx.packedView(n.in(2));
        peepholes = n.in(6) == null ? null : cx.packedView(n.in(6));
        resetAfter = n.attrs().flag("reset_after");
        List<Dim> stateDims = List.of(Dim.of(directions), batch, hidden);
        all = n.out(0) == null ? cx.buffer("states", type, List.of(steps, Dim.of(directions), batch, hidden)) : cx.result(n.out(0));
        state = state(n.out(1), n.in(4), stateDims);
        cell = n.is("lstm") ? state(n.out(2), n.in(5), stateDims) : null;
        boolean classic = n.is("gru") && !resetAfter;
        product = MatVec.of(cx, r, Dim.ZERO, hidden.times(classic ? 2 : gates), hidden);
        second = classic ? MatVec.of(cx, r, hidden.times(2), hidden, hidden) : null;
    }

    /** Where a state is kept and ends up, set to its first value. */
    private View state(Value result, Value first, List<Dim> dims) {
        View v = result == null ? cx.buffer("state", type, dims) : cx.result(result);
        if (!v.strides().get(2).is(1)) {
            // the recurrent product reads it as a run
            View packed = cx.buffer("state", type, dims);
            copies.put(packed, v);
            v = packed;
        }
        if (first == null) {
            MapKernel.fill(cx, X.zero(Scalar.of(type.storage())), v);
        } else {
            cx.copy(cx.view(first), v);
        }
        return v;
    }

    private void run() {
        kernels();
        copies.forEach(cx::copy);
    }

    private void kernels() {
        // one more row for the gated state of a gru
        scratch = cx.scratch(type, hidden.times(directions).times(batch).times(second == null ? gates : 4));
        if (lengths != null || !product.tiled()) {
            emit(1, Dim.ZERO, batch);
            return;
        }
        int rows = product.rows(cx.target(), batch);
        Dim whole = batch.floorDiv(rows);
        emit(rows, Dim.ZERO, whole);
        Dim done = whole.times(rows);
        if (batch.isConst()) {
            int rest = batch.minus(done).intValue();
            emit(Math.max(1, rest), done, rest > 0 ? Dim.ONE : Dim.ZERO);
        } else if (rows > 1) {
            emit(1, done, batch.minus(done));
        }
    }

    private KernelBuilder k;
    private KernelBuilder.Buf in;
    private KernelBuilder.Buf y;
    private KernelBuilder.Buf h;
    private KernelBuilder.Buf c;
    private KernelBuilder.Buf s;
    private KernelBuilder.Buf rb;
    private KernelBuilder.Buf ph;
    private Expr units;

    /** The kernel for {@code tiles} tiles of {@code rows} sequences from sequence {@code first} on. */
    private void emit(int rows, Dim first, Dim tiles) {
        if (tiles.is(0)) {
            return;
        }
        k = cx.kernel(n.op());
        y = k.write(all);
        h = k.write(state);
        c = cell == null ? null : k.write(cell);
        s = k.write(scratch);
        in = k.read(input);
        KernelBuilder.Buf w = k.read(product.weights());
        KernelBuilder.Buf w2 = second == null ? null : k.read(second.weights());
        rb = bias == null ? null : k.read(bias);
        ph = peepholes == null ? null : k.read(peepholes);
        KernelBuilder.Buf lens = lengths == null ? null : k.read(lengths);
        units = k.structural(hidden);
        Expr stepCount = k.dim(steps);
        Expr batchCount = k.dim(batch);
        Expr tileCount = k.dim(tiles);
        Expr firstRow = k.dim(first);
        Expr line = X.mul(units, X.i(second == null ? gates : 4));
        k.range(tiles.times(directions), 1, (lo, hi) -> k.loop("item", lo, hi, item -> {
            Expr d = directions == 1 ? X.i(0) : k.let("d", X.div(item, tileCount));
            Expr tile = directions == 1 ? item : k.let("tile", X.sub(item, X.mul(d, tileCount)));
            Expr row = k.let("row", X.add(firstRow, X.mul(tile, X.i(rows))));
            Expr length = stepCount;
            if (lens != null) {
                length = k.let("length", X.max(X.i(0), X.min(X.convert(Scalar.I32, lens.load(row)), stepCount)));
            }
            Expr count = length;
            List<Expr> hs = new ArrayList<>();
            List<Expr> ss = new ArrayList<>();
            for (int r = 0; r < rows; r++) {
                Expr at = k.let("row", X.add(row, X.i(r)));
                hs.add(k.let("h", h.at(List.of(d, at))));
                ss.add(k.let("s", X.mul(X.add(X.mul(d, batchCount), at), line)));
            }
            k.loop("step", X.i(0), count, step -> step(d, row, time(d, step, count), hs, ss, w, w2, line));
            if (lens != null) {
                k.loop("t", count, stepCount, t -> {
                    Expr base = k.let("y", y.at(List.of(t, d, row)));
                    k.lanes("j", X.i(0), units, j -> y.storeFlat(X.add(base, X.mul(j, y.stride(3))), X.zero(Scalar.of(type.storage()))));
                });
            }
        }));
        k.run();
    }

    private Expr time(Expr d, Expr step, Expr count) {
        Expr back = X.sub(X.sub(count, X.i(1)), step);
        return switch (n.attrs().text("direction")) {
            case "forward" -> step;
            case "reverse" -> k.let("t", back);
            default -> k.let("t", X.select(X.eq(d, X.i(0)), step, back));
        };
    }

    private void step(Expr d, Expr row, Expr t, List<Expr> hs, List<Expr> ss, KernelBuilder.Buf w, KernelBuilder.Buf w2, Expr line) {
        int rows = hs.size();
        Expr width = X.mul(units, X.i(gates));
        List<Expr> gs = new ArrayList<>();
        for (int r = 0; r < rows; r++) {
            gs.add(k.let("g", X.add(in.at(List.of(t, X.add(row, X.i(r)))), X.mul(d, width))));
        }
        MatVec.Start projected = (r, col, lanes) -> MatVec.vector(in, X.add(gs.get(r), col), lanes);
        MatVec.Start own = (r, col, lanes) -> rb == null ? MatVec.zero(type, lanes) : MatVec.vector(rb, X.add(X.mul(d, width), col), lanes);
        product.emit(k, cx.target(), w, d, h, hs, resetAfter ? own : projected, s, ss);
        if (second != null) {
            eachRow(rows, d, row, t, at -> {
                Expr reset = X.add(at.scratch(), units);
                k.lanes("j", X.i(0), units, j -> s.storeFlat(X.add(X.add(at.scratch(), X.mul(units, X.i(3))), j),
                        round(X.mul(act(d, 0, s.flat(X.add(reset, j))), h.flat(X.add(at.state(), j))))));
            });
            Expr two = X.mul(units, X.i(2));
            List<Expr> gated = ss.stream().map(b -> k.let("s", X.add(b, X.mul(units, X.i(3))))).toList();
            List<Expr> to = ss.stream().map(b -> k.let("s", X.add(b, two))).toList();
            second.emit(k, cx.target(), w2, d, s, gated, (r, col, lanes) -> projected.at(r, X.add(two, col), lanes), s, to);
        }
        eachRow(rows, d, row, t, at -> k.lanes("j", X.i(0), units, j -> unit(d, at, j)));
    }

    /** Flat indices of one sequence in one step. */
    private record At(Expr state, Expr cell, Expr scratch, Expr input, Expr out) {}

    private void eachRow(int rows, Expr d, Expr row, Expr t, java.util.function.Consumer<At> body) {
        Expr line = X.mul(units, X.i(second == null ? gates : 4));
        Expr batchCount = k.dim(batch);
        Function<Expr, At> place = r -> {
            Expr b = k.let("row", X.add(row, r));
            return new At(k.let("h", h.at(List.of(d, b))), c == null ? null : k.let("c", c.at(List.of(d, b))),
                    k.let("s", X.mul(X.add(X.mul(d, batchCount), b), line)),
                    k.let("g", X.add(in.at(List.of(t, b)), X.mul(d, X.mul(units, X.i(gates))))), k.let("y", y.at(List.of(t, d, b))));
        };
        if (rows == 1) {
            body.accept(place.apply(X.i(0)));
        } else {
            k.loop("r", X.i(0), X.i(rows), r -> body.accept(place.apply(r)));
        }
    }

    private Expr round(Expr e) {
        return k.let("v", Casts.narrow(type, e));
    }

    private Expr act(Expr d, int i, Expr x) {
        double clip = n.attrs().real("clip", 0);
        Expr v = k.let("v", clip > 0 ? Activations.bound(type, x, -clip, clip) : x);
        List<String> names = n.attrs().texts("activations");
        int each = names.size() / directions;
        Expr forward = k.let("v", one(i, v));
        boolean same = directions == 1 || names.get(i).equals(names.get(each + i)) && parameter("alpha", i) == parameter("alpha", each + i)
                && parameter("beta", i) == parameter("beta", each + i);
        return same ? forward : k.let("v", X.select(X.eq(d, X.i(0)), forward, one(each + i, v)));
    }

    private double parameter(String name, int i) {
        return n.attrs().reals(name).get(i);
    }

    private Expr one(int i, Expr x) {
        return Activations.apply(n.attrs().texts("activations").get(i), parameter("alpha", i), parameter("beta", i), type, x);
    }

    private Expr gate(At at, int g, Expr j) {
        return k.let("g", s.flat(X.add(X.add(at.scratch(), X.mul(units, X.i(g))), j)));
    }

    private Expr given(At at, int g, Expr j) {
        return k.let("g", in.flat(X.add(X.add(at.input(), X.mul(units, X.i(g))), j)));
    }

    private Expr peephole(Expr d, int which, Expr j, Expr cellValue, Expr x) {
        if (ph == null) {
            return x;
        }
        return X.fma(ph.flat(X.add(X.add(X.mul(d, X.mul(units, X.i(3))), X.mul(units, X.i(which))), j)), cellValue, x);
    }

    /** One hidden unit of one sequence. */
    private void unit(Expr d, At at, Expr j) {
        Expr old = X.add(at.state(), X.mul(j, h.stride(2)));
        Expr next;
        switch (n.op()) {
            case "lstm" -> {
                Expr place = X.add(at.cell(), X.mul(j, c.stride(2)));
                Expr before = k.let("c", c.flat(place));
                Expr i = act(d, 0, peephole(d, 0, j, before, gate(at, 0, j)));
                Expr f = n.attrs().flag("coupled")
                        ? k.let("f", X.sub(Activations.number(type, 1), i))
                        : act(d, 0, peephole(d, 2, j, before, gate(at, 2, j)));
                Expr g = act(d, 1, gate(at, 3, j));
                Expr after = round(X.fma(f, before, X.mul(i, g)));
                c.storeFlat(place, after);
                Expr o = act(d, 0, peephole(d, 1, j, after, gate(at, 1, j)));
                next = round(X.mul(o, act(d, 2, after)));
            }
            case "gru" -> {
                Expr z = act(d, 0, resetAfter ? X.add(given(at, 0, j), gate(at, 0, j)) : gate(at, 0, j));
                Expr before = k.let("h", h.flat(old));
                Expr g;
                if (resetAfter) {
                    Expr r = act(d, 0, X.add(given(at, 1, j), gate(at, 1, j)));
                    g = act(d, 1, X.fma(r, gate(at, 2, j), given(at, 2, j)));
                } else {
                    g = act(d, 1, gate(at, 2, j));
                }
                next = round(X.fma(z, X.sub(before, g), g));
            }
            default -> next = round(act(d, 0, gate(at, 0, j)));
        }
        h.storeFlat(old, next);
        y.storeFlat(X.add(at.out(), X.mul(j, y.stride(3))), next);
    }
}
