package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * Loops over all elements of a result, each computed from the elements of the operands at the same place. Copies,
 * broadcasts and transpositions are the same loops with an expression that does nothing. Neighbouring dimensions that
 * all operands walk through alike become one.
 */
public final class MapKernel {
    /** Elements below which a thread is not worth waking. */
    private static final int GRAIN = 16_384;

    private MapKernel() {}

    /** Lowers an elementwise node. */
    static void lower(Node n, Lower cx) {
        List<View> out = n.outputs().stream().map(cx::result).toList();
        List<View> in = new ArrayList<>();
        List<Expr> literals = new ArrayList<>();
        for (Value v : n.inputs()) {
            Tensor t = cx.constant(v);
            boolean literal = t != null && t.size() == 1 && t.type() != dev.lathe.runtime.ElementType.STR;
            literals.add(literal ? Elementwise.literal(t) : null);
            if (!literal) {
                in.add(cx.view(v));
            }
        }
        run(cx, n.op(), out, in, (k, loaded) -> {
            List<Expr> args = new ArrayList<>();
            int next = 0;
            for (Expr l : literals) {
                args.add(l != null ? l : loaded.get(next++));
            }
            return n.is("map")
                    ? Elementwise.region(n.regions().get(0), args, k::let)
                    : List.of(Elementwise.apply(n, args));
        });
    }

    /** Copies elements from one view to another of the same dimensions. */
    static void copy(Lower cx, View from, View to) {
        run(cx, "copy", List.of(to), List.of(from), (k, a) -> a);
    }

    /** Writes one value everywhere. */
    static void fill(Lower cx, Expr value, View to) {
        run(cx, "fill", List.of(to), List.of(), (k, a) -> List.of(value));
    }

    /**
     * Writes {@code f(operands)} to every element of {@code out} (several results have the same dimensions); operands
     * broadcast.
     */
    static void run(Lower cx, String name, List<View> out, List<View> in, BiFunction<KernelBuilder, List<Expr>, List<Expr>> f) {
        List<View> all = new ArrayList<>(out);
        in.forEach(v -> all.add(v.expanded(out.get(0).dims())));
        List<View> flat = collapse(inOrder(all));
        List<Dim> dims = flat.get(0).dims();
        KernelBuilder k = cx.kernel(name);
        k.knownStrides(Loops.FEW);
        List<KernelBuilder.Buf> o = new ArrayList<>();
        for (int i = 0; i < out.size(); i++) {
            o.add(k.write(flat.get(i)));
        }
        List<KernelBuilder.Buf> a = new ArrayList<>();
        for (int i = out.size(); i < flat.size(); i++) {
            a.add(k.read(flat.get(i)));
        }
        int across = CrossWalk.across(flat, out.size());
        if (across >= 0) {
            new CrossWalk(k, dims, across, GRAIN).run(name.equals("copy"), index -> element(k, index, o, a, f));
            k.run();
            return;
        }
        List<Expr> extents = new ArrayList<>();
        for (int i = 1; i < dims.size(); i++) {
            boolean few = i == dims.size() - 1 && dims.get(i).isConst() && dims.get(i).value() <= Loops.FEW;
            extents.add(few ? X.i((int) dims.get(i).value()) : k.dim(dims.get(i)));
        }
        Dim rest = Dim.product(dims.isEmpty() ? dims : dims.subList(1, dims.size()));
        int least = rest.isConst() ? (int) Math.max(1, GRAIN / Math.max(1, rest.value())) : 8;
        k.parallel("i", dims.isEmpty() ? Dim.ONE : dims.get(0), least, dims.size() <= 1, i -> {
            List<Expr> index = new ArrayList<>();
            if (!dims.isEmpty()) {
                index.add(i);
            }
            Loops.lanes(k, extents, index, () -> element(k, index, o, a, f));
        });
        k.run();
    }

    private static void element(KernelBuilder k, List<Expr> index, List<KernelBuilder.Buf> o, List<KernelBuilder.Buf> a,
            BiFunction<KernelBuilder, List<Expr>, List<Expr>> f) {
        List<Expr> loaded = new ArrayList<>();
        a.forEach(b -> loaded.add(k.let("x", b.load(index))));
        List<Expr> r = f.apply(k, loaded);
        for (int j = 0; j < o.size(); j++) {
            o.get(j).store(index, r.get(j));
        }
    }

    // the dimensions as the first result lies in memory, so that it is written from end to end
    private static List<View> inOrder(List<View> all) {
        List<Dim> strides = all.get(0).strides();
        boolean descend = true;
        for (int i = 0; i < strides.size(); i++) {
            if (!strides.get(i).isConst()) {
                return all;
            }
            descend &= i == 0 || strides.get(i).value() <= strides.get(i - 1).value();
        }
        if (descend) {
            return all;
        }
        int[] perm = IntStream.range(0, strides.size()).boxed()
                .sorted(Comparator.comparing((Integer i) -> -strides.get(i).value())).mapToInt(i -> i).toArray();
        return all.stream().map(v -> v.transposed(perm)).toList();
    }

    /** Views of one shape with extents of 1 dropped and neighbours joined where every view allows it. */
    static List<View> collapse(List<View> views) {
        List<Dim> dims = views.get(0).dims();
        List<List<Dim>> strides = new ArrayList<>();
        views.forEach(v -> strides.add(new ArrayList<>()));
        List<Dim> joined = new ArrayList<>();
        for (int i = 0; i < dims.size(); i++) {
            if (dims.get(i).is(1)) {
                continue;
            }
            boolean join = !joined.isEmpty();
            for (int v = 0; join && v < views.size(); v++) {
                List<Dim> s = strides.get(v);
                join = s.get(s.size() - 1).equals(views.get(v).strides().get(i).times(dims.get(i)));
            }
            int last = joined.size() - 1;
            if (join) {
                joined.set(last, joined.get(last).times(dims.get(i)));
            } else {
                joined.add(dims.get(i));
            }
            for (int v = 0; v < views.size(); v++) {
                List<Dim> s = strides.get(v);
                if (join) {
                    s.set(last, views.get(v).strides().get(i));
                } else {
                    s.add(views.get(v).strides().get(i));
                }
            }
        }
        List<View> r = new ArrayList<>();
        for (int v = 0; v < views.size(); v++) {
            View w = views.get(v);
            r.add(new View(w.buffer(), w.type(), w.offset(), joined, strides.get(v)));
        }
        return r;
    }

    /** An elementwise operation on views, for lowerings that need one inside. */
    static void apply(Lower cx, String op, View out, View... in) {
        run(cx, op, List.of(out), List.of(in), (k, a) -> List.of(Elementwise.apply(op, Attrs.NONE, in[0].type(), out.type(), a)));
    }
}
