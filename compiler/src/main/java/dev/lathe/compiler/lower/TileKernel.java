package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.codegen.transform.Transform;
import java.util.ArrayList;
import java.util.List;

/**
 * The innermost kernel of contractions: a tile of rows (pixels) by a few panels of columns, accumulated in registers.
 * Buffers: input, weights, a start value for each column, result. Each element is one chain of fused multiply-adds that begins at its
 * start value and goes through a run in order (one loop, because C2 of JDK 17 boxes vectors that live through two); what happens to it afterwards is another kernel's business, so that
 * all layers share this one. Rows may be anywhere, so that convolutions need no copy of their windows.
 */
public final class TileKernel {
    /**
     * The longest run of a kernel, which stops there. C2 then sees that the loop takes no longer than what it does between
     * two looks at the safepoint anyway (-XX:LoopStripMiningIter), and makes no loop around it, whose counters would take the registers of three addresses.
     */
    static final int LONGEST = 1000;

    /** How a tile of rows one step apart reads. */
    enum Line {
        /** Element after element. */
        RUN("line"),
        /**
         * As {@link #RUN}, with weights loaded one element of the run ahead, so one more vector of them is read than the run is long. C2 leaves a broadcast to
         * the load that it is of, but not beside another load in one expression, and a broadcast from a register takes a port that multiplies; so it
         * is with a single vector of weights, which comes from the turn before then.
         */
        AHEAD("line_ahead"),
        /** One more buffer, the last, holds where the elements of the reduction stand. */
        GATHERED("line_gather"),
        /** As {@link #GATHERED}, and the rows are neighbouring elements: C2 has one index then, and checks its ends. */
        NEAR("line_near");

        private final String prefix;

        Line(String prefix) {
            this.prefix = prefix;
        }
    }

    private TileKernel() {}

    /** The tile of {@code panels} panels of 16 columns as {@code target} gets it, for measuring; parameters as of {@link #of}. */
    public static Kernel sample(TargetInfo target, int rows, int panels) {
        return Transform.forTarget(of(new Lower(target), rows, panels, 16, false, LONGEST), target.lanes());
    }

    /**
     * The tile. Parameters: the input offset of each row, the result offset of each, the column of the last panel, the size
     * of a packed panel, the length of the run.
     *
     * @param goOn chains go on from what the result holds, and there is no buffer of start values
     * @param longest run that there may be, of chains that don't go on
     */
    static Kernel of(Lower cx, int rows, int panels, int width, boolean goOn, int longest) {
        KernelBuilder k = cx.kernel((goOn ? "more" : longest > LONGEST ? "long" : "tile") + rows + "x" + panels * width);
        KernelBuilder.Buf a = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf w = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf c = goOn ? null : k.buffer(Scalar.F32, false);
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        List<Expr> at = numbers(k, "a", rows);
        List<Expr> ot = numbers(k, "o", rows);
        return body(k, a, w, c, o, at, ot, null, panels, width, longest > LONGEST, false);
    }

    /**
     * The same for a reduction whose elements stand anywhere, as short windows over few channels do: one more buffer, the last, holds how
     * far each is from the row's input offset. One long run instead of many short ones.
     */
    static Kernel gathered(Lower cx, int rows, int panels, int width) {
        KernelBuilder k = cx.kernel("gather" + rows + "x" + panels * width);
        KernelBuilder.Buf a = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf w = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf c = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        KernelBuilder.Buf places = k.buffer(Scalar.I32, false);
        List<Expr> at = numbers(k, "a", rows);
        List<Expr> ot = numbers(k, "o", rows);
        return body(k, a, w, c, o, at, ot, places, panels, width, false, false);
    }

    /**
     * The same for rows that stand one step apart. Parameters: the step from row to row in the input, but of {@link Line#NEAR}, and in the result, then as above.
     */
    static Kernel stepped(Lower cx, int rows, int panels, int width, Line line) {
        boolean near = line == Line.NEAR;
        boolean gathered = near || line == Line.GATHERED;
        KernelBuilder k = cx.kernel(line.prefix + rows + "x" + panels * width);
        KernelBuilder.Buf a = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf w = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf c = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        KernelBuilder.Buf places = gathered ? k.buffer(Scalar.I32, false) : null;
        Expr inputStep = near ? X.i(1) : k.number("step");
        Expr resultStep = k.number("step");
        List<Expr> at = new ArrayList<>();
        List<Expr> ot = new ArrayList<>();
        for (int r = 0; r < rows; r++) {
            at.add(near ? X.i(r) : k.let("a", X.mul(X.i(r), inputStep)));
            ot.add(X.mul(X.i(r), resultStep));
        }
        return body(k, a, w, c, o, at, ot, places, panels, width, false, line == Line.AHEAD);
    }

    private static List<Expr> numbers(KernelBuilder k, String name, int n) {
        List<Expr> r = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            r.add(k.number(name));
        }
        return r;
    }

    private static Kernel body(KernelBuilder k, KernelBuilder.Buf a, KernelBuilder.Buf w, KernelBuilder.Buf c, KernelBuilder.Buf o, List<Expr> at,
            List<Expr> ot, KernelBuilder.Buf places, int panels, int width, boolean isLong, boolean ahead) {
        Expr lastColumn = k.number("end");
        Expr panelSize = k.number("panel");
        Expr length = k.number("length");
        int rows = at.size();
        List<Expr> columns = new ArrayList<>();
        List<Expr> panel = new ArrayList<>();
        for (int p = 0; p < panels; p++) {
            columns.add(p == panels - 1 && p > 0 ? lastColumn : X.i(p * width));
            panel.add(k.let("p", X.mul(X.i(p), panelSize)));
        }
        List<Expr> start = new ArrayList<>();
        for (int p = 0; c != null && p < panels; p++) {
            start.add(k.let("start", vector(c, columns.get(p), width)));
        }
        List<List<Expr.Var>> acc = new ArrayList<>();
        for (int r = 0; r < rows; r++) {
            List<Expr.Var> line = new ArrayList<>();
            for (int p = 0; p < panels; p++) {
                line.add(k.mut("s", c != null ? start.get(p) : vector(o, X.add(ot.get(r), columns.get(p)), width)));
            }
            acc.add(line);
        }
        List<Expr.Var> next = new ArrayList<>();
        for (int p = 0; ahead && p < panels; p++) {
            next.add(k.mut("b", vector(w, panel.get(p), width)));
        }
        k.loop("k", X.i(0), isLong ? length : k.let("n", X.min(length, X.i(LONGEST))), i -> {
            List<Expr> ws = new ArrayList<>(next);
            for (int p = 0; next.isEmpty() && p < panels; p++) {
                ws.add(k.let("b", vector(w, X.add(panel.get(p), X.mul(i, X.i(width))), width)));
            }
            Expr from = places == null ? i : k.let("from", places.flat(i));
            for (int r = 0; r < rows; r++) {
                Expr v = a.flat(X.add(from, at.get(r)));
                Expr s = k.let("v", width == 1 ? v : X.splat(v, width));
                for (int p = 0; p < panels; p++) {
                    k.set(acc.get(r).get(p), X.fma(s, ws.get(p), acc.get(r).get(p)));
                }
            }
            for (int p = 0; p < next.size(); p++) {
                k.set(next.get(p), vector(w, X.add(panel.get(p), X.mul(X.add(i, X.i(1)), X.i(width))), width));
            }
        });
        for (int r = 0; r < rows; r++) {
            for (int p = 0; p < panels; p++) {
                o.storeFlat(X.add(ot.get(r), columns.get(p)), acc.get(r).get(p));
            }
        }
        return k.part();
    }

    /** Writes the start of the chains: buffers bias, result; parameters rows, columns, the result's step from row to row. */
    static Kernel start(Lower cx) {
        KernelBuilder k = cx.kernel("start");
        KernelBuilder.Buf b = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        Expr rows = k.number("rows");
        Expr columns = k.number("columns");
        Expr step = k.number("step");
        k.loop("r", X.i(0), rows, r -> {
            Expr base = k.let("o", X.mul(r, step));
            k.lanes("j", X.i(0), columns, j -> o.storeFlat(X.add(base, j), b.flat(j)));
        });
        return k.part();
    }

    static Expr vector(KernelBuilder.Buf b, Expr at, int width) {
        return width == 1 ? b.flat(at) : b.vector(at, width);
    }
}
