package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.lib.WinogradWeights;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.X;
import dev.lathe.codegen.program.Const;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * 3 x 3 convolutions by fewer multiplications ({@link WinogradForm}): tiles of the input are transformed, each of the t x t
 * places of a tile is a matrix product over the channels, and the products are transformed back. Which convolutions take this way is decided in {@link WinogradChoice}.
 *
 * <p>Large maps go block by block of tiles, whose numbers stay in the second cache, and threads share the blocks; a map of
 * few tiles is transformed whole, and threads share the matrix products. Each element is computed alike both ways.
 */
final class Winograd {
    /** Bytes of transformed input and products of one block. */
    private static final int BLOCK = 512 * 1024;

    /** Tiles of a block, at least and at most: below, weights are gone through too often. */
    private static final int LEAST = 32;
    private static final int MOST = 128;

    /** Parts that threads share, each with memory of its own. */
    private static final int PARTS = 8;

    private static final Method PACK = Arrays.stream(WinogradWeights.class.getMethods()).filter(m -> m.getName().equals("pack")).findFirst().orElseThrow();

    private final Lower cx;
    private final WinogradForm form;
    private final int t;
    private final int channels;
    private final int columns;
    private final View x;
    private final View out;
    private final View weights;
    private final View bias;
    private final Epilogue e;
    private final List<View> extras;
    private final Panels panels;
    private final Dim tilesDown;
    private final Dim tilesAcross;
    private final Kernel in;
    private final Kernel back;
    private final Kernel after;

    private KernelBuilder k;
    private KernelBuilder.Buf xs;
    private KernelBuilder.Buf vs;
    private KernelBuilder.Buf ms;
    private KernelBuilder.Buf o;
    private KernelBuilder.Buf bs;
    private List<KernelBuilder.Buf> more;
    private KernelBuilder.Buf ss;
    private KernelBuilder.Buf ws;
    private KernelBuilder.Buf zs;
    private Expr down;
    private Expr across;
    private Expr depth;
    private Expr width;
    private Expr inHeight;
    private Expr inWidth;
    private Expr outHeight;
    private Expr outWidth;
    private Expr vStep;
    private Expr mStep;
    private Expr wStep;
    private Expr panelSize;

    private Winograd(Node n, Lower cx, Tensor w) {
        this.cx = cx;
        form = WinogradForm.of(n.attrs().intValue(WinogradChoice.ATTRIBUTE));
        t = form.t();
        columns = w.dims()[0];
        channels = w.dims()[1];
        x = ConvInput.padded(n, cx);
        panels = Panels.of(columns);
        weights = weights(n, w);
        bias = ContractionLowering.bias(n, cx, columns);
        out = cx.result(n.out());
        e = new Epilogue(n, cx, out, 3);
        extras = e.walkable(cx);
        tilesDown = out.dims().get(1).ceilDiv(Dim.of(form.m()));
        tilesAcross = out.dims().get(2).ceilDiv(Dim.of(form.m()));
        in = WinogradKernels.input(cx, form, WinogradKernels.width(cx, channels));
        boolean inline = e.isEmpty() || e.inline();
        back = WinogradKernels.output(cx, form, WinogradKernels.width(cx, columns), inline ? e : Epilogue.NONE);
        after = inline ? null : e.rows(cx, extras, columns);
    }

    /** Adds the steps of a convolution marked by {@link WinogradChoice}. */
    static void run(Node n, Lower cx, Tensor w) {
        Winograd c = new Winograd(n, cx, w);
        Dim tiles = c.out.dims().get(0).times(c.tilesDown).times(c.tilesAcross);
        if (tiles.isConst() && tiles.value() <= 2 * LEAST) {
            c.whole((int) tiles.value());
        } else {
            c.blocks(tiles);
        }
    }

    // place after place of a tile, each packed as the matrix of a product
    private View weights(Node n, Tensor w) {
        int size = WinogradWeights.size(columns, channels, form.m());
        if (size != t * t * panels.packedSize(channels)) {
            throw new IllegalStateException("panels of " + columns + " columns");
        }
        View source = cx.view(n.in(1));
        return cx.derive(List.of("winograd", n.in(1), form.m()), n.in(1).name(), List.of(Dim.of(size)), () -> {
            float[] to = new float[size];
            WinogradWeights.pack(w.floats(), 0, to, 0, columns, channels, form.m());
            return to;
        }, new Const.Derived(source.buffer(), PACK, List.of(columns, channels, form.m())));
    }

    // elements from place to place: not a power of two, so that the places of a tile don't share a cache set
    private static int plane(int tiles, int columns) {
        return (tiles * columns + 15) / 16 * 16 + 16;
    }

    private int scratch() {
        return WinogradKernels.scratch(t, Math.max(channels, columns));
    }

    private View zeros() {
        return cx.pack(List.of("zeros", columns), "zeros", ElementType.F32, new float[columns], List.of(Dim.of(columns)));
    }

    // ---- three steps ------------------------------------------------------------------------------------------------

    private void whole(int tiles) {
        int vPlane = plane(tiles, channels);
        int mPlane = plane(tiles, columns);
        View v = cx.scratch(ElementType.F32, Dim.of(t * t * vPlane));
        View m = cx.scratch(ElementType.F32, Dim.of(t * t * mPlane));
        Dim parts = Dim.of(Math.min(PARTS, tiles));
        View s = cx.scratch(ElementType.F32, parts.times(scratch()));
        each("winograd" + form.m() + "_input", tiles, parts, s, () -> {
            vs = k.write(v);
            xs = k.read(x);
        }, () -> {
            inputNumbers();
            vStep = k.dim(Dim.of(vPlane));
        }, (p, at) -> input(p, p, X.i(0), at));
        View a = new View(v.buffer(), v.type(), v.offset(), Dim.list(tiles, channels), Dim.list(channels, 1));
        View products = new View(m.buffer(), m.type(), m.offset(), Dim.list(tiles, columns), Dim.list(columns, 1));
        Tile.Group places = new Tile.Group(Dim.of(t * t), Dim.of(vPlane), Dim.of(panels.packedSize(channels)), Dim.ZERO, Dim.of(mPlane), List.of());
        Tile.run(cx, new Tile.Spec(a, products, 1, weights, zeros(), List.of(places), Epilogue.NONE, List.of(), null, directly()), panels);
        each("winograd" + form.m() + "_output", tiles, parts, s, () -> {
            ms = k.read(m);
            openOutput();
        }, () -> {
            outputNumbers();
            mStep = k.dim(Dim.of(mPlane));
        }, (p, at) -> output(p, p, X.i(0), at));
    }

    /** The multiply-adds of a column as a plain sum: what the work is worth, not how much of it is left. */
    private Dim directly() {
        return Dim.product(out.dims().subList(0, 3)).times(9L * channels);
    }

    /** A step that goes over all tiles, in parts that have scratch of their own. */
    private void each(String name, int tiles, Dim parts, View scratch, Runnable buffers, Runnable numbers, BiConsumer<Expr, Expr> body) {
        k = cx.kernel(name);
        ss = k.write(scratch);
        buffers.run();
        numbers.run();
        down = k.dim(tilesDown);
        across = k.dim(tilesAcross);
        Expr all = k.dim(Dim.of(tiles));
        Expr partCount = k.dim(parts);
        Expr size = k.dim(Dim.of(scratch()));
        k.range(parts, 1, (lo, hi) -> k.loop("part", lo, hi, part -> {
            Expr at = k.let("s", X.mul(part, size));
            k.loop("p", k.let("p", X.div(X.mul(part, all), partCount)), k.let("p", X.div(X.mul(X.add(part, X.i(1)), all), partCount)),
                    p -> body.accept(p, at));
        }));
        k.run();
    }

    // ---- block by block ---------------------------------------------------------------------------------------------

    private int blockTiles(Dim tiles) {
        int fit = BLOCK / (4 * t * t * (channels + columns));
        int size = Math.max(LEAST, Math.min(MOST, fit / 8 * 8));
        if (!tiles.isConst()) {
            return size;
        }
        // blocks of about one size
        long blocks = (tiles.value() + size - 1) / size;
        return (int) (((tiles.value() + blocks - 1) / blocks + 7) / 8 * 8);
    }

    private void blocks(Dim tiles) {
        int size = blockTiles(tiles);
        int vPlane = plane(size, channels);
        int mPlane = plane(size, columns);
        Dim count = tiles.ceilDiv(Dim.of(size));
        Dim parts = count.min(Dim.of(PARTS));
        View v = cx.scratch(ElementType.F32, parts.times(t * t * vPlane));
        View m = cx.scratch(ElementType.F32, parts.times(t * t * mPlane));
        View s = cx.scratch(ElementType.F32, parts.times(scratch()));
        k = cx.kernel("winograd" + form.m());
        vs = k.write(v);
        ms = k.write(m);
        ss = k.write(s);
        ws = k.read(weights);
        zs = k.read(zeros());
        xs = k.read(x);
        openOutput();
        inputNumbers();
        outputNumbers();
        down = k.dim(tilesDown);
        across = k.dim(tilesAcross);
        Expr all = k.dim(tiles);
        Expr blockCount = k.dim(count);
        Expr partCount = k.dim(parts);
        Expr block = k.dim(Dim.of(size));
        vStep = k.dim(Dim.of(vPlane));
        mStep = k.dim(Dim.of(mPlane));
        Expr scratch = k.dim(Dim.of(scratch()));
        List<Product> products = products(Dim.of(size));
        k.multiplyAdds(directly().times(columns));
        wStep = k.dim(Dim.of(panels.packedSize(channels)));
        panelSize = k.dim(Dim.of(channels * panels.width()));
        k.range(parts.times(tiles.min(Dim.ONE)), 1, (lo, hi) -> k.loop("part", lo, hi, part -> {
            Expr v0 = k.let("v", X.mul(part, X.mul(X.i(t * t), vStep)));
            Expr m0 = k.let("m", X.mul(part, X.mul(X.i(t * t), mStep)));
            Expr s0 = k.let("s", X.mul(part, scratch));
            Expr first = k.let("b", X.div(X.mul(part, blockCount), partCount));
            Expr last = k.let("b", X.div(X.mul(X.add(part, X.i(1)), blockCount), partCount));
            k.loop("block", first, last, b -> {
                Expr from = k.let("from", X.mul(b, block));
                Expr n = k.let("n", X.min(block, X.sub(all, from)));
                k.loop("p", X.i(0), n, p -> input(k.let("tile", X.add(from, p)), p, v0, s0));
                products.forEach(q -> product(q, n, v0, m0));
                k.loop("p", X.i(0), n, p -> output(k.let("tile", X.add(from, p)), p, m0, s0));
            });
        }));
        k.run();
    }

    /** All places of {@code n} tiles for some columns. */
    private void product(Product q, Expr n, Expr v0, Expr m0) {
        k.loop("place", X.i(0), X.i(t * t), place -> {
            Expr a = k.let("a", X.add(v0, X.mul(place, vStep)));
            Expr to = k.let("o", X.add(m0, X.mul(place, mStep)));
            Expr w = k.let("w", X.add(X.mul(place, wStep), X.mul(X.i(q.firstPanel()), panelSize)));
            k.loop("c", X.i(0), q.repeat(), c -> {
                Expr column = k.let("col", X.add(q.firstColumn(), X.mul(c, X.i(q.panels() * panels.width()))));
                Expr wc = k.let("w", X.add(w, X.mul(X.mul(c, X.i(q.panels())), panelSize)));
                k.loop("r", X.i(0), n, q.rows(), false, r -> {
                    List<Expr> numbers = new ArrayList<>();
                    List<Expr> rows = new ArrayList<>();
                    for (int i = 0; i < q.rows(); i++) {
                        // rows beyond the last repeat it
                        rows.add(i == 0 ? r : k.let("row", X.min(X.add(r, X.i(i)), X.sub(n, X.i(1)))));
                        numbers.add(k.let("a", X.mul(rows.get(i), depth)));
                    }
                    rows.forEach(row -> numbers.add(k.let("o", X.mul(row, width))));
                    numbers.addAll(List.of(q.end(), panelSize, depth));
                    k.invoke(q.tile(), List.of(vs.from(a), ws.from(wc), zs.from(X.i(0)), ms.from(X.add(to, column))), numbers);
                });
            });
        });
    }

    /** Neighbouring panels of all columns that one tile kernel computes. */
    private record Product(Kernel tile, int rows, int panels, Expr repeat, int firstPanel, Expr firstColumn, Expr end) {}

    private List<Product> products(Dim tiles) {
        List<Product> r = new ArrayList<>();
        int width = panels.width();
        for (Panels.Block b : TileTable.blocks(cx.target(), panels, tiles, false, false)) {
            int rows = TileTable.rows(cx.target(), width, b.panels(), tiles, false, false);
            int first = panels.starts().get(b.first());
            int end = panels.starts().get(b.first() + b.panels() * b.repeat() - 1) - (b.repeat() - 1) * b.panels() * width - first;
            r.add(new Product(TileKernel.of(cx, rows, b.panels(), width, false, channels), rows, b.panels(), k.dim(Dim.of(b.repeat())), b.first(),
                    k.dim(Dim.of(first)), k.dim(Dim.of(end))));
        }
        return r;
    }

    // ---- the transformations ----------------------------------------------------------------------------------------

    private void openOutput() {
        o = k.write(out);
        bs = k.read(bias);
        more = extras.stream().map(k::read).toList();
    }

    private void inputNumbers() {
        depth = k.dim(Dim.of(channels));
        inHeight = k.dim(x.dims().get(1));
        inWidth = k.dim(x.dims().get(2));
    }

    private void outputNumbers() {
        width = k.dim(Dim.of(columns));
        outHeight = k.dim(out.dims().get(1));
        outWidth = k.dim(out.dims().get(2));
    }

    /** The image, row and column of tile {@code p}. */
    private List<Expr> place(Expr p) {
        Expr q = k.let("q", X.div(p, across));
        Expr image = k.let("n", X.div(q, down));
        Expr row = k.let("y", X.mul(X.sub(q, X.mul(image, down)), X.i(form.m())));
        return List.of(image, row, k.let("x", X.mul(X.sub(p, X.mul(q, across)), X.i(form.m()))));
    }

    /** Transforms tile {@code p} of the input to row {@code at} of each plane from {@code v0} on. */
    private void input(Expr p, Expr at, Expr v0, Expr scratch) {
        List<Expr> here = place(p);
        Expr rows = k.let("rows", X.min(X.i(t), X.sub(inHeight, here.get(1))));
        Expr cols = k.let("cols", X.min(X.i(t), X.sub(inWidth, here.get(2))));
        Expr from = k.let("a", xs.at(List.of(here.get(0), here.get(1), here.get(2), X.i(0))));
        k.invoke(in, List.of(xs.from(from), ss.from(scratch), vs.from(k.let("to", X.add(v0, X.mul(at, depth))))),
                List.of(rows, cols, xs.stride(1), xs.stride(2), depth, vStep));
    }

    /** Transforms row {@code at} of the products' planes from {@code m0} on to tile {@code p} of the result. */
    private void output(Expr p, Expr at, Expr m0, Expr scratch) {
        List<Expr> here = place(p);
        Expr rows = k.let("rows", X.min(X.i(form.m()), X.sub(outHeight, here.get(1))));
        Expr cols = k.let("cols", X.min(X.i(form.m()), X.sub(outWidth, here.get(2))));
        Expr first = k.let("o", o.at(List.of(here.get(0), here.get(1), here.get(2), X.i(0))));
        k.invoke(back, List.of(ms.from(k.let("m", X.add(m0, X.mul(at, width)))), ss.from(scratch), bs.from(X.i(0)), o.from(first)),
                List.of(rows, cols, o.stride(1), o.stride(2), width, mStep));
        if (after == null) {
            return;
        }
        k.loop("r", X.i(0), rows, r -> {
            List<Stmt.BufArg> bufs = new ArrayList<>(List.of(o.from(k.let("o", X.add(first, X.mul(r, o.stride(1)))))));
            List<Expr> numbers = new ArrayList<>(List.of(cols, width, o.stride(2)));
            for (KernelBuilder.Buf b : more) {
                bufs.add(b.from(k.let("e", b.at(List.of(here.get(0), X.add(here.get(1), r), here.get(2), X.i(0))))));
                numbers.add(b.stride(2));
            }
            k.invoke(after, bufs, numbers);
        });
    }
}
