package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.BlockProduct;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.X;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Drives {@link TileKernel} over a whole contraction, a matrix product or a convolution over an explicitly padded,
 * channels-last input: cuts columns into blocks, pixels into chunks and long reductions into parts whose weights stay
 * in the cache, and runs the epilogue over each chunk. Threads share chunks and blocks.
 */
final class Tile {
    /** Tiles in a chunk of pixels. */
    private static final int CHUNK = 8;

    /** Rows of packed weights that one part of a reduction goes through. */
    private static final int PART = 512;

    /** The longest reduction that is gathered, not walked run by run. */
    static final int GATHERED = TileKernel.LONGEST;

    /** Panels of a {@link BlockProduct} at most, its pixels where columns are many and where they are not, and pixels too few for one. */
    private static final int BLOCK = 24;
    private static final int WIDE = 128;
    private static final int WIDE_PIXELS = 72;
    private static final int PIXELS = 512;
    private static final int FEW = 4;

    /** Multiply-adds, of which a tile with a row more saves a twentieth. */
    private static final int LARGE = 32_000_000;

    /** Packed weights, in elements, that stay in the second cache beside a chunk of pixels. */
    static final int SMALL = 64 * 1024;

    /**
     * What is contracted.
     *
     * @param a the input with dimensions [pixel dims..., run dims..., run]: the last with stride 1
     * @param out the result with dimensions [pixel dims..., columns], columns with stride 1
     * @param pixels number of pixel dimensions, at least 1
     * @param weights packed, panel after panel, each [run dims... x run][width]
     * @param bias per column
     * @param groups independent contractions of the same form
     * @param extras the epilogue's operands with the result's dimensions
     * @param places where each element of the reduction stands from the first, as i32; the run dimensions of {@code a} give only its
     *        length then. Null where runs are walked
     * @param products multiply-adds that a column stands for, where they aren't those done here (Winograd's); else null
     */
    record Spec(View a, View out, int pixels, View weights, View bias, List<Group> groups, Epilogue epilogue, List<View> extras, View places,
            Dim products) {
        Spec(View a, View out, int pixels, View weights, View bias, List<Group> groups, Epilogue epilogue, List<View> extras) {
            this(a, out, pixels, weights, bias, groups, epilogue, extras, null, null);
        }

        Spec(View a, View out, int pixels, View weights, View bias, Epilogue epilogue, List<View> extras) {
            this(a, out, pixels, weights, bias, List.of(), epilogue, extras);
        }
    }

    /**
     * {@code extent} contractions, each further on by these steps: input, packed weights, bias, result, extra operands (a step
     * each).
     */
    record Group(Dim extent, Dim input, Dim weights, Dim bias, Dim result, List<Dim> extras) {}

    /**
     * Panels that one tile computes, {@code repeat} times one after the other.
     *
     * @param end column of the last panel of a tile
     * @param columns of a tile; the last tile has fewer where {@code total} says so
     * @param total columns of all tiles together, where that isn't repeat times columns; else null
     */
    private record Cut(int firstPanel, int firstColumn, int panels, int width, Dim repeat, int end, int columns, Dim total) {}

    private final Lower cx;
    private final Spec s;
    private final Cut cut;
    private final int rows;
    private final int p;
    private final boolean block;

    private Tile(Lower cx, Spec s, Cut cut, boolean block) {
        this.cx = cx;
        // blocks walk the windows themselves
        this.s = block ? new Spec(s.a(), s.out(), s.pixels(), s.weights(), s.bias(), s.groups(), s.epilogue(), s.extras(), null, s.products()) : s;
        this.cut = cut;
        this.p = s.pixels();
        this.block = block;
        this.rows = block ? (cut.columns() < WIDE ? PIXELS : WIDE_PIXELS) / CHUNK
                : TileTable.rows(cx.target(), cut.width(), cut.panels(), pixels(s), inParts(s), large(s));
    }

    /** Adds the steps that compute everything with weights packed as {@code panels} says. */
    static void run(Lower cx, Spec spec, Panels panels) {
        Spec s = collapse(spec);
        Dim rows = pixels(s);
        if (cx.target().lanes() > 1 && rows.symbol() != null && s.pixels() == 1 && s.a().rank() == 2 && s.groups().isEmpty()) {
            // an open batch is one row more often than not, and a tile of many is slow for that; the chains are the same
            cx.ifOne(rows, () -> columns(cx, single(s), panels), () -> columns(cx, s, panels));
        } else {
            columns(cx, s, panels);
        }
    }

    /** The same for one pixel. */
    private static Spec single(Spec s) {
        return new Spec(first(s.a()), first(s.out()), 1, s.weights(), s.bias(), s.groups(), s.epilogue(), s.extras().stream().map(Tile::first).toList(), s.places(), s.products());
    }

    private static View first(View v) {
        List<Dim> dims = new ArrayList<>(v.dims());
        dims.set(0, Dim.ONE);
        return new View(v.buffer(), v.type(), v.offset(), dims, v.strides());
    }

    private static void columns(Lower cx, Spec s, Panels panels) {
        boolean block = takesBlocks(cx, s);
        boolean lines = !inParts(s) && LineTile.takes(cx, s);
        Dim pixels = lines ? s.a().dims().get(s.pixels() - 1) : pixels(s);
        List<Panels.Block> blocks = block ? panels.blocks(even(panels.count(), BLOCK))
                : lines && LineTile.near(s) ? TileTable.nearBlocks(cx.target(), panels)
                : s.epilogue().isEmpty() || s.epilogue().simple() ? TileTable.blocks(cx.target(), panels, pixels, inParts(s), large(s))
                // C2 of JDK 17 boxes longer functions over rows of three vectors
                : panels.blocks(TileTable.panels(cx.target(), panels.width(), pixels));
        if (lines) {
            LineTile.run(cx, s, panels, blocks);
            return;
        }
        for (Panels.Block b : blocks) {
            int width = b.panels() * panels.width();
            int first = panels.starts().get(b.first());
            int last = panels.starts().get(b.first() + b.panels() * b.repeat() - 1) - (b.repeat() - 1) * width;
            new Tile(cx, s, new Cut(b.first(), first, b.panels(), panels.width(), Dim.of(b.repeat()), last - first, last - first + panels.width(),
                    null), block).emit();
        }
    }

    /** True where there are no vectors to write by hand, but enough pixels for long loops that the JIT makes vectors of. */
    static boolean takesBlocks(Lower cx, Spec s) {
        Dim n = pixels(s);
        return cx.target().lanes() == 1 && s.pixels() <= 3 && s.a().rank() - s.pixels() <= 3 && !(n.isConst() && n.value() < FEW);
    }

    // the size of as few parts as there can be, of nearly one size
    private static int even(int count, int most) {
        int parts = (count + most - 1) / most;
        return (count + parts - 1) / parts;
    }

    /** True for so many multiply-adds that a tile that few other contractions need pays for its compilation. */
    static boolean large(Spec s) {
        Dim n = Dim.product(s.a().dims()).times(s.out().dims().get(s.pixels()));
        return n.isConst() && n.value() >= LARGE;
    }

    private static Dim pixels(Spec s) {
        return Dim.product(s.a().dims().subList(0, s.pixels()));
    }

    /** The same with full panels of 16: the result has room for {@code repeat * panels} of them, {@code columns} of which count. */
    static void runPadded(Lower cx, Spec spec, int panels, Dim repeat, Dim columns) {
        Spec s = collapse(spec);
        new Tile(cx, s, new Cut(0, 0, panels, 16, repeat, (panels - 1) * 16, panels * 16, columns), takesBlocks(cx, s)).emit();
    }

    // joins neighbouring pixel dimensions where input, result and extra operands allow it
    private static Spec collapse(Spec s) {
        int p = s.pixels();
        List<View> all = new ArrayList<>();
        all.add(pixelsOf(s.a(), p));
        all.add(pixelsOf(s.out(), p));
        s.extras().forEach(e -> all.add(pixelsOf(e, p)));
        List<View> c = MapKernel.collapse(all);
        if (c.get(0).dims().isEmpty()) {
            c = all.stream().map(v -> new View(v.buffer(), v.type(), v.offset(), List.of(Dim.ONE), List.of(Dim.ZERO))).toList();
        }
        List<View> extras = new ArrayList<>();
        for (int i = 0; i < s.extras().size(); i++) {
            extras.add(rejoin(c.get(2 + i), s.extras().get(i), p));
        }
        return new Spec(rejoin(c.get(0), s.a(), p), rejoin(c.get(1), s.out(), p), c.get(0).rank(), s.weights(), s.bias(), s.groups(), s.epilogue(),
                extras, s.places(), s.products());
    }

    private static View pixelsOf(View v, int p) {
        return new View(v.buffer(), v.type(), v.offset(), v.dims().subList(0, p), v.strides().subList(0, p));
    }

    private static View rejoin(View pixels, View v, int p) {
        List<Dim> d = new ArrayList<>(pixels.dims());
        List<Dim> t = new ArrayList<>(pixels.strides());
        d.addAll(v.dims().subList(p, v.rank()));
        t.addAll(v.strides().subList(p, v.rank()));
        return new View(v.buffer(), v.type(), v.offset(), d, t);
    }

    /** A contraction's buffers, as parameters of the kernel that drives its tiles; {@code places} may be null. */
    record Operands(KernelBuilder.Buf o, KernelBuilder.Buf a, KernelBuilder.Buf w, KernelBuilder.Buf bias, List<KernelBuilder.Buf> extras,
            KernelBuilder.Buf places) {
        static Operands of(KernelBuilder k, Spec s) {
            return new Operands(k.write(s.out()), k.read(s.a()), k.read(s.weights()), k.read(s.bias()), s.extras().stream().map(k::read).toList(),
                    s.places() == null ? null : k.read(s.places()));
        }
    }

    private KernelBuilder k;
    private Operands on;
    private Kernel tile;
    // for few rows that are left over; null where their number was minded when the tile was chosen
    private Kernel half;
    private Kernel start;
    private Kernel epilogue;
    private Pixels counted;
    private List<Expr> inputJumps;
    private List<Expr> resultJumps;
    private List<Expr> runs;
    private Expr length;
    private Expr panelSize;
    private Expr end;

    /** Where one group's contraction stands. */
    private record Base(Expr input, Expr weights, Expr bias, Expr result, List<Expr> extras) {}

    private void emit() {
        int width = cut.width();
        // of a single row the columns are the long loop
        boolean shortRows = !block && cut.total() == null && !pixels(s).is(1);
        epilogue = s.epilogue().isEmpty() ? null : s.epilogue().rows(cx, s.extras(), shortRows ? cut.columns() : 0);
        k = cx.kernel("contract" + p + "d");
        on = Operands.of(k, s);
        Dim count = pixels(s);
        int chunk = rows * CHUNK;
        Dim chunks = count.floorDiv(chunk).max(Dim.ONE);
        Expr pixels = k.dim(count);
        Expr chunkCount = k.dim(chunks);
        Expr blocks = k.dim(cut.repeat());
        counted = new Pixels(k, p, s.a().dims().subList(1, p).stream().map(k::dim).toList());
        Dim depth = Dim.product(s.a().dims().subList(p, s.a().rank()));
        int run = s.a().rank() - 1;
        runs = on.places() != null ? List.of() : s.a().dims().subList(p, run).stream().map(k::dim).toList();
        length = k.dim(on.places() != null ? depth : s.a().dims().get(run));
        // several parts go on from one another; the first from the bias, written before
        boolean parts = !block && inParts(s);
        tile = block ? cx.share(BlockProduct.kernel()) : tile(rows, parts);
        half = block || count.isConst() || rows < 4 ? null : tile((rows + 1) / 2, parts);
        start = parts ? TileKernel.start(cx) : null;
        panelSize = k.dim(depth.times(width));
        int blockWidth = cut.panels() * width;
        end = k.dim(Dim.of(cut.end()));
        Expr first = k.dim(Dim.of(cut.firstColumn()));
        Expr firstWeights = k.dim(depth.times(width).times(cut.firstPanel()));
        Expr total = cut.total() == null ? null : k.dim(cut.total());
        List<List<Expr>> steps = new ArrayList<>();
        for (Group g : s.groups()) {
            List<Expr> e = new ArrayList<>(List.of(k.dim(g.extent()), k.dim(g.input()), k.dim(g.weights()), k.dim(g.bias()), k.dim(g.result())));
            g.extras().forEach(d -> e.add(k.dim(d)));
            steps.add(e);
        }
        // small weights stay in the cache while a chunk of pixels gets all its columns; large ones are gone through once
        Dim weights = depth.times(cut.repeat()).times(cut.panels() * width);
        boolean byChunks = steps.isEmpty() && weights.isConst() && weights.value() <= SMALL;
        Dim groups = Dim.product(s.groups().stream().map(Group::extent).toList());
        cost(count, depth, groups);
        k.range(chunks.times(cut.repeat()).times(groups).times(count.min(Dim.ONE)), 1, (lo, hi) -> {
            inputJumps = block ? List.of() : counted.jumps(on.a());
            resultJumps = block ? List.of() : counted.jumps(on.o());
            k.loop("item", lo, hi, item -> {
                Expr inner = byChunks ? blocks : chunkCount;
                Expr q = k.let("q", X.div(item, inner));
                Expr rest = k.let("rest", X.sub(item, X.mul(q, inner)));
                Expr nb = byChunks ? rest : q;
                Expr c = byChunks ? q : rest;
                Expr group = steps.isEmpty() ? X.i(0) : k.let("g", X.div(nb, blocks));
                Expr b = steps.isEmpty() ? nb : k.let("b", X.sub(nb, X.mul(group, blocks)));
                Base base = base(group, steps);
                Expr column = k.let("col", X.add(first, X.mul(b, X.i(blockWidth))));
                Expr weight = k.let("w", X.add(X.add(firstWeights, X.mul(X.mul(b, X.i(cut.panels())), panelSize)), base.weights()));
                Expr from = k.let("from", X.mul(c, X.i(chunk)));
                // the last chunk takes what is left, so that no chunk is short
                Expr to = k.let("to", X.select(X.eq(X.add(c, X.i(1)), chunkCount), pixels, X.add(from, X.i(chunk))));
                if (start != null) {
                    counted.lines(from, to, (index, n) -> k.invoke(start,
                            List.of(on.bias().from(X.add(base.bias(), column)), on.o().from(Pixels.place(on.o(), index, base.result(), column))),
                            List.of(n, k.structural(Dim.of(cut.columns())), on.o().stride(p - 1))));
                }
                if (block) {
                    blockAt(from, to, base, column, weight, total);
                } else {
                    run(0, X.i(0), X.i(0), (input, row, n) -> k.loop("m", from, to, rows, false, m -> tilesAt(m, to, base, column, weight, input, row, n)));
                }
                if (epilogue != null) {
                    Expr columns = total == null ? k.structural(Dim.of(cut.columns())) : k.let("columns", X.min(X.i(cut.columns()), X.sub(total, column)));
                    counted.lines(from, to, (index, n) -> epilogueAt(index, n, base, column, columns));
                }
            });
        });
        k.run();
    }

    // of this part of the columns
    private void cost(Dim count, Dim depth, Dim groups) {
        Dim columns = cut.total() == null ? cut.repeat().times(cut.columns()) : cut.total();
        k.multiplyAdds(columns.times(s.products() == null ? count.times(depth).times(groups) : s.products()));
        k.touches(on.o(), count.times(columns).times(groups));
        k.touches(on.a(), StepCosts.elements(s.a()).times(extents(Group::input)));
        k.touches(on.w(), depth.times(cut.repeat()).times(cut.panels() * cut.width()).times(extents(Group::weights)));
        k.touches(on.bias(), columns.times(extents(Group::bias)));
    }

    // how many of the groups have something of their own
    private Dim extents(Function<Group, Dim> step) {
        return Dim.product(s.groups().stream().filter(g -> !step.apply(g).is(0)).map(Group::extent).toList());
    }

    // several runs, or one that may be too long for a tile
    private static boolean inParts(Spec s) {
        int run = s.a().rank() - 1;
        Dim len = s.a().dims().get(run);
        return s.places() == null && (run > s.pixels() || !len.isConst() || len.value() > TileKernel.LONGEST);
    }

    private Base base(Expr group, List<List<Expr>> steps) {
        List<Expr> sums = new ArrayList<>(List.of(X.i(0), X.i(0), X.i(0), X.i(0)));
        on.extras().forEach(e -> sums.add(X.i(0)));
        Expr rest = group;
        for (int d = steps.size() - 1; d >= 0; d--) {
            List<Expr> st = steps.get(d);
            Expr q = d == 0 ? X.i(0) : k.let("q", X.div(rest, st.get(0)));
            Expr i = d == 0 ? rest : k.let("g", X.sub(rest, X.mul(q, st.get(0))));
            for (int j = 0; j < sums.size(); j++) {
                sums.set(j, X.add(sums.get(j), X.mul(i, st.get(1 + j))));
            }
            rest = q;
        }
        List<Expr> l = sums.stream().map(e -> k.let("at", e)).toList();
        return new Base(l.get(0), l.get(1), l.get(2), l.get(3), l.subList(4, l.size()));
    }

    /** A part of the reduction. */
    private interface Part {
        /**
         * @param input where it begins in the input
         * @param row its first row of packed weights
         * @param n how long it is
         */
        void run(Expr input, Expr row, Expr n);
    }

    private void run(int dim, Expr input, Expr row, Part body) {
        if (dim < runs.size()) {
            Expr extent = runs.get(dim);
            k.loop("u", X.i(0), extent, u -> run(dim + 1, k.let("u", X.add(input, X.mul(u, on.a().stride(p + dim)))),
                    k.let("row", X.add(X.mul(row, extent), u)), body));
            return;
        }
        Expr first = X.mul(row, length);
        Dim len = s.a().dims().get(p + dim);
        if (start != null && !(len.isConst() && len.value() <= PART)) {
            // so that a part's weights stay in the cache for all tiles of a chunk
            k.loop("part", X.i(0), length, PART, false, at -> body.run(X.add(input, at), k.let("row", X.add(first, at)),
                    k.let("n", X.min(X.i(PART), X.sub(length, at)))));
        } else {
            body.run(input, k.let("row", first), length);
        }
    }

    private Kernel tile(int rows, boolean goOn) {
        return on.places() != null ? TileKernel.gathered(cx, rows, cut.panels(), cut.width())
                : TileKernel.of(cx, rows, cut.panels(), cut.width(), goOn, TileKernel.LONGEST);
    }

    private void tilesAt(Expr m, Expr to, Base base, Expr column, Expr weight, Expr input, Expr row, Expr n) {
        Runnable whole = () -> tileAt(tile, rows, m, to, base, column, weight, input, row, n);
        if (half == null) {
            whole.run();
        } else {
            int few = (rows + 1) / 2;
            k.when(X.lt(X.add(m, X.i(few)), to), whole, () -> tileAt(half, few, m, to, base, column, weight, input, row, n));
        }
    }

    private void tileAt(Kernel tile, int rows, Expr m, Expr to, Base base, Expr column, Expr weight, Expr input, Expr row, Expr n) {
        Expr at = k.let("a", X.add(base.input(), input));
        Expr wPart = k.let("w", X.add(weight, X.mul(row, X.i(cut.width()))));
        Expr outAt = k.let("o", X.add(base.result(), column));
        List<Expr> as = new ArrayList<>();
        List<Expr> os = new ArrayList<>();
        List<Expr> index = counted.split(m);
        as.add(k.let("a", Pixels.at(on.a(), index)));
        os.add(k.let("o", Pixels.at(on.o(), index)));
        for (int r = 1; r < rows; r++) {
            List<Expr> over = new ArrayList<>();
            index = counted.next(index, over);
            // rows beyond the last repeat it
            Expr inside = X.lt(X.add(m, X.i(r)), to);
            as.add(k.let("a", X.select(inside, counted.next(on.a(), as.get(r - 1), inputJumps, over), as.get(r - 1))));
            os.add(k.let("o", X.select(inside, counted.next(on.o(), os.get(r - 1), resultJumps, over), os.get(r - 1))));
        }
        List<Stmt.BufArg> bufs = new ArrayList<>(List.of(on.a().from(at), on.w().from(wPart)));
        if (start == null) {
            bufs.add(on.bias().from(k.let("bias", X.add(base.bias(), column))));
        }
        bufs.add(on.o().from(outAt));
        if (on.places() != null) {
            bufs.add(on.places().from(X.i(0)));
        }
        k.invoke(tile, bufs, join(as, os, List.of(end, panelSize, n)));
    }

    private void blockAt(Expr from, Expr to, Base base, Expr column, Expr weight, Expr total) {
        Expr columns = total == null ? k.structural(Dim.of(cut.columns())) : k.let("columns", X.min(X.i(cut.columns()), X.sub(total, column)));
        List<Expr> numbers = new ArrayList<>(List.of(from, to));
        // no index reaches the extent of a dimension that isn't there
        numbers.add(p > 2 ? counted.dims().get(p - 3) : to);
        numbers.add(p > 1 ? counted.dims().get(p - 2) : to);
        for (KernelBuilder.Buf b : List.of(on.a(), on.o())) {
            for (int i = 3; i > 0; i--) {
                numbers.add(i > p ? X.i(0) : b.stride(p - i));
            }
        }
        int n = runs.size();
        numbers.add(n > 1 ? runs.get(n - 2) : X.i(1));
        numbers.add(n > 0 ? runs.get(n - 1) : X.i(1));
        numbers.add(n > 1 ? on.a().stride(p + n - 2) : X.i(0));
        numbers.add(n > 0 ? on.a().stride(p + n - 1) : X.i(0));
        numbers.add(on.a().stride(p + n));
        numbers.addAll(List.of(length, columns, X.i(cut.width()), X.i(cut.panels()), panelSize, end));
        k.invoke(tile, List.of(on.a().from(base.input()), on.w().from(weight), on.bias().from(k.let("bias", X.add(base.bias(), column))),
                on.o().from(k.let("o", X.add(base.result(), column)))), numbers);
    }

    private static List<Expr> join(List<Expr> a, List<Expr> b, List<Expr> c) {
        List<Expr> r = new ArrayList<>(a);
        r.addAll(b);
        r.addAll(c);
        return r;
    }

    private void epilogueAt(List<Expr> index, Expr n, Base base, Expr column, Expr columns) {
        List<Stmt.BufArg> bufs = new ArrayList<>();
        bufs.add(on.o().from(Pixels.place(on.o(), index, base.result(), column)));
        // rows that touch are one long one
        boolean joined = block && cut.total() == null && Epilogue.touching(s.extras(), s.out(), p, cut.columns());
        List<Expr> numbers = new ArrayList<>(joined ? List.of(X.i(1), k.let("n", X.mul(n, columns)), X.i(0)) : List.of(n, columns, on.o().stride(p - 1)));
        for (int i = 0; i < on.extras().size(); i++) {
            KernelBuilder.Buf e = on.extras().get(i);
            bufs.add(e.from(Pixels.place(e, index, base.extras().get(i), Epilogue.broadcast(s.extras().get(i)) ? X.i(0) : column)));
            numbers.add(e.stride(p - 1));
        }
        k.invoke(epilogue, bufs, numbers);
    }
}
