package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.runtime.ElementType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Recurrent layers: one kernel that walks through the steps and runs others. A work item is a tile of sequences in one
 * direction. In each step the recurrent product of all gates goes to scratch memory ({@link MatVec}), then
 * {@link RecurrentCells} compute the activations and the new state in place.
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
    private final View peepholes;
    private final View all;
    private final View state;
    private final View cell;
    private final boolean resetAfter;
    private final MatVec product;
    private final MatVec second;
    private final RecurrentCells cells;
    private final Map<View, View> copies = new LinkedHashMap<>();
    private View scratch;
    private View start;

    static Map<String, Lowering> rows() {
        return Map.of("lstm", (n, cx) -> new RecurrentLowering(n, cx).run(), "gru", (n, cx) -> new RecurrentLowering(n, cx).run(),
                "rnn", (n, cx) -> new RecurrentLowering(n, cx).run(), "linear_attention", LinearAttentionLowering::lower);
    }

    private RecurrentLowering(Node n, Lower cx) {
        this.n = n;
        this.cx = cx;
        Value r = n.in(1);
        type = r.elem();
        cells = new RecurrentCells(cx, type, n.attrs());
        gates = n.is("lstm") ? 4 : n.is("gru") ? 3 : 1;
        directions = n.attrs().text("direction").equals("bidirectional") ? 2 : 1;
        View x = cx.view(n.in(0));
        steps = x.dims().get(0);
        batch = x.dims().get(1);
        hidden = r.dim(2);
        input = x.strides().get(2).is(1) ? x : cx.contiguous(x);
        lengths = n.in(3) == null ? null : cx.packedView(n.in(3));
        peepholes = n.in(6) == null ? null : cx.packedView(n.in(6));
        resetAfter = n.attrs().flag("reset_after");
        List<Dim> stateDims = List.of(Dim.of(directions), batch, hidden);
        all = packed(n.out(0) == null ? null : cx.result(n.out(0)), "states", List.of(steps, Dim.of(directions), batch, hidden));
        state = state(n.out(1), n.in(4), stateDims);
        cell = n.is("lstm") ? state(n.out(2), n.in(5), stateDims) : null;
        boolean classic = n.is("gru") && !resetAfter;
        product = MatVec.of(cx, r, Dim.ZERO, hidden.times(classic ? 2 : gates), hidden);
        second = classic ? MatVec.of(cx, r, hidden.times(2), hidden, hidden) : null;
    }

    /** Where a result is computed: its units stand one after the other. */
    private View packed(View result, String name, List<Dim> dims) {
        if (result != null && (result.strides().get(dims.size() - 1).is(1) || hidden.is(1))) {
            return result;
        }
        View v = cx.buffer(name, type, dims);
        if (result != null) {
            copies.put(v, result);
        }
        return v;
    }

    /** Where a state is kept and ends up, set to its first value. */
    private View state(Value result, Value first, List<Dim> dims) {
        View v = packed(result == null ? null : cx.result(result), "state", dims);
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
        scratch = cx.scratch(type, hidden.times(directions).times(batch).times(line()));
        start = resetAfter ? bias() : null;
        if (lengths != null) {
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

    /** Rows of scratch memory of a sequence. */
    private int line() {
        return second == null ? gates : 4;
    }

    private View bias() {
        if (n.in(2) != null) {
            return cx.packedView(n.in(2));
        }
        View zero = cx.buffer("bias", type, List.of(hidden.times((long) directions * gates)));
        MapKernel.fill(cx, X.zero(Scalar.of(type.storage())), zero);
        return zero;
    }

    private KernelBuilder k;
    private KernelBuilder.Buf in;
    private KernelBuilder.Buf y;
    private KernelBuilder.Buf h;
    private KernelBuilder.Buf c;
    private KernelBuilder.Buf s;
    private KernelBuilder.Buf rb;
    private KernelBuilder.Buf ph;
    private KernelBuilder.Buf w;
    private KernelBuilder.Buf w2;
    private Expr units;
    private Expr batchCount;

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
        w = k.read(product.weights());
        w2 = second == null ? null : k.read(second.weights());
        rb = start == null ? null : k.read(start);
        ph = peepholes == null ? null : k.read(peepholes);
        KernelBuilder.Buf lens = lengths == null ? null : k.read(lengths);
        // sequences that end earlier take less
        k.multiplyAdds(steps.times(tiles).times((long) rows * directions * gates).times(hidden).times(hidden));
        units = k.dim(hidden);
        batchCount = k.dim(batch);
        Expr stepCount = k.dim(steps);
        Expr tileCount = k.dim(tiles);
        Expr firstRow = k.dim(first);
        k.range(tiles.times(directions), 1, (lo, hi) -> k.loop("item", lo, hi, item -> {
            Expr d = directions == 1 ? X.i(0) : k.let("d", X.div(item, tileCount));
            Expr tile = directions == 1 ? item : k.let("tile", X.sub(item, X.mul(d, tileCount)));
            Expr row = k.let("row", X.add(firstRow, X.mul(tile, X.i(rows))));
            Expr count = lens == null ? stepCount : k.let("length", X.max(X.i(0), X.min(X.convert(Scalar.I32, lens.load(row)), stepCount)));
            k.loop("step", X.i(0), count, step -> step(rows, d, row, time(d, step, count)));
            if (lens != null) {
                k.loop("t", count, stepCount, t -> {
                    Expr base = k.let("y", y.at(List.of(t, d, row)));
                    k.lanes("j", X.i(0), units, j -> y.storeFlat(X.add(base, j), X.zero(Scalar.of(type.storage()))));
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

    private Expr scratchAt(Expr d, Expr row) {
        return X.mul(X.add(X.mul(d, batchCount), row), X.mul(units, X.i(line())));
    }

    private void step(int rows, Expr d, Expr row, Expr t) {
        Expr width = k.let("width", X.mul(units, X.i(gates)));
        Expr g = k.let("g", X.add(in.at(List.of(t, row)), X.mul(d, width)));
        Expr to = k.let("s", scratchAt(d, row));
        Expr lineSize = k.let("line", X.mul(units, X.i(line())));
        MatVec.Rows states = new MatVec.Rows(h, k.let("h", h.at(List.of(d, row))), h.stride(1));
        MatVec.Rows start = resetAfter ? new MatVec.Rows(rb, X.mul(d, width), X.i(0)) : new MatVec.Rows(in, g, in.stride(1));
        product.emit(k, cx, rows, w, d, states, start, new MatVec.Rows(s, to, lineSize));
        if (second != null) {
            eachRow(rows, row, r -> {
                At at = at(d, r, t);
                activate(d, 0, at.scratch(), X.mul(units, X.i(2)), null);
                k.invoke(cells.product(), List.of(s.from(X.add(at.scratch(), units)), h.from(at.state()), s.from(X.add(at.scratch(), X.mul(units, X.i(3))))),
                        List.of(units));
            });
            Expr two = X.mul(units, X.i(2));
            second.emit(k, cx, rows, w2, d, new MatVec.Rows(s, X.add(to, X.mul(units, X.i(3))), lineSize),
                    new MatVec.Rows(in, X.add(g, two), in.stride(1)), new MatVec.Rows(s, X.add(to, two), lineSize));
        }
        eachRow(rows, row, r -> cell(d, at(d, r, t)));
    }

    private void eachRow(int rows, Expr row, Consumer<Expr> body) {
        if (rows == 1) {
            body.accept(row);
        } else {
            k.loop("r", X.i(0), X.i(rows), r -> body.accept(k.let("row", X.add(row, r))));
        }
    }

    /** Flat indices of one sequence in one step. */
    private record At(Expr state, Expr cell, Expr scratch, Expr input, Expr out) {}

    private At at(Expr d, Expr row, Expr t) {
        return new At(k.let("h", h.at(List.of(d, row))), c == null ? null : k.let("c", c.at(List.of(d, row))), k.let("s", scratchAt(d, row)),
                k.let("g", X.add(in.at(List.of(t, row)), X.mul(d, X.mul(units, X.i(gates))))), k.let("y", y.at(List.of(t, d, row))));
    }

    /** Runs a kernel that depends on an activation, which may be another one in the second direction. */
    private void withActivation(Expr d, int i, IntFunction<Kernel> kernel, List<Stmt.BufArg> bufs, List<Expr> numbers) {
        int each = n.attrs().texts("activations").size() / directions;
        boolean same = true;
        for (int a = i; directions == 2 && a < each; a++) {
            same &= n.attrs().texts("activations").get(a).equals(n.attrs().texts("activations").get(each + a))
                    && n.attrs().reals("alpha").get(a).equals(n.attrs().reals("alpha").get(each + a))
                    && n.attrs().reals("beta").get(a).equals(n.attrs().reals("beta").get(each + a));
        }
        if (same) {
            k.invoke(kernel.apply(i), bufs, numbers);
        } else {
            k.when(X.eq(d, X.i(0)), () -> k.invoke(kernel.apply(i), bufs, numbers), () -> k.invoke(kernel.apply(each + i), bufs, numbers));
        }
    }

    private void activate(Expr d, int i, Expr at, Expr count, Expr plus) {
        List<Stmt.BufArg> bufs = plus == null ? List.of(s.from(at)) : List.of(in.from(plus), s.from(at));
        withActivation(d, i, f -> cells.activation(f, plus != null), bufs, List.of(count));
    }

    /** The new state of one sequence. */
    private void cell(Expr d, At at) {
        Stmt.BufArg gate = s.from(at.scratch());
        Stmt.BufArg to = h.from(at.state());
        Stmt.BufArg copy = y.from(at.out());
        List<Expr> n1 = List.of(units);
        switch (n.op()) {
            case "lstm" -> {
                if (ph != null) {
                    Stmt.BufArg p = ph.from(X.mul(d, X.mul(units, X.i(3))));
                    withActivation(d, 0, cells::peephole, List.of(gate, c.from(at.cell()), p, to, copy), n1);
                    return;
                }
                activate(d, 0, at.scratch(), X.mul(units, X.i(n.attrs().flag("coupled") ? 2 : 3)), null);
                activate(d, 1, X.add(at.scratch(), X.mul(units, X.i(3))), units, null);
                withActivation(d, 2, cells::lstm, List.of(gate, c.from(at.cell()), to, copy), n1);
            }
            case "gru" -> {
                if (resetAfter) {
                    activate(d, 0, at.scratch(), X.mul(units, X.i(2)), at.input());
                    withActivation(d, 1, i -> cells.gru(i, true), List.of(gate, in.from(X.add(at.input(), X.mul(units, X.i(2)))), to, copy), n1);
                } else {
                    withActivation(d, 1, i -> cells.gru(i, false), List.of(gate, to, copy), n1);
                }
            }
            default -> withActivation(d, 0, cells::rnn, List.of(gate, to, copy), n1);
        }
    }
}
