package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.program.Step;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Choice: both branches leave their results in the same places. Repetition is {@link LoopLowering}. */
final class ControlLowering {
    private ControlLowering() {}

    static Map<String, Lowering> rows() {
        return Map.of("if", ControlLowering::branch, "loop", (n, cx) -> new LoopLowering(n, cx).lower(), "require", ControlLowering::require);
    }

    private static void require(Node n, Lower cx) {
        cx.helper("Control.require", List.of(cx.packedView(n.in(1))), List.of(n.attrs().flag("is") ? Dim.ONE : Dim.ZERO), List.of(n.attrs().text("why")), List.of());
        cx.alias(n.out(), cx.view(n.in(0)));
    }

    /** The value of a single bool as a symbol. */
    static Dim truth(Value v, Lower cx) {
        Dim d = cx.lateSymbol();
        cx.step(new Step.Bind(List.of(d.symbol()), cx.packedView(v).ref(), cx.loc()));
        return d;
    }

    /** The element type and dimensions of the place where a value stands; a sequence or optional is one object. */
    static ElementType elem(Value v) {
        return v.type() instanceof TensorType t ? t.elem() : ElementType.STR;
    }

    static List<Dim> dims(Value v) {
        return v.type() instanceof TensorType t ? t.dims() : List.of(Dim.ONE);
    }

    /** A packed view of the start of a buffer. */
    static View packed(int buffer, Value like) {
        return new View(buffer, elem(like), Dim.ZERO, dims(like), View.rowMajor(dims(like)));
    }

    /** Makes room in a buffer of its own for a value, and says where that stands. */
    static View reserve(Lower cx, int buffer, Value like) {
        View w = packed(buffer, like);
        cx.step(new Step.Reserve(buffer, w.size().times(w.type().isComplex() ? 2 : 1), false, cx.loc()));
        return w;
    }

    /** Lets the node that computes an output of a region write it to {@code at}, if it can. */
    static void place(Lower cx, Graph region, Value out, java.util.function.Supplier<View> at) {
        for (Node n : region.nodes()) {
            if (n.outputs().contains(out)) {
                if (Placement.writes(n) && Collections.frequency(region.outputs(), out) == 1) {
                    cx.place(out, at);
                }
                return;
            }
        }
    }

    private static void branch(Node n, Lower cx) {
        Dim cond = truth(n.in(0), cx);
        Graph then = n.regions().get(0);
        Graph otherwise = n.regions().get(1);
        List<String> symbols = new ArrayList<>();
        List<View> places = new ArrayList<>();
        for (int i = 0; i < n.outputs().size(); i++) {
            Value v = n.out(i);
            if (v == null) {
                places.add(null);
                continue;
            }
            List<String> own = found(v, then.outputs().get(i), otherwise.outputs().get(i));
            symbols.addAll(own);
            cx.markLate(own);
            // an extent that a branch finds: room is made there
            View w = own.isEmpty() ? cx.buffer(v.name(), elem(v), dims(v)) : packed(cx.own(v.name(), elem(v).storage()), v);
            places.add(w);
            cx.alias(v, w);
        }
        List<Step> first = cx.block(() -> fill(n, then, places, symbols, cx));
        List<Step> second = cx.block(() -> fill(n, otherwise, places, symbols, cx));
        cx.step(new Step.If(cond, first, second, cx.loc()));
    }

    // the symbols of a result's dimensions that differ between the branches
    private static List<String> found(Value v, Value a, Value b) {
        List<String> r = new ArrayList<>();
        if (v.type() instanceof TensorType t) {
            for (int i = 0; i < t.rank(); i++) {
                if (!t.dim(i).equals(a.dim(i)) || !t.dim(i).equals(b.dim(i))) {
                    if (t.dim(i).symbol() != null) {
                        r.add(t.dim(i).symbol());
                    }
                }
            }
        }
        return r;
    }

    private static void fill(Node n, Graph region, List<View> places, List<String> symbols, Lower cx) {
        List<Value> out = region.outputs();
        for (int i = 0; i < places.size(); i++) {
            View w = places.get(i);
            Value v = out.get(i);
            if (w != null) {
                boolean late = late(n.out(i), symbols);
                place(cx, region, v, () -> late ? reserve(cx, w.buffer(), v) : packed(w.buffer(), v));
            }
        }
        cx.graph(region);
        List<String> names = new ArrayList<>();
        List<Dim> values = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            if (places.get(i) == null) {
                continue;
            }
            Value v = n.out(i);
            boolean late = late(v, symbols);
            View from = cx.view(out.get(i));
            if (from.buffer() != places.get(i).buffer()) {
                cx.copy(from, late ? reserve(cx, places.get(i).buffer(), out.get(i)) : packed(places.get(i).buffer(), out.get(i)));
            }
            for (int k = 0; late && k < dims(v).size(); k++) {
                String s = v.dim(k).symbol();
                if (s != null && symbols.contains(s)) {
                    names.add(s);
                    values.add(out.get(i).dim(k));
                }
            }
        }
        if (!names.isEmpty()) {
            cx.step(new Step.Assign(names, values, cx.loc()));
        }
    }

    private static boolean late(Value v, List<String> symbols) {
        return v.type() instanceof TensorType t && t.dims().stream().anyMatch(d -> d.symbol() != null && symbols.contains(d.symbol()));
    }
}
