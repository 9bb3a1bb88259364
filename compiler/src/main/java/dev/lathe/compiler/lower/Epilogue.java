package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What happens to an accumulated element after it was stored: the region of a contraction, with its further operands.
 * It runs over a block of rows and columns that is still in the nearest cache.
 */
final class Epilogue {
    private static final Set<String> INLINED = Set.of("const", "relu", "min", "max", "add", "sub", "mul", "div", "neg", "abs");
    private static final int INLINE = 10;

    /** Vectors of a row that are written out, at most. */
    private static final int UNROLL = 4;

    /** Vectors of a row, at most, that share a loop with those of other rows. */
    private static final int FLAT = 8;

    /** Stores what was accumulated. */
    static final Epilogue NONE = new Epilogue();

    private final Graph region;
    private final List<View> extras = new ArrayList<>();
    private final List<Expr> literals = new ArrayList<>();

    private Epilogue() {
        region = null;
    }

    /** @param first index of the first extra operand */
    Epilogue(Node n, Lower cx, View out, int first) {
        region = n.regions().isEmpty() ? null : n.regions().get(0);
        for (int i = first; i < n.inputs().size(); i++) {
            Value v = n.in(i);
            Tensor t = cx.constant(v);
            boolean literal = t != null && t.size() == 1;
            literals.add(literal ? Elementwise.literal(t) : null);
            if (!literal) {
                extras.add(cx.view(v).expanded(out.dims()));
            }
        }
    }

    /** The operands that are no literals, broadcast to the result's dimensions. */
    List<View> extras() {
        return extras;
    }

    boolean isEmpty() {
        return region == null;
    }

    /**
     * True when the kernel that computes an element can do all of this on its vector before it stores it: no further operands, and few
     * operations, none of them a call.
     */
    boolean inline() {
        return region != null && extras.isEmpty() && simple();
    }

    /** {@link #apply} without further operands, on a vector or a scalar. */
    Expr inlined(KernelBuilder k, Expr acc) {
        return apply(k, acc, List.of());
    }

    /** Makes every extra operand's last stride 0 or 1, as {@link #rows} needs it. */
    List<View> walkable(Lower cx) {
        return extras.stream().map(v -> {
            Dim s = v.strides().get(v.rank() - 1);
            return s.is(0) || s.is(1) || v.dims().get(v.rank() - 1).is(1) ? v : cx.contiguous(v);
        }).toList();
    }

    /** The stored element from the accumulated one and the extra operands' elements, in the order of {@link #extras()}. */
    Expr apply(KernelBuilder k, Expr acc, List<Expr> operands) {
        if (region == null) {
            return acc;
        }
        List<Expr> args = new ArrayList<>(List.of(acc));
        int next = 0;
        for (Expr l : literals) {
            args.add(l != null ? Elementwise.like(acc, l) : operands.get(next++));
        }
        return Elementwise.region(region, args, k::let).get(0);
    }

    /**
     * The kernel that runs over rows: buffers result, then the extra operands; parameters rows, columns, the result's step
     * from row to row, then each operand's.
     *
     * @param known the columns if they are known, else 0: whole vectors then need no tail, and short rows no loop of their own
     */
    Kernel rows(Lower cx, List<View> operands, int known) {
        KernelBuilder k = cx.kernel("epilogue");
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        List<KernelBuilder.Buf> bufs = operands.stream().map(v -> k.buffer(Scalar.of(v.type().storage()), false)).toList();
        Expr rows = k.number("rows");
        Expr columns = k.number("columns");
        Expr step = k.number("step");
        List<Expr> steps = new ArrayList<>();
        operands.forEach(v -> steps.add(k.number("step")));
        int lanes = Math.min(16, cx.target().lanes());
        int vectors = lanes > 1 && known % lanes == 0 ? known / lanes : 0;
        if (vectors == 0) {
            k.loop("r", X.i(0), rows, r -> part(k, o, bufs, operands, step, steps, r, X.i(0), columns));
        } else if (vectors <= UNROLL && simple()) {
            k.loop("r", X.i(0), rows, r -> {
                for (int i = 0; i < vectors; i++) {
                    part(k, o, bufs, operands, step, steps, r, X.i(i * lanes), X.i(lanes));
                }
            });
        } else if (vectors <= FLAT) {
            // a loop of a few vectors in each row would cost as much as what it does
            k.loop("v", X.i(0), X.mul(rows, X.i(vectors)), v -> {
                Expr r = k.let("r", X.div(v, X.i(vectors)));
                part(k, o, bufs, operands, step, steps, r, X.mul(X.sub(v, X.mul(r, X.i(vectors))), X.i(lanes)), X.i(lanes));
            });
        } else {
            k.loop("r", X.i(0), rows, r -> k.loop("c", X.i(0), columns, lanes, false, c -> part(k, o, bufs, operands, step, steps, r, c, X.i(lanes))));
        }
        return k.part();
    }

    /**
     * The kernel that runs over one row, or many that touch: buffers result, then the extra operands, none of them broadcast; parameter columns. One
     * loop, because C2 of JDK 17 boxes vectors that live through two.
     *
     * @param whole that the columns are some number of whole vectors
     */
    Kernel flat(Lower cx, List<View> operands, boolean whole) {
        KernelBuilder k = cx.kernel("epilogue");
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        List<KernelBuilder.Buf> bufs = operands.stream().map(v -> k.buffer(Scalar.of(v.type().storage()), false)).toList();
        Expr columns = k.number("columns");
        List<Expr> steps = operands.stream().map(v -> (Expr) X.i(0)).toList();
        int lanes = Math.min(16, cx.target().lanes());
        if (whole) {
            k.loop("c", X.i(0), columns, lanes, false, c -> part(k, o, bufs, operands, X.i(0), steps, X.i(0), c, X.i(lanes)));
        } else {
            part(k, o, bufs, operands, X.i(0), steps, X.i(0), X.i(0), columns);
        }
        return k.part();
    }

    // some columns of row r
    private void part(KernelBuilder k, KernelBuilder.Buf o, List<KernelBuilder.Buf> bufs, List<View> operands, Expr step, List<Expr> steps, Expr r, Expr from,
            Expr count) {
        Expr base = k.let("o", X.add(X.mul(r, step), from));
        List<Expr> at = new ArrayList<>();
        for (int i = 0; i < bufs.size(); i++) {
            Expr row = X.mul(r, steps.get(i));
            at.add(k.let("e", broadcast(operands.get(i)) ? row : X.add(row, from)));
        }
        k.lanes("j", X.i(0), count, j -> {
            List<Expr> loaded = new ArrayList<>();
            for (int i = 0; i < bufs.size(); i++) {
                loaded.add(k.let("x", bufs.get(i).flat(broadcast(operands.get(i)) ? at.get(i) : X.add(at.get(i), j))));
            }
            Expr here = X.add(base, j);
            o.storeFlat(here, apply(k, k.let("acc", o.flat(here)), loaded));
        });
    }

    /** True for few operations, none of them a call. */
    boolean simple() {
        return region.nodes().size() <= INLINE && region.nodes().stream().allMatch(n -> INLINED.contains(n.op()) && n.out().elem() == ElementType.F32);
    }

    /** True when the {@code columns} of a pixel end where those of the next begin, in the result and all extra operands, which have so many dimensions of pixels. */
    static boolean touching(List<View> extras, View out, int pixels, int columns) {
        return Stream.concat(extras.stream(), Stream.of(out)).allMatch(v -> v.strides().get(pixels - 1).is(columns) && v.strides().get(pixels).is(1));
    }

    /** True when every column has the same element. */
    static boolean broadcast(View v) {
        return v.strides().get(v.rank() - 1).is(0);
    }
}
