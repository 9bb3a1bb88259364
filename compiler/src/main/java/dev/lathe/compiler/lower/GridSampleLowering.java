package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import java.util.ArrayList;
import java.util.List;

/**
 * Sampling at places given by a grid. For each place, taps are added up one after the other into the result, all
 * channels at a time.
 */
final class GridSampleLowering {
    private static final double A = -0.75;

    private final KernelBuilder k;
    private final Scalar scalar;
    private final String mode;
    private final String padding;
    private final boolean align;

    private GridSampleLowering(KernelBuilder k, Node n) {
        this.k = k;
        scalar = Scalar.of(n.out().elem().storage());
        mode = n.attrs().text("mode");
        padding = n.attrs().text("padding");
        align = n.attrs().flag("align");
    }

    static void lower(Node n, Lower cx) {
        View in = cx.view(n.in(0));
        View out = cx.result(n.out());
        int d = in.rank() - 2;
        // channels last
        View x = RunningLowering.axisLast(in, 1);
        View y = RunningLowering.axisLast(out, 1);
        KernelBuilder k = cx.kernel("grid_sample");
        KernelBuilder.Buf o = k.write(y);
        KernelBuilder.Buf a = k.read(x);
        KernelBuilder.Buf g = k.read(cx.view(n.in(1)));
        List<Expr> sizes = x.dims().subList(1, 1 + d).stream().map(k::dim).toList();
        Expr channels = k.dim(x.dims().get(1 + d));
        GridSampleLowering s = new GridSampleLowering(k, n);
        Dim rows = y.dims().get(0).times(y.dims().get(1));
        Expr height = k.dim(y.dims().get(1));
        List<Expr> inner = y.dims().subList(2, 1 + d).stream().map(k::dim).toList();
        k.parallel("row", rows, 1, false, row -> {
            Expr b = k.let("b", X.div(row, height));
            List<Expr> place = new ArrayList<>(List.of(b, k.let("p", X.sub(row, X.mul(b, height)))));
            Loops.nest(k, inner, place, () -> {
                List<Expr> to = List.copyOf(place);
                List<Expr> at = new ArrayList<>();
                for (int i = 0; i < d; i++) {
                    at.add(s.position(g.load(RunningLowering.with(to, X.i(d - 1 - i))), sizes.get(i)));
                }
                k.lanes("c", X.i(0), channels, c -> o.store(RunningLowering.with(to, c), s.num(0)));
                s.taps(0, at, sizes, new ArrayList<>(List.of(b)), s.num(1), (from, weight) ->
                        k.lanes("c", X.i(0), channels, c -> {
                            List<Expr> t = RunningLowering.with(to, c);
                            o.store(t, X.fma(weight, a.load(RunningLowering.with(from, c)), o.load(t)));
                        }));
            });
        });
        k.run();
    }

    private Expr num(double v) {
        return scalar == Scalar.F64 ? X.d(v) : X.f((float) v);
    }

    private Expr real(Expr i) {
        return X.convert(scalar, i);
    }

    // where a place between -1 and 1 stands among the elements of one dimension
    private Expr position(Expr place, Expr size) {
        Expr n = real(size);
        Expr up = k.let("up", X.add(place, num(1)));
        Expr p = k.let("pos", align
                ? X.mul(X.div(up, num(2)), X.sub(n, num(1)))
                : X.div(X.sub(X.mul(up, n), num(1)), num(2)));
        if (mode.equals("nearest")) {
            p = k.let("pos", X.rint(p));
        }
        return switch (padding) {
            // cubic weights go on beyond the border, whose elements are repeated there; far away all are the same one
            case "border" -> {
                int beyond = mode.equals("cubic") ? 3 : 0;
                yield k.let("pos", X.max(X.min(p, X.add(n, num(beyond - 1))), num(-beyond)));
            }
            case "reflection" -> reflect(p, n);
            default -> p;
        };
    }

    private Expr reflect(Expr p, Expr n) {
        Expr min = num(align ? 0 : -0.5);
        Expr max = k.let("max", X.sub(n, num(align ? 1 : 0.5)));
        Expr range = k.let("range", X.sub(max, min));
        Expr below = k.let("below", X.lt(p, min));
        Expr over = k.let("over", X.select(below, X.sub(min, p), X.sub(p, max)));
        Expr times = k.let("times", X.convert(Scalar.I32, X.div(over, range)));
        Expr rest = k.let("rest", X.sub(over, X.mul(real(times), range)));
        Expr odd = X.ne(X.and(times, X.i(1)), X.i(0));
        Expr r = X.select(X.xor(odd, below), X.add(min, rest), X.sub(max, rest));
        Expr outside = X.or(below, X.gt(p, max));
        return k.let("pos", X.select(outside, X.select(X.gt(range, num(0)), r, num(0)), p));
    }

    private interface Tap {
        void at(List<Expr> from, Expr weight);
    }

    // every tap that is not padding, with the product of its weights
    private void taps(int i, List<Expr> at, List<Expr> sizes, List<Expr> from, Expr weight, Tap body) {
        if (i == at.size()) {
            body.at(List.copyOf(from), weight);
            return;
        }
        Expr size = sizes.get(i);
        Expr p = at.get(i);
        boolean nearest = mode.equals("nearest");
        boolean cubic = mode.equals("cubic");
        Expr floor = nearest ? p : k.let("floor", X.floor(p));
        Expr base = k.let("base", X.sub(X.convert(Scalar.I32, floor), X.i(cubic ? 1 : 0)));
        k.loop("t", X.i(0), X.i(nearest ? 1 : cubic ? 4 : 2), t -> {
            Expr index = k.let("i", X.add(base, t));
            Expr w = weight;
            if (!nearest) {
                Expr away = k.let("away", X.abs(X.sub(real(X.sub(t, X.i(cubic ? 1 : 0))), X.sub(p, floor))));
                w = k.let("w", X.mul(weight, cubic ? keys(away) : X.sub(num(1), away)));
            }
            Expr inside = X.and(X.ge(index, X.i(0)), X.lt(index, size));
            Expr bounded = switch (padding) {
                case "zeros" -> index;
                case "border" -> k.let("i", clamp(index, size));
                default -> k.let("i", clamp(X.convert(Scalar.I32, reflect(k.let("f", real(index)), real(size))), size));
            };
            List<Expr> next = RunningLowering.with(from, bounded);
            Expr total = w;
            if (padding.equals("zeros")) {
                k.when(inside, () -> taps(i + 1, at, sizes, next, total, body));
            } else {
                taps(i + 1, at, sizes, next, total, body);
            }
        });
    }

    private static Expr clamp(Expr i, Expr size) {
        return X.max(X.min(i, X.sub(size, X.i(1))), X.i(0));
    }

    // the cubic kernel at a distance below 2
    private Expr keys(Expr x) {
        Expr near = X.add(X.mul(X.mul(X.sub(X.mul(num(A + 2), x), num(A + 3)), x), x), num(1));
        Expr far = X.sub(X.mul(X.add(X.mul(X.sub(X.mul(num(A), x), num(5 * A)), x), num(8 * A)), x), num(4 * A));
        return X.select(X.le(x, num(1)), near, far);
    }
}
