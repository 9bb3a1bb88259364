package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Convolution in groups of few channels over a padded, channels-last input: a few output pixels of a line together, whose windows share
 * what they load. A group's channels are a short run of each pixel, too short to walk; so the chain of an element goes through
 * lines of the window, channels, and taps of the line, innermost, which are unrolled.
 */
final class GroupedConv {
    /** Taps of the last kernel dimension, at most, and pixels of a tile. */
    private static final int TAPS = 5;
    private static final int ROWS = 8;

    /** Vector operations in a tile, at most: C1 has no room for more. */
    private static final int ROOM = 80;

    private final Node n;
    private final Lower cx;
    private final View x;
    private final int[] wd;
    private final int groups;
    private final int d;
    private final int columns;
    private final int taps;
    private final int depth;
    private final int stride;
    private final int dilation;

    private GroupedConv(Node n, Lower cx, View x, int[] wd, int groups) {
        this.n = n;
        this.cx = cx;
        this.x = x;
        this.wd = wd;
        this.groups = groups;
        d = wd.length - 2;
        columns = wd[0] / groups;
        taps = wd[1 + d];
        depth = Tensor.count(wd) / wd[0] / taps;
        stride = n.attrs().ints("strides")[d - 1];
        dilation = n.attrs().ints("dilations")[d - 1];
    }

    /** True for windows that this order of summation is for; it depends on the model alone, as the order must. */
    static boolean takes(int[] wd, int groups) {
        int d = wd.length - 2;
        return groups > 1 && d <= 2 && wd[1 + d] > 1 && wd[1 + d] <= TAPS;
    }

    static void run(Node n, Lower cx, View x, Tensor w, int groups) {
        new GroupedConv(n, cx, x, w.dims(), groups).run(w);
    }

    private void run(Tensor w) {
        Panels p = Panels.of(columns);
        int size = p.packedSize(depth * taps);
        int cin = wd[1];
        int lines = depth / cin;
        View weights = cx.pack(List.of("grouped", n.in(1), groups), n.in(1).name(), ElementType.F32, List.of(Dim.of(groups * size)), () -> {
            float[] to = new float[groups * size];
            for (int g = 0; g < groups; g++) {
                int first = g * columns;
                p.pack(depth * taps, (row, col) -> {
                    int line = row / (cin * taps);
                    int channel = row / taps % cin;
                    return w.floats()[(((first + col) * cin + channel) * lines + line) * taps + row % taps];
                }, to, g * size);
            }
            return to;
        });
        View bias = ContractionLowering.bias(n, cx, wd[0]);
        View out = cx.result(n.out());
        Epilogue e = new Epilogue(n, cx, out, 3);
        List<View> extras = e.walkable(cx);
        Dim channels = x.strides().get(d + 1);
        List<Dim> dims = new ArrayList<>(out.dims().subList(0, d + 1));
        List<Dim> strides = new ArrayList<>(List.of(x.strides().get(0)));
        for (int i = 0; i < d; i++) {
            strides.add(x.strides().get(1 + i).times(n.attrs().ints("strides")[i]));
        }
        for (int i = 0; i < d - 1; i++) {
            dims.add(Dim.of(wd[2 + i]));
            strides.add(x.strides().get(1 + i).times(n.attrs().ints("dilations")[i]));
        }
        dims.addAll(List.of(Dim.of(cin), Dim.of(taps)));
        strides.addAll(List.of(channels, x.strides().get(d).times(dilation)));
        View windows = new View(x.buffer(), x.type(), x.offset(), dims, strides);
        List<Dim> steps = extras.stream().map(v -> Epilogue.broadcast(v) ? Dim.ZERO : Dim.of(columns)).toList();
        Tile.Group group = new Tile.Group(Dim.of(groups), channels.times(cin), Dim.of(size), Dim.of(columns), Dim.of(columns), steps);
        Tile.Spec spec = new Tile.Spec(windows, out, d + 1, weights, bias, List.of(group), e, extras);
        if (Tile.takesBlocks(cx, spec)) {
            Tile.run(cx, spec, p);
        } else {
            emit(p, weights, bias, out, e, extras);
        }
    }

    private void emit(Panels p, View weights, View bias, View out, Epilogue e, List<View> extras) {
        Dim cols = out.dims().get(d);
        Epilogue inner = e.inline() ? e : null;
        int rows = rows(p.width(), cols, inner != null);
        // where pixels are known to stand so far apart, C2 has one index for all inputs of a tile, and checks its ends
        Dim apart = cx.target().lanes() > 1 && x.strides().get(d).isConst() ? x.strides().get(d) : null;
        Kernel tile = tile(p.width(), rows, inner, apart);
        Kernel single = cols.isConst() || rows == 1 ? tile : tile(p.width(), 1, inner, apart);
        Kernel after = e.isEmpty() || inner != null ? null : e.rows(cx, extras, columns);
        KernelBuilder k = cx.kernel("grouped");
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf a = k.read(x);
        KernelBuilder.Buf w = k.read(weights);
        KernelBuilder.Buf b = k.read(bias);
        List<KernelBuilder.Buf> more = extras.stream().map(k::read).toList();
        Dim lines = Dim.product(out.dims().subList(0, d));
        k.multiplyAdds(lines.times(cols).times(depth * taps).times(wd[0]));
        Expr colCount = k.dim(cols);
        Expr lineCount = k.dim(lines);
        Expr cin = k.dim(Dim.of(wd[1]));
        Expr width = k.dim(Dim.of(columns));
        Expr length = k.dim(Dim.of(depth));
        Expr panelSize = k.dim(Dim.of(depth * taps * p.width()));
        Expr panels = k.dim(Dim.of(p.count()));
        Expr height = d > 1 ? k.dim(out.dims().get(1)) : X.i(1);
        k.range(lines.times(groups), 1, (lo, hi) -> k.loop("item", lo, hi, item -> {
            // a group's weights stay in the nearest cache for all lines
            Expr g = k.let("g", X.div(item, lineCount));
            Expr line = k.let("line", X.sub(item, X.mul(g, lineCount)));
            Expr image = k.let("n", X.div(line, height));
            Expr y = k.let("y", X.sub(line, X.mul(image, height)));
            List<Expr> index = d > 1 ? List.of(image, y) : List.of(line);
            Expr down = d > 1 ? X.mul(X.mul(y, X.i(n.attrs().ints("strides")[0])), a.stride(1)) : X.i(0);
            Expr a0 = k.let("a", X.add(X.add(X.mul(index.get(0), a.stride(0)), down), X.mul(X.mul(g, cin), a.stride(d + 1))));
            Expr first = k.let("col", X.mul(g, width));
            Expr o0 = k.let("o", X.add(o.at(index), first));
            // from the end of a line's channels to the next line's; a single line has none
            Expr jump = k.let("jump", d > 1 ? X.sub(X.mul(X.i(n.attrs().ints("dilations")[0]), a.stride(1)), X.sub(cin, X.i(1))) : X.i(1));
            Expr dense = k.let("step", a.stride(d));
            k.loop("p", X.i(0), panels, panel -> {
                // the last panel begins earlier
                Expr column = k.let("c", X.min(X.mul(panel, X.i(p.width())), X.sub(width, X.i(p.width()))));
                Expr w0 = k.let("w", X.mul(X.add(X.mul(g, panels), panel), panelSize));
                Expr b0 = k.let("b", X.add(first, column));
                Expr at = k.let("o", X.add(o0, column));
                TilesOfLine tiles = (kernel, r) -> k.loop("m", X.i(0), colCount, r, false, m -> {
                    // the last tile begins earlier, too; what two tiles compute is the same
                    Expr px = r == 1 ? m : k.let("x", X.min(m, X.sub(colCount, X.i(r))));
                    List<Expr> numbers = new ArrayList<>(List.of(length, cin, jump, o.stride(d)));
                    if (apart == null) {
                        numbers.add(dense);
                    }
                    k.invoke(kernel, List.of(a.from(k.let("a", X.add(a0, X.mul(X.mul(px, X.i(stride)), dense)))), w.from(w0), b.from(b0),
                            o.from(k.let("o", X.add(at, X.mul(px, o.stride(d)))))), numbers);
                });
                if (single == tile) {
                    tiles.run(tile, rows);
                } else {
                    k.when(X.ge(colCount, X.i(rows)), () -> tiles.run(tile, rows), () -> tiles.run(single, 1));
                }
            });
            if (after != null) {
                List<Stmt.BufArg> on = new ArrayList<>(List.of(o.from(o0)));
                List<Expr> given = new ArrayList<>(List.of(colCount, width, o.stride(d)));
                for (int i = 0; i < more.size(); i++) {
                    KernelBuilder.Buf m = more.get(i);
                    on.add(m.from(Epilogue.broadcast(extras.get(i)) ? m.at(index) : X.add(m.at(index), first)));
                    given.add(m.stride(d));
                }
                k.invoke(after, on, given);
            }
        }));
        k.run();
    }

    /** The tiles of one line and panel. */
    private interface TilesOfLine {
        void run(Kernel tile, int rows);
    }

    // as many as there is room for, or fewer where the last tile would repeat most of the one before
    private int rows(int width, Dim cols, boolean finished) {
        int lanes = cx.target().lanes();
        if (lanes == 1) {
            return 1;
        }
        int vectors = Math.max(1, width / lanes);
        int most = Math.min(ROWS, Math.max(1, (cx.target().registers() - 2 - vectors) / vectors));
        while (most > 1 && most * vectors * (taps + (finished ? 4 : 2)) + places(most).size() + taps * vectors > ROOM) {
            most--;
        }
        if (!cols.isConst()) {
            return most;
        }
        long c = cols.value();
        int best = most;
        for (int r = most - 1; 2 * r >= most; r--) {
            if ((c + r - 1) / r * (r + 1) < (c + best - 1) / best * (best + 1)) {
                best = r;
            }
        }
        return (int) Math.min(best, c);
    }

    // how many pixels from the first each of the inputs stands that the windows of some rows read
    private Map<Integer, Expr> places(int rows) {
        Map<Integer, Expr> r = new TreeMap<>();
        for (int i = 0; i < rows; i++) {
            for (int v = 0; v < taps; v++) {
                r.put(v * dilation + i * stride, X.i(0));
            }
        }
        return r;
    }

    /**
     * A few pixels of a line by one panel. Buffers: input, packed weights, bias, result; parameters: lines times channels, channels, the
     * step to the first channel of the next line, the result's from pixel to pixel, and the input's where {@code apart} doesn't say it.
     *
     * @param e what happens to an element before it is stored; null when that is left to others
     * @param apart the input's step from pixel to pixel, if it is written into the code
     */
    private Kernel tile(int width, int rows, Epilogue e, Dim apart) {
        KernelBuilder k = cx.kernel("grouped" + rows + "x" + width);
        KernelBuilder.Buf a = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf w = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf bias = k.buffer(Scalar.F32, false);
        KernelBuilder.Buf o = k.buffer(Scalar.F32, true);
        Expr length = k.number("length");
        Expr channels = k.number("channels");
        Expr jump = k.number("jump");
        Expr oStep = k.number("ostep");
        Expr step = apart == null ? k.number("step") : X.i(apart.intValue());
        Expr start = k.let("bias", TileKernel.vector(bias, X.i(0), width));
        List<Expr.Var> acc = new ArrayList<>();
        for (int r = 0; r < rows; r++) {
            acc.add(k.mut("s", start));
        }
        Expr.Var from = k.mut("from", X.i(0));
        Expr.Var channel = k.mut("channel", X.i(1));
        // one loop, because C2 of JDK 17 boxes vectors that live through two
        k.loop("k", X.i(0), length, i -> {
            Map<Integer, Expr> loaded = places(rows);
            loaded.replaceAll((q, none) -> {
                Expr v = a.flat(X.add(from, X.mul(X.i(q), step)));
                return k.let("v", width == 1 ? v : X.splat(v, width));
            });
            for (int v = 0; v < taps; v++) {
                Expr f = k.let("w", TileKernel.vector(w, X.mul(X.add(X.mul(i, X.i(taps)), X.i(v)), X.i(width)), width));
                for (int r = 0; r < rows; r++) {
                    k.set(acc.get(r), X.fma(loaded.get(v * dilation + r * stride), f, acc.get(r)));
                }
            }
            Expr ends = k.let("ends", X.eq(channel, channels));
            k.set(from, X.add(from, X.select(ends, jump, X.i(1))));
            k.set(channel, X.select(ends, X.i(1), X.add(channel, X.i(1))));
        });
        for (int r = 0; r < rows; r++) {
            o.storeFlat(X.mul(X.i(r), oStep), e == null ? acc.get(r) : e.inlined(k, acc.get(r)));
        }
        return k.part();
    }
}
