package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
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
        Kernel k = new Form("tile", rows, panels, 16, null, false, false).kernel(new Lower(target), null);
        return Transform.forTarget(k, target.lanes());
    }

    /**
     * The tile. Parameters: the input offset of each row, the result offset of each, the column of the last panel, the size
     * of a packed panel, the length of the run.
     *
     * @param goOn chains go on from what the result holds, and there is no buffer of start values
     * @param longest run that there may be, of chains that don't go on
     */
    static Kernel of(Lower cx, int rows, int panels, int width, boolean goOn, int longest) {
        boolean isLong = !goOn && longest > LONGEST;
        return new Form(goOn ? "more" : isLong ? "long" : "tile", rows, panels, width, null, goOn, isLong).kernel(cx);
    }

    /**
     * The same for a reduction whose elements stand anywhere, as short windows over few channels do: one more buffer, the last, holds how
     * far each is from the row's input offset. One long run instead of many short ones.
     */
    static Kernel gathered(Lower cx, int rows, int panels, int width) {
        return new Form("gather", rows, panels, width, null, false, false).kernel(cx);
    }

    /**
     * The same for rows that stand one step apart. Parameters: the step from row to row in the input, but of {@link Line#NEAR}, and in the result, then as above.
     */
    static Kernel stepped(Lower cx, int rows, int panels, int width, Line line) {
        return new Form(line.prefix, rows, panels, width, line, false, false).kernel(cx);
    }

    /** A tile's parameters; {@code at} and {@code ot} are where its rows are, {@code c} is null where chains go on, {@code places} where runs are walked. */
    private record Params(KernelBuilder.Buf a, KernelBuilder.Buf w, KernelBuilder.Buf c, KernelBuilder.Buf o, KernelBuilder.Buf places, List<Expr> at, List<Expr> ot,
            Expr inputStep, Expr resultStep, Expr lastColumn, Expr panelSize, Expr length) {}

    /**
     * Which tile.
     *
     * @param line how rows stand that are one step apart; null where each has a place of its own
     */
    private record Form(String name, int rows, int panels, int width, Line line, boolean goOn, boolean isLong) {
        /** The kernel, and before it, where there are vectors, one that stands in for it. */
        Kernel kernel(Lower cx) {
            return cx.once(this, () -> kernel(cx, cx.target().lanes() == 1 ? null : understudy(cx)));
        }

        Kernel kernel(Lower cx, Kernel understudy) {
            KernelBuilder k = cx.kernel(name + rows + "x" + panels * width);
            body(k, params(k));
            return k.part(understudy);
        }

        private boolean isGathered() {
            return line == null ? name.equals("gather") : line == Line.NEAR || line == Line.GATHERED;
        }

        private Params params(KernelBuilder k) {
            KernelBuilder.Buf a = k.buffer(Scalar.F32, false);
            KernelBuilder.Buf w = k.buffer(Scalar.F32, false);
            KernelBuilder.Buf c = goOn ? null : k.buffer(Scalar.F32, false);
            KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
            KernelBuilder.Buf places = isGathered() ? k.buffer(Scalar.I32, false) : null;
            boolean near = line == Line.NEAR;
            Expr inputStep = line == null ? null : near ? X.i(1) : k.number("step");
            Expr resultStep = line == null ? null : k.number("step");
            List<Expr> at = new ArrayList<>();
            List<Expr> ot = new ArrayList<>();
            for (int r = 0; r < rows; r++) {
                at.add(line == null ? k.number("a") : near ? X.i(r) : k.let("a", X.mul(X.i(r), inputStep)));
            }
            for (int r = 0; r < rows; r++) {
                ot.add(line == null ? k.number("o") : X.mul(X.i(r), resultStep));
            }
            return new Params(a, w, c, o, places, at, ot, inputStep, resultStep, k.number("end"), k.number("panel"), k.number("length"));
        }

        private Expr length(KernelBuilder k, Params on) {
            return isLong ? on.length : k.let("n", X.min(on.length, X.i(LONGEST)));
        }

        private void body(KernelBuilder k, Params on) {
            List<Expr> columns = new ArrayList<>();
            List<Expr> panel = new ArrayList<>();
            for (int p = 0; p < panels; p++) {
                columns.add(p == panels - 1 && p > 0 ? on.lastColumn : X.i(p * width));
                panel.add(k.let("p", X.mul(X.i(p), on.panelSize)));
            }
            List<Expr> start = new ArrayList<>();
            for (int p = 0; !goOn && p < panels; p++) {
                start.add(k.let("start", vector(on.c, columns.get(p), width)));
            }
            List<List<Expr.Var>> acc = new ArrayList<>();
            for (int r = 0; r < rows; r++) {
                List<Expr.Var> sums = new ArrayList<>();
                for (int p = 0; p < panels; p++) {
                    sums.add(k.mut("s", !goOn ? start.get(p) : vector(on.o, X.add(on.ot.get(r), columns.get(p)), width)));
                }
                acc.add(sums);
            }
            List<Expr.Var> next = new ArrayList<>();
            for (int p = 0; line == Line.AHEAD && p < panels; p++) {
                next.add(k.mut("b", vector(on.w, panel.get(p), width)));
            }
            k.loop("k", X.i(0), length(k, on), i -> {
                List<Expr> ws = new ArrayList<>(next);
                for (int p = 0; next.isEmpty() && p < panels; p++) {
                    ws.add(k.let("b", vector(on.w, X.add(panel.get(p), X.mul(i, X.i(width))), width)));
                }
                Expr from = on.places == null ? i : k.let("from", on.places.flat(i));
                for (int r = 0; r < rows; r++) {
                    Expr v = on.a.flat(X.add(from, on.at.get(r)));
                    Expr s = k.let("v", width == 1 ? v : X.splat(v, width));
                    for (int p = 0; p < panels; p++) {
                        k.set(acc.get(r).get(p), X.fma(s, ws.get(p), acc.get(r).get(p)));
                    }
                }
                for (int p = 0; p < next.size(); p++) {
                    k.set(next.get(p), vector(on.w, X.add(panel.get(p), X.mul(X.add(i, X.i(1)), X.i(width))), width));
                }
            });
            for (int r = 0; r < rows; r++) {
                for (int p = 0; p < panels; p++) {
                    on.o.storeFlat(X.add(on.ot.get(r), columns.get(p)), acc.get(r).get(p));
                }
            }
        }

        // the same parameters, but one element after the other
        private Kernel understudy(Lower cx) {
            Kernel plain = plain(cx, width, isGathered());
            KernelBuilder k = cx.kernel("understudy_" + name + rows + "x" + panels * width);
            Params on = params(k);
            Expr n = length(k, on);
            if (line != null) {
                invoke(k, plain, on, X.i(0), X.i(0), X.i(rows), on.inputStep, on.resultStep, n);
            }
            for (int r = 0; line == null && r < rows; r++) {
                Expr at = on.at.get(r);
                Expr ot = on.ot.get(r);
                Runnable row = () -> invoke(k, plain, on, at, ot, X.i(1), X.i(0), X.i(0), n);
                if (r == 0 || !goOn) {
                    row.run();
                } else {
                    // rows beyond the last repeat it, and have gone on then
                    k.when(X.eq(ot, on.ot.get(r - 1)), () -> { }, row);
                }
            }
            return k.part();
        }

        private void invoke(KernelBuilder k, Kernel plain, Params on, Expr at, Expr ot, Expr count, Expr inputStep, Expr resultStep, Expr n) {
            List<Stmt.BufArg> bufs = new ArrayList<>(List.of(on.a.from(at), on.w.from(X.i(0)), goOn ? on.o.from(ot) : on.c.from(X.i(0)), on.o.from(ot)));
            if (on.places != null) {
                bufs.add(on.places.from(X.i(0)));
            }
            k.invoke(plain, bufs, List.of(count, X.i(panels), inputStep, resultStep, on.lastColumn, on.panelSize, n));
        }
    }

    /**
     * Rows one step apart by panels, without vectors: what stands in for tiles until the JIT has compiled them. Buffers: input, weights, start values, result, places of
     * the reduction's elements if it is gathered; parameters: rows, panels, the step from row to row in the input and in the result, the column of the last panel, the
     * size of a packed panel, the length of the run. Start values may be the result's, of one row.
     */
    private static Kernel plain(Lower cx, int width, boolean gathered) {
        return cx.once(List.of("plain", width, gathered), () -> {
            KernelBuilder k = cx.kernel((gathered ? "plain_gather" : "plain") + width);
            KernelBuilder.Buf a = k.buffer(Scalar.F32, false);
            KernelBuilder.Buf w = k.buffer(Scalar.F32, false);
            KernelBuilder.Buf c = k.buffer(Scalar.F32, false);
            KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
            KernelBuilder.Buf places = gathered ? k.buffer(Scalar.I32, false) : null;
            Expr rows = k.number("rows");
            Expr panels = k.number("panels");
            Expr inputStep = k.number("step");
            Expr resultStep = k.number("step");
            Expr lastColumn = k.number("end");
            Expr panelSize = k.number("panel");
            Expr length = k.number("length");
            k.loop("r", X.i(0), rows, r -> {
                Expr at = k.let("a", X.mul(r, inputStep));
                Expr ot = k.let("o", X.mul(r, resultStep));
                k.loop("p", X.i(0), panels, p -> {
                    Expr whole = k.let("whole", X.mul(p, X.i(width)));
                    Expr last = k.let("last", X.select(X.eq(p, X.i(0)), whole, lastColumn));
                    Expr column = k.let("col", X.select(X.eq(X.add(p, X.i(1)), panels), last, whole));
                    Expr panel = k.let("panel", X.mul(p, panelSize));
                    List<Expr.Var> acc = new ArrayList<>();
                    for (int j = 0; j < width; j++) {
                        acc.add(k.mut("s", c.flat(X.add(column, X.i(j)))));
                    }
                    k.loop("k", X.i(0), length, i -> {
                        Expr v = k.let("v", a.flat(X.add(places == null ? i : k.let("from", places.flat(i)), at)));
                        Expr row = k.let("w", X.add(panel, X.mul(i, X.i(width))));
                        for (int j = 0; j < width; j++) {
                            k.set(acc.get(j), X.fma(v, w.flat(X.add(row, X.i(j))), acc.get(j)));
                        }
                    });
                    for (int j = 0; j < width; j++) {
                        Expr s = acc.get(j);
                        Expr to = X.add(X.add(ot, column), X.i(j));
                        // columns that two panels share are the first one's: they may have gone on
                        k.when(X.ge(X.add(column, X.i(j)), whole), () -> o.storeFlat(to, s));
                    }
                });
            });
            return k.part();
        });
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
