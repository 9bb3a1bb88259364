package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * What happens to an accumulated element before it is stored: the region of a contraction, with its further operands.
 * Without a region the element is stored as it is.
 */
final class Epilogue {
    private final Graph region;
    private final List<View> extras = new ArrayList<>();
    private final List<Expr> literals = new ArrayList<>();
    private List<KernelBuilder.Buf> bufs;

    /** @param first index of the first extra operand */
    Epilogue(Node n, Lower cx, View out, int first) {
        region = n.regions().isEmpty() ? null : n.regions().get(0);
        for (int i = first; i < n.inputs().size(); i++) {
            Value v = n.in(i);
            Tensor t = cx.constant(v);
            boolean literal = t != null && t.size() == 1;
            literals.add(literal ? Elementwise.literal(t) : null);
            extras.add(literal ? null : cx.view(v).expanded(out.dims()));
        }
    }

    List<View> extras() {
        return extras;
    }

    boolean isEmpty() {
        return region == null;
    }

    /** Operations in the region: a large one is not repeated for every register of a tile. */
    int cost() {
        return region == null ? 0 : region.nodes().size() + (int) region.nodes().stream()
                .filter(n -> List.of("exp", "tanh", "sigmoid", "erf", "log", "sin", "cos", "log1p", "expm1", "pow").contains(n.op())).count() * 20;
    }

    /** The operands as views with other (transposed, merged) dimensions, in the order of {@link #extras()}; null stays null. */
    void open(KernelBuilder k, List<View> views) {
        bufs = new ArrayList<>();
        views.forEach(v -> bufs.add(v == null ? null : k.read(v)));
    }

    /** Loads an extra operand's element at some place. */
    interface Place {
        Expr load(KernelBuilder.Buf b);
    }

    Expr apply(KernelBuilder k, Expr acc, Place place) {
        if (region == null) {
            return acc;
        }
        List<Expr> args = new ArrayList<>(List.of(acc));
        for (int i = 0; i < literals.size(); i++) {
            Expr e = literals.get(i) != null ? literals.get(i) : place.load(bufs.get(i));
            args.add(acc.type().isVector() && !e.type().isVector() ? X.splat(e, acc.type().lanes()) : e);
        }
        return Elementwise.region(region, args, k::let).get(0);
    }
}
