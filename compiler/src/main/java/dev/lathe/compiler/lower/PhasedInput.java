package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.op.ContractionOps;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * The picture that a convolution goes over in steps of two to four columns, with its zero border, and the columns of each line that lie a step
 * apart beside each other: [batch, channel, line, column % step, column / step]. Neighbouring pixels of the result then read neighbours
 * for each element of the window, so a tile has one place and one check of bounds for all its rows.
 */
final class PhasedInput {
    /** Lines below which a thread is not worth waking. */
    private static final int GRAIN = 64;

    private final int step;
    private final Dim lines;
    private final Dim columns;
    private final View view;

    private PhasedInput(int step, Dim lines, Dim columns, View view) {
        this.step = step;
        this.lines = lines;
        this.columns = columns;
        this.view = view;
    }

    /**
     * True for a convolution that {@link ContractionOps#stridesOverPicture} where the target has vectors and lines, if they are known, are long enough for tiles
     * of rows.
     */
    static boolean takes(Node n, Lower cx, int[] wd) {
        Dim line = n.out().dim(-2);
        boolean fits = !line.isConst() || line.value() >= TileTable.usual(cx.target()) && line.value() <= LineTile.LINE;
        return cx.target().lanes() > 1 && ContractionOps.stridesOverPicture(n, wd) && (long) wd[1] * wd[2] * wd[3] <= Tile.GATHERED && fits
                && ConvInput.planar(cx.view(n.in(0)));
    }

    /** Adds the step that copies the input of {@code n}. */
    static PhasedInput of(Node n, Lower cx) {
        View in = cx.view(n.in(0));
        int[] pads = n.attrs().ints("pads");
        int step = n.attrs().ints("strides")[1];
        Dim batch = in.dims().get(0);
        Dim height = in.dims().get(1);
        Dim width = in.dims().get(2);
        Dim channels = in.dims().get(3);
        Dim lines = height.plus(pads[0] + pads[2]);
        Dim columns = width.plus(pads[1] + pads[3] + step - 1).floorDiv(step);
        View to = cx.buffer("phases", ElementType.F32, List.of(batch, channels, lines, Dim.of(step), columns));
        KernelBuilder k = cx.kernel("phases");
        KernelBuilder.Buf o = k.write(to);
        KernelBuilder.Buf a = k.read(in);
        Expr lineCount = k.dim(lines);
        Expr channelCount = k.dim(channels);
        Expr first = k.dim(Dim.of(pads[0]));
        Expr inside = k.dim(height);
        Expr whole = k.dim(columns.times(step));
        k.parallel("item", batch.times(channels).times(lines), GRAIN, false, item -> {
            // line by line, so that a thread has the lines that it needs next
            Expr row = k.let("row", X.div(item, channelCount));
            Expr channel = k.let("c", X.sub(item, X.mul(row, channelCount)));
            Expr image = k.let("n", X.div(row, lineCount));
            Expr line = k.let("l", X.sub(row, X.mul(image, lineCount)));
            Expr y = k.let("y", X.sub(line, first));
            Expr into = k.let("o", X.mul(X.add(X.mul(X.add(X.mul(image, channelCount), channel), lineCount), line), whole));
            Expr from = k.let("a", X.add(X.add(X.mul(image, a.stride(0)), X.mul(channel, a.stride(3))), X.mul(y, a.stride(1))));
            k.when(X.and(X.ge(y, X.i(0)), X.lt(y, inside)), () -> {
                for (int phase = 0; phase < step; phase++) {
                    // column p * step + phase of the padded line is this one of the input
                    int column = phase - pads[1];
                    Dim lo = Dim.of(Math.max(0, Math.floorDiv(-column + step - 1, step)));
                    Dim hi = lo.max(columns.min(width.plus(step - 1 - column).floorDiv(step)));
                    Expr at = k.let("at", X.add(into, k.structural(columns.times(phase))));
                    zeros(k, o, at, Dim.ZERO, lo.min(columns));
                    Expr source = k.let("from", X.add(from, X.i(column)));
                    k.loop("p", k.structural(lo), k.structural(hi), p -> o.storeFlat(X.add(at, p), a.flat(X.add(source, X.mul(p, X.i(step))))));
                    zeros(k, o, at, hi, columns);
                }
            }, () -> zeros(k, o, into, Dim.ZERO, columns.times(step)));
        });
        k.run();
        return new PhasedInput(step, lines, columns, to);
    }

    private static void zeros(KernelBuilder k, KernelBuilder.Buf o, Expr at, Dim from, Dim to) {
        if (!from.isConst() || !to.isConst() || from.value() < to.value()) {
            k.lanes("z", k.structural(from), k.structural(to), p -> o.storeFlat(X.add(at, p), X.f(0)));
        }
    }

    /** The windows of {@code n} as [batch, lines, columns, elements of the window], of which {@link #places} says where each stands. */
    View windows(Node n, int elements) {
        List<Dim> out = n.out().tensor().dims();
        Dim line = columns.times((long) step * n.attrs().ints("strides")[0]);
        return new View(view.buffer(), view.type(), view.offset(), List.of(out.get(0), out.get(1), out.get(2), Dim.of(elements)),
                List.of(view.strides().get(0), line, Dim.ONE, Dim.ONE));
    }

    /** Where each element of the window stands from its first: lines of the window, columns, then channels. */
    View places(Node n, Lower cx, int[] wd) {
        int[] dilations = n.attrs().ints("dilations");
        if (!lines.isConst() || !columns.isConst()) {
            return placesNow(cx, wd, dilations);
        }
        int[] at = new int[wd[1] * wd[2] * wd[3]];
        int i = 0;
        for (int y = 0; y < wd[2]; y++) {
            for (int x = 0; x < wd[3]; x++) {
                int column = x * dilations[1];
                for (int c = 0; c < wd[1]; c++) {
                    at[i++] = ((c * lines.intValue() + y * dilations[0]) * step + column % step) * columns.intValue() + column / step;
                }
            }
        }
        return cx.pack(List.of("phases", n.in(1), lines, columns, step, List.of(dilations[0], dilations[1])), "places", ElementType.I32, at, List.of(Dim.of(at.length)));
    }

    /** The same while the model runs. */
    private View placesNow(Lower cx, int[] wd, int[] dilations) {
        View to = cx.buffer("places", ElementType.I32, Dim.list(wd[2], wd[3], wd[1]));
        KernelBuilder k = cx.kernel("places");
        KernelBuilder.Buf o = k.write(to);
        Expr lineCount = k.dim(lines);
        Expr columnCount = k.dim(columns);
        List<Expr> index = new ArrayList<>();
        Loops.nest(k, to.dims().stream().map(k::dim).toList(), index, () -> {
            Expr column = k.let("column", X.mul(index.get(1), X.i(dilations[1])));
            Expr line = X.add(X.mul(index.get(2), lineCount), X.mul(index.get(0), X.i(dilations[0])));
            Expr phase = X.add(X.mul(line, X.i(step)), X.rem(column, X.i(step)));
            o.store(index, k.let("at", X.add(X.mul(phase, columnCount), X.div(column, X.i(step)))));
        });
        k.run();
        return new View(to.buffer(), to.type(), to.offset(), List.of(Dim.product(to.dims())), List.of(Dim.ONE));
    }
}
