package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.X;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link Tile} for pixels whose lines are known to be long enough for whole tiles of vectors: the rows of a tile stand one step apart, so a tile
 * gets two steps, not two places for each row. Rows of many elements stand as far apart as a chunk has tiles: each is a stream through
 * memory of its own then, which the processor fetches ahead; neighbours would be several streams through one page. The last tile of a
 * line begins earlier; what two tiles compute is the same, and neither has been finished by the epilogue yet. All columns are one step's
 * where they fit the first cache beside each other, and the epilogue runs over whole lines then.
 */
final class LineTile {
    /** Tiles in a chunk of pixels, about. */
    private static final int CHUNK = 8;

    /** Elements of a chunk's result that stay in the first cache until the epilogue. */
    private static final int NEAR = 7 * 1024;

    /** Pixels of a line at most; a longer one is cut by {@link Tile}. */
    static final int LINE = 512;

    /** Blocks of columns, of which one more for a thread than for another matters. */
    private static final int UNEVEN = 15;

    /** Pixels of a line where they are not known. */
    private static final int USUAL = 256;

    /** Elements of a pixel from which the rows of a tile stand apart, each in pages of its own. */
    private static final int WIDE = 128;

    /** Lines, or tiles where there are no lines, at most: chunks of them are counted in ints. */
    private static final int UNITS = 1 << 14;

    private final Lower cx;
    private final Tile.Spec s;
    private final int p;
    private final List<Panels.Block> blocks;
    private final Panels panels;
    private final boolean joined;
    private final boolean byChunks;
    private final boolean apart;
    private final boolean near;

    private KernelBuilder k;
    private Tile.Operands on;
    private Kernel epilogue;
    private Expr line;
    private Expr width;
    private Expr panelSize;
    private Expr length;
    private Pixels lines;
    private final List<Part> parts = new ArrayList<>();

    /** Blocks of columns of one size: the kernel for them, its rows, one for lines that have less (null where that is not needed), and which blocks, columns and weights. */
    private record Part(Kernel tile, int rows, Kernel single, int columns, Expr firstBlock, Expr firstColumn, Expr firstWeight, Expr end, Expr repeat, int blocks, int panels) {}

    private LineTile(Lower cx, Tile.Spec s, Panels panels, List<Panels.Block> blocks, boolean joined, boolean byChunks) {
        this.cx = cx;
        this.s = s;
        this.p = s.pixels();
        this.panels = panels;
        this.blocks = blocks;
        this.joined = joined;
        this.byChunks = byChunks;
        this.apart = s.places() == null && s.a().dims().get(s.a().rank() - 1).value() >= WIDE;
        this.near = near(s);
    }

    /** True for a contraction without groups whose pixels are known, or whose lines are and stand as {@link #near} says. */
    static boolean takes(Lower cx, Tile.Spec s) {
        if (cx.target().lanes() == 1 || !s.groups().isEmpty()) {
            return false;
        }
        if (!s.a().dims().stream().allMatch(Dim::isConst)) {
            return s.pixels() > 1 && near(s);
        }
        long line = s.a().dims().get(s.pixels() - 1).value();
        long units = Dim.product(s.a().dims().subList(0, s.pixels())).value() / (s.pixels() == 1 ? 4 : line);
        return line >= TileTable.usual(cx.target()) && (s.pixels() == 1 || line <= LINE) && units <= UNITS;
    }

    /** True where the places of a window are looked up and neighbouring pixels' are neighbours. */
    static boolean near(Tile.Spec s) {
        return s.places() != null && s.a().strides().get(s.pixels() - 1).is(1);
    }

    /** Adds the steps that compute everything with weights packed as {@code panels} says, in {@code blocks}. */
    static void run(Lower cx, Tile.Spec s, Panels panels, List<Panels.Block> blocks) {
        int columns = panels.columns();
        long depth = Dim.product(s.a().dims().subList(s.pixels(), s.a().rank())).value();
        boolean small = depth * panels.count() * panels.width() <= Tile.SMALL;
        boolean touching = Epilogue.touching(s.extras(), s.out(), s.pixels(), columns);
        Dim pixels = s.a().dims().get(s.pixels() - 1);
        long line = pixels.isConst() ? pixels.value() : USUAL;
        int chunk = CHUNK * TileTable.usual(cx.target());
        boolean near = columns * (s.pixels() == 1 ? chunk : Math.max(line, chunk)) <= NEAR;
        if (small && (s.epilogue().isEmpty() || s.epilogue().simple() && touching && near)) {
            new LineTile(cx, s, panels, blocks, true, true).emit();
        } else {
            blocks.forEach(b -> new LineTile(cx, s, panels, List.of(b), false, small).emit());
        }
    }

    private void emit() {
        k = cx.kernel("contract" + p + "d");
        on = Tile.Operands.of(k, s);
        Dim count = Dim.product(s.a().dims().subList(0, p));
        Dim depth = Dim.product(s.a().dims().subList(p, s.a().rank()));
        Dim pixels = s.a().dims().get(p - 1);
        line = k.dim(pixels);
        length = k.dim(depth);
        panelSize = k.dim(depth.times(panels.width()));
        width = k.dim(Dim.of(panels.columns()));
        List<Expr> lineDims = new ArrayList<>();
        for (int i = 1; i < p - 1; i++) {
            lineDims.add(k.dim(s.a().dims().get(i)));
        }
        lines = new Pixels(k, p - 1, lineDims);
        int total = 0;
        int rows = 0;
        for (Panels.Block b : blocks) {
            rows = Math.max(rows, part(b, total, pixels, depth));
            total += b.repeat();
        }
        int columns = parts.get(0).columns();
        epilogue = s.epilogue().isEmpty() ? null
                : joined ? s.epilogue().flat(cx, s.extras(), panels.columns() % 16 == 0) : s.epilogue().rows(cx, s.extras(), columns);
        // whole tiles, or whole lines
        int tile = p == 1 ? unit(pixels.intValue(), total) : rows;
        Dim units = p == 1 ? pixels.ceilDiv(Dim.of(tile)) : Dim.product(s.a().dims().subList(0, p - 1));
        boolean known = pixels.isConst() && units.isConst();
        int each = p == 1 ? CHUNK : known ? Math.max(1, CHUNK * rows / pixels.intValue()) : 1;
        Dim chunks = known ? Dim.of(chunks(units.intValue(), each, total)) : units;
        Expr unitCount = k.dim(units);
        Expr chunkCount = k.dim(chunks);
        Expr blockCount = k.dim(Dim.of(total));
        cost(count, depth);
        k.range(chunks.times(total), 1, (lo, hi) -> {
            Expr.Var item = k.mut("item", lo);
            k.whileTrue(X.lt(item, hi), () -> {
                Expr at = k.let("at", X.max(item, X.i(0)));
                Expr inner = byChunks ? blockCount : chunkCount;
                Expr q = k.let("q", X.div(at, inner));
                Expr rest = k.let("rest", X.sub(at, X.mul(q, inner)));
                Expr c = byChunks ? q : rest;
                Expr b = byChunks ? rest : q;
                Expr end = joined ? k.let("end", X.min(blockCount, X.add(b, X.sub(hi, at)))) : k.let("end", X.add(b, X.i(1)));
                Expr first = known ? k.let("first", X.div(X.mul(c, unitCount), chunkCount)) : c;
                Expr last = k.let("last", known ? X.div(X.mul(X.add(c, X.i(1)), unitCount), chunkCount) : X.add(c, X.i(1)));
                Expr from = p > 1 ? first : k.let("from", X.mul(first, X.i(tile)));
                Expr to = p > 1 ? last : k.let("to", X.min(X.mul(last, X.i(tile)), line));
                for (Part part : parts) {
                    blocksOf(part, from, to, b, end);
                }
                if (epilogue != null) {
                    finish(from, to, b, end, X.eq(X.sub(end, b), blockCount));
                }
                k.set(item, X.add(at, X.sub(end, b)));
            });
        });
        k.run();
    }

    // Of more than one an even number, so that of two threads each has the half of the picture that it has in the layers before and after; one where threads
    // can share the blocks evenly.
    private static int chunks(int units, int each, int blocks) {
        int chunks = Math.max(1, units / each);
        boolean even = chunks % 2 == 0 || units == 1 || chunks == 1 && (blocks % 2 == 0 || blocks > UNEVEN);
        return even ? chunks : chunks < units ? chunks + 1 : chunks - 1;
    }

    // pixels that chunks are made of: rows of the part whose tiles and those of the others overlap least at the chunks' ends
    private int unit(int pixels, int total) {
        int best = 0;
        double least = Double.MAX_VALUE;
        for (Part part : parts) {
            int unit = part.rows();
            int units = (pixels + unit - 1) / unit;
            int chunks = chunks(units, CHUNK, total);
            double cost = 0;
            for (int c = 0; c < chunks; c++) {
                int n = Math.min(units * (c + 1) / chunks * unit, pixels) - units * c / chunks * unit;
                for (Part q : parts) {
                    cost += q.blocks() * TileTable.cost(n, q.rows(), q.panels());
                }
            }
            if (cost < least) {
                least = cost;
                best = unit;
            }
        }
        return best;
    }

    private int part(Panels.Block b, int before, Dim pixels, Dim depth) {
        int rows = near ? TileTable.nearRows(cx.target(), panels.width(), b.panels(), pixels)
                : TileTable.rows(cx.target(), panels.width(), b.panels(), pixels, false, Tile.large(s));
        boolean ahead = b.panels() == 1 && panels.width() <= cx.target().lanes()
                && s.weights().size().value() >= depth.times(panels.width()).times(panels.count()).value() + panels.width();
        TileKernel.Line line = near ? TileKernel.Line.NEAR : on.places() != null ? TileKernel.Line.GATHERED : ahead ? TileKernel.Line.AHEAD : TileKernel.Line.RUN;
        Kernel tile = TileKernel.stepped(cx, rows, b.panels(), panels.width(), line);
        int columns = panels.starts().get(b.first() + b.panels() - 1) - panels.starts().get(b.first()) + panels.width();
        Kernel single = pixels.isConst() || rows == 1 ? null : TileKernel.stepped(cx, 1, b.panels(), panels.width(), line);
        parts.add(new Part(tile, rows, single, columns, k.dim(Dim.of(before)), k.dim(Dim.of(panels.starts().get(b.first()))),
                k.dim(depth.times(panels.width()).times(b.first())), k.dim(Dim.of(columns - panels.width())), k.dim(Dim.of(b.repeat())), b.repeat(), b.panels()));
        return rows;
    }

    private void cost(Dim count, Dim depth) {
        Dim columns = Dim.of(blocks.stream().mapToInt(b -> b.repeat() * b.panels()).sum() * panels.width()).min(Dim.of(panels.columns()));
        k.multiplyAdds(columns.times(s.products() == null ? count.times(depth) : s.products()));
        k.touches(on.o(), count.times(columns));
        k.touches(on.a(), StepCosts.elements(s.a()));
        k.touches(on.w(), depth.times(columns));
        k.touches(on.bias(), columns);
    }

    // those of the blocks from b to end that are this part's
    private void blocksOf(Part part, Expr from, Expr to, Expr b, Expr end) {
        Expr lo = joined ? k.let("lo", X.max(X.sub(b, part.firstBlock()), X.i(0))) : b;
        Expr hi = joined ? k.let("hi", X.min(X.sub(end, part.firstBlock()), part.repeat())) : end;
        k.loop("b", lo, hi, i -> {
            Expr column = k.let("col", X.add(part.firstColumn(), X.mul(i, X.i(part.panels() * panels.width()))));
            Expr weight = k.let("w", X.add(part.firstWeight(), X.mul(X.mul(i, X.i(part.panels())), panelSize)));
            if (p == 1) {
                tiles(part, from, to, X.i(0), column, column, weight);
            } else {
                k.loop("line", from, to, l -> {
                    List<Expr> index = lines.split(l);
                    tiles(part, X.i(0), line, k.let("a", Pixels.at(on.a(), index)), k.let("o", X.add(Pixels.at(on.o(), index), column)), column, weight);
                });
            }
        });
    }

    private void tiles(Part part, Expr from, Expr to, Expr input, Expr result, Expr column, Expr weight) {
        Expr rows = X.i(part.rows());
        if (!apart) {
            Expr latest = k.let("latest", X.sub(to, rows));
            Runnable whole = () -> k.loop("m", from, to, part.rows(), false, m -> tile(part, part.tile(), k.let("x", X.min(m, latest)), X.i(1), input, result, column, weight));
            if (part.single() == null) {
                whole.run();
            } else {
                k.when(X.ge(latest, from), whole, () -> k.loop("m", from, to, m -> tile(part, part.single(), m, X.i(1), input, result, column, weight)));
            }
            return;
        }
        Expr n = k.let("n", X.sub(to, from));
        Expr each = k.let("each", X.div(n, rows));
        Expr whole = k.let("whole", X.eq(X.mul(each, rows), n));
        Expr step = k.let("apart", X.select(whole, each, X.i(1)));
        Expr next = k.let("next", X.select(whole, X.i(1), rows));
        Expr latest = k.let("latest", X.sub(to, X.add(X.mul(X.i(part.rows() - 1), step), X.i(1))));
        k.loop("t", X.i(0), k.let("tiles", X.div(X.add(n, X.i(part.rows() - 1)), rows)),
                t -> tile(part, part.tile(), k.let("x", X.min(X.add(from, X.mul(t, next)), latest)), step, input, result, column, weight));
    }

    /** The pixels {@code x}, {@code x + step}, and so on. */
    private void tile(Part part, Kernel kernel, Expr x, Expr step, Expr input, Expr result, Expr column, Expr weight) {
        Expr inputStep = on.a().stride(p - 1);
        Expr resultStep = on.o().stride(p - 1);
        List<Stmt.BufArg> bufs = new ArrayList<>(List.of(on.a().from(k.let("a", X.add(input, X.mul(x, inputStep)))),
                on.w().from(weight), on.bias().from(column), on.o().from(k.let("o", X.add(result, X.mul(x, resultStep))))));
        if (on.places() != null) {
            bufs.add(on.places().from(X.i(0)));
        }
        List<Expr> numbers = new ArrayList<>(near ? List.of() : List.of(X.mul(step, inputStep)));
        numbers.addAll(List.of(X.mul(step, resultStep), part.end(), panelSize, length));
        k.invoke(kernel, bufs, numbers);
    }

    // the epilogue of some blocks: over whole lines if they are all of them
    private void finish(Expr from, Expr to, Expr b, Expr end, Expr all) {
        Expr column = k.let("col", column(b));
        Expr until = joined ? k.let("until", column(end)) : null;
        if (p == 1) {
            Expr n = k.let("n", X.sub(to, from));
            finishLine(List.of(from), n, column, until, all);
        } else {
            k.loop("line", from, to, l -> {
                List<Expr> index = new ArrayList<>(lines.split(l));
                index.add(X.i(0));
                finishLine(index, line, column, until, all);
            });
        }
    }

    private void finishLine(List<Expr> index, Expr n, Expr column, Expr until, Expr all) {
        Expr result = k.let("o", X.add(Pixels.at(on.o(), index), column));
        List<Expr> from = new ArrayList<>();
        for (int i = 0; i < on.extras().size(); i++) {
            KernelBuilder.Buf e = on.extras().get(i);
            from.add(k.let("e", Epilogue.broadcast(s.extras().get(i)) ? Pixels.at(e, index) : X.add(Pixels.at(e, index), column)));
        }
        if (!joined) {
            List<Expr> numbers = new ArrayList<>(List.of(n, X.i(parts.get(0).columns()), on.o().stride(p - 1)));
            on.extras().forEach(e -> numbers.add(e.stride(p - 1)));
            k.invoke(epilogue, bufs(result, from, X.i(0)), numbers);
            return;
        }
        // pixels touch; where a thread has only some of the columns, it goes pixel by pixel
        k.when(all, () -> k.invoke(epilogue, bufs(result, from, X.i(0)), List.of(k.let("columns", X.mul(n, width)))),
                () -> k.loop("r", X.i(0), n, r -> k.invoke(epilogue, bufs(result, from, k.let("at", X.mul(r, width))), List.of(k.let("columns", X.sub(until, column))))));
    }

    private List<Stmt.BufArg> bufs(Expr result, List<Expr> from, Expr further) {
        List<Stmt.BufArg> bufs = new ArrayList<>(List.of(on.o().from(X.add(result, further))));
        for (int i = 0; i < on.extras().size(); i++) {
            bufs.add(on.extras().get(i).from(X.add(from.get(i), further)));
        }
        return bufs;
    }

    // where block b begins
    private Expr column(Expr b) {
        Expr r = width;
        for (int i = parts.size() - 1; i >= 0; i--) {
            Part part = parts.get(i);
            Expr own = X.sub(b, part.firstBlock());
            Expr here = X.add(part.firstColumn(), X.mul(own, X.i(part.panels() * panels.width())));
            r = joined ? X.select(X.lt(own, part.repeat()), here, r) : here;
        }
        return r;
    }
}
