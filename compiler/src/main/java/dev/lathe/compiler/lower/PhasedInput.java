package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.op.ContractionOps;
import dev.lathe.runtime.ElementType;
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
    private final int lines;
    private final int columns;
    private final View view;

    private PhasedInput(int step, int lines, int columns, View view) {
        this.step = step;
        this.lines = lines;
        this.columns = columns;
        this.view = view;
    }

    /** True for a convolution that {@link ContractionOps#stridesOverPicture} where the target has vectors and lines are long enough for tiles of rows. */
    static boolean takes(Node n, Lower cx, int[] wd) {
        long line = n.out().dim(-2).isConst() ? n.out().dim(-2).value() : 0;
        return cx.target().lanes() > 1 && ContractionOps.stridesOverPicture(n, wd) && (long) wd[1] * wd[2] * wd[3] <= Tile.GATHERED && line >= TileTable.usual(cx.target()) && line <= LineTile.LINE
                && ConvInput.planar(cx.view(n.in(0)));
    }

    /** Adds the step that copies the input of {@code n}. */
    static PhasedInput of(Node n, Lower cx) {
        View in = cx.view(n.in(0));
        int[] pads = n.attrs().ints("pads");
        int step = n.attrs().ints("strides")[1];
        int height = in.dims().get(1).intValue();
        int width = in.dims().get(2).intValue();
        int channels = in.dims().get(3).intValue();
        int batch = in.dims().get(0).intValue();
        int lines = height + pads[0] + pads[2];
        int columns = (width + pads[1] + pads[3] + step - 1) / step;
        View to = cx.buffer("phases", ElementType.F32, List.of(Dim.of(batch), Dim.of(channels), Dim.of(lines), Dim.of(step), Dim.of(columns)));
        KernelBuilder k = cx.kernel("phases");
        KernelBuilder.Buf o = k.write(to);
        KernelBuilder.Buf a = k.read(in);
        Expr lineCount = k.dim(Dim.of(lines));
        Expr channelCount = k.dim(Dim.of(channels));
        Expr first = k.dim(Dim.of(pads[0]));
        Expr inside = k.dim(Dim.of(height));
        Expr whole = k.dim(Dim.of(step * columns));
        k.parallel("item", Dim.of((long) batch * channels * lines), GRAIN, false, item -> {
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
                    int lo = Math.max(0, Math.floorDiv(-column + step - 1, step));
                    int hi = Math.max(lo, Math.min(columns, Math.floorDiv(width - column + step - 1, step)));
                    Expr at = k.let("at", X.add(into, X.i(phase * columns)));
                    zeros(k, o, at, 0, lo);
                    Expr source = k.let("from", X.add(from, X.i(column)));
                    k.loop("p", X.i(lo), X.i(hi), p -> o.storeFlat(X.add(at, p), a.flat(X.add(source, X.mul(p, X.i(step))))));
                    zeros(k, o, at, hi, columns);
                }
            }, () -> zeros(k, o, into, 0, step * columns));
        });
        k.run();
        return new PhasedInput(step, lines, columns, to);
    }

    private static void zeros(KernelBuilder k, KernelBuilder.Buf o, Expr at, int from, int to) {
        if (from < to) {
            k.lanes("z", X.i(from), X.i(to), p -> o.storeFlat(X.add(at, p), X.f(0)));
        }
    }

    /** The windows of {@code n} as [batch, lines, columns, elements of the window], of which {@link #places} says where each stands. */
    View windows(Node n, int elements) {
        List<Dim> out = n.out().tensor().dims();
        int line = step * columns * n.attrs().ints("strides")[0];
        return new View(view.buffer(), view.type(), view.offset(), List.of(out.get(0), out.get(1), out.get(2), Dim.of(elements)),
                List.of(view.strides().get(0), Dim.of(line), Dim.ONE, Dim.ONE));
    }

    /** Where each element of the window stands from its first: lines of the window, columns, then channels. */
    View places(Node n, Lower cx, int[] wd) {
        int[] dilations = n.attrs().ints("dilations");
        int[] at = new int[wd[1] * wd[2] * wd[3]];
        int i = 0;
        for (int y = 0; y < wd[2]; y++) {
            for (int x = 0; x < wd[3]; x++) {
                int column = x * dilations[1];
                for (int c = 0; c < wd[1]; c++) {
                    at[i++] = ((c * lines + y * dilations[0]) * step + column % step) * columns + column / step;
                }
            }
        }
        return cx.pack(List.of("phases", n.in(1), lines, columns, step, List.of(dilations[0], dilations[1])), "places", ElementType.I32, at, List.of(Dim.of(at.length)));
    }
}
