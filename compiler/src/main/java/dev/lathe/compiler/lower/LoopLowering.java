package dev.lathe.compiler.lower;

import static dev.lathe.compiler.lower.ControlLowering.dims;
import static dev.lathe.compiler.lower.ControlLowering.elem;
import static dev.lathe.compiler.lower.ControlLowering.packed;
import static dev.lathe.compiler.lower.ControlLowering.place;
import static dev.lathe.compiler.lower.ControlLowering.reserve;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.codegen.program.Step;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.ControlOps;
import java.util.ArrayList;
import java.util.List;

/**
 * One loop. A carried value has two buffers of its own: what the turn begins with, and what it gives; they are
 * exchanged at the turn's end, so that all carried values change at once and none is copied for that. A collected
 * result of known extent is written in place, another grows.
 */
final class LoopLowering {
    private final Node n;
    private final Lower cx;
    private final Graph body;
    private final int carried;
    private final Dim turn;
    private final List<int[]> pairs = new ArrayList<>();
    private final List<Slot> slots = new ArrayList<>();

    /**
     * Where a collected result goes.
     *
     * @param at all of it, when its extent is known before the loop; else a buffer of its own that grows
     * @param found symbols of its dimensions that the region finds, after the first
     */
    private record Slot(Value result, Value element, View at, boolean grows, List<String> found, List<Dim> values) {}

    LoopLowering(Node n, Lower cx) {
        this.n = n;
        this.cx = cx;
        this.body = n.regions().get(0);
        this.carried = n.inputs().size() - 1;
        this.turn = Dim.sym(n.attrs().text("turn"));
    }

    void lower() {
        List<String> changing = n.attrs().texts("symbols");
        cx.markLate(List.of(turn.symbol()));
        cx.markLate(changing);
        Dim trip = n.attrs().has("trip") ? n.attrs().dim("trip") : null;
        boolean asks = !ControlOps.alwaysTrue(body, body.outputs().get(0));
        Dim go = n.in(0) != null ? ControlLowering.truth(n.in(0), cx) : asks ? cx.lateSymbol() : null;
        begin(n.in(0) == null ? go : null);
        for (int i = 1 + carried; i < body.outputs().size(); i++) {
            slot(n.out(i - 1), body.outputs().get(i), trip);
        }
        List<Step> steps = cx.block(() -> turn(asks ? go : null));
        Dim left = trip == null ? null : trip.minus(turn);
        cx.step(new Step.While(left == null ? go == null ? Dim.ONE : go : go == null ? left : go.times(left), steps, cx.loc()));
        results();
    }

    private void assign(List<String> names, List<Dim> values) {
        if (!names.isEmpty()) {
            cx.step(new Step.Assign(names, values, cx.loc()));
        }
    }

    // what the first turn begins with
    private void begin(Dim go) {
        List<String> names = new ArrayList<>(List.of(turn.symbol()));
        List<Dim> values = new ArrayList<>(List.of(Dim.ZERO));
        if (go != null) {
            names.add(go.symbol());
            values.add(Dim.ONE);
        }
        for (int i = 0; i < carried; i++) {
            Value init = n.in(1 + i);
            Value arg = body.inputs().get(1 + i);
            int[] pair = {cx.own(arg.name(), elem(arg).storage()), cx.own(arg.name() + "_next", elem(arg).storage())};
            pairs.add(pair);
            cx.copy(cx.view(init), reserve(cx, pair[0], init));
            changes(arg, init, names, values);
            cx.alias(arg, packed(pair[0], arg));
        }
        assign(names, values);
    }

    // the symbols of the argument's dimensions, and what they become
    private void changes(Value arg, Value by, List<String> names, List<Dim> values) {
        if (!(arg.type() instanceof TensorType t)) {
            return;
        }
        for (int k = 0; k < t.rank(); k++) {
            String s = t.dim(k).symbol();
            if (s != null && n.attrs().texts("symbols").contains(s) && !by.dim(k).equals(t.dim(k))) {
                names.add(s);
                values.add(by.dim(k));
            }
        }
    }

    private void slot(Value result, Value element, Dim trip) {
        if (result == null) {
            return;
        }
        List<Dim> all = dims(result);
        List<String> found = new ArrayList<>();
        List<Dim> values = new ArrayList<>();
        for (int k = 1; k < all.size(); k++) {
            if (!all.get(k).equals(element.dim(k - 1))) {
                found.add(all.get(k).symbol());
                values.add(element.dim(k - 1));
            }
        }
        // should there be no turn: what the first one would find, as far as that is known
        List<Dim> before = values.stream().map(d -> d.symbols().stream().allMatch(s -> cx.inputSymbols().contains(s) || cx.isLate(Dim.sym(s))) ? d : Dim.ZERO).toList();
        cx.markLate(found);
        boolean grows = !found.isEmpty() || !all.get(0).equals(trip);
        if (all.get(0).symbol() != null && !all.get(0).equals(trip)) {
            cx.markLate(List.of(all.get(0).symbol()));
        }
        View at = grows ? packed(cx.own(result.name(), elem(result).storage()), result) : cx.buffer(result.name(), elem(result), all);
        if (grows) {
            cx.step(new Step.Reserve(at.buffer(), Dim.ZERO, false, cx.loc()));
        }
        cx.alias(result, at);
        slots.add(new Slot(result, element, at, grows, found, values));
        assign(found, before);
    }

    // the element of this turn inside a collected result
    private View element(Slot s) {
        Dim size = Dim.product(dims(s.element));
        Dim unit = Dim.of(s.at.type().isComplex() ? 2 : 1);
        if (s.grows) {
            cx.step(new Step.Reserve(s.at.buffer(), turn.plus(1).times(size).times(unit), true, cx.loc()));
        }
        return new View(s.at.buffer(), s.at.type(), turn.times(size).times(unit), dims(s.element), View.rowMajor(dims(s.element)));
    }

    private void turn(Dim go) {
        Value number = body.inputs().get(0);
        if (uses(body, number)) {
            KernelBuilder k = cx.kernel("turn");
            k.write(cx.result(number)).storeFlat(X.i(0), X.convert(Scalar.I64, k.dim(turn)));
            k.run();
        }
        for (int i = 0; i < carried; i++) {
            Value out = body.outputs().get(1 + i);
            int next = pairs.get(i)[1];
            place(cx, body, out, () -> reserve(cx, next, out));
        }
        slots.forEach(s -> place(cx, body, s.element, () -> element(s)));
        cx.graph(body);
        for (Slot s : slots) {
            collect(s);
        }
        List<Step> swaps = new ArrayList<>();
        List<String> names = new ArrayList<>(List.of(turn.symbol()));
        List<Dim> values = new ArrayList<>(List.of(turn.plus(1)));
        for (int i = 0; i < carried; i++) {
            give(i, swaps);
            changes(body.inputs().get(1 + i), body.outputs().get(1 + i), names, values);
        }
        if (go != null) {
            cx.step(new Step.Bind(List.of(go.symbol()), cx.packedView(body.outputs().get(0)).ref(), cx.loc()));
        }
        swaps.forEach(cx::step);
        assign(names, values);
    }

    private void collect(Slot s) {
        if (!s.found.isEmpty()) {
            for (int k = 0; k < s.found.size(); k++) {
                cx.helper("Control.sameExtent", List.of(), List.of(turn, Dim.sym(s.found.get(k)), s.values.get(k)), List.of(s.result.name()), List.of());
            }
            assign(s.found, s.values);
        }
        View v = cx.view(s.element);
        if (v.buffer() != s.at.buffer()) {
            cx.copy(v, element(s));
        }
    }

    private void give(int i, List<Step> swaps) {
        Value out = body.outputs().get(1 + i);
        int[] pair = pairs.get(i);
        View v = cx.view(out);
        if (out == body.inputs().get(1 + i) || v.equals(packed(pair[0], body.inputs().get(1 + i)))) {
            return;
        }
        if (v.buffer() != pair[1]) {
            cx.copy(v, reserve(cx, pair[1], out));
        }
        swaps.add(new Step.Swap(pair[0], pair[1], cx.loc()));
    }

    private void results() {
        List<String> names = new ArrayList<>();
        List<Dim> values = new ArrayList<>();
        for (int i = 0; i < carried; i++) {
            Value out = n.out(i);
            if (out == null) {
                continue;
            }
            if (out.type() instanceof TensorType t) {
                for (int k = 0; k < t.rank(); k++) {
                    Dim d = body.inputs().get(1 + i).dim(k);
                    if (t.dim(k).symbol() != null && !t.dim(k).equals(d)) {
                        names.add(t.dim(k).symbol());
                        values.add(d);
                    }
                }
            }
            cx.alias(out, packed(pairs.get(i)[0], out));
        }
        for (Slot s : slots) {
            Dim all = s.result.dim(0);
            if (s.grows && all.symbol() != null && !all.equals(n.attrs().has("trip") ? n.attrs().dim("trip") : null)) {
                names.add(all.symbol());
                values.add(turn);
            }
        }
        cx.markLate(names);
        assign(names, values);
    }

    private static boolean uses(Graph g, Value v) {
        return g.outputs().contains(v) || g.nodes().stream().anyMatch(m -> m.inputs().contains(v) || m.regions().stream().anyMatch(r -> uses(r, v)));
    }
}
