package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Look-ups by bisection and walks down trees, as loops over constant tables. */
final class TableLowering {
    private static final int MEMBER = 6;

    private TableLowering() {}

    static Map<String, Lowering> rows() {
        return Map.of(
                "lookup", TableLowering::lookup,
                "trees", TableLowering::trees,
                "couple", (n, cx) -> {
                    View x = cx.packedView(n.in(0));
                    cx.helper("Maps.couple", List.of(x, cx.result(n.out())), List.of(x.dims().get(0), n.out().dim(1)), List.of(), List.of());
                },
                "zip_map", (n, cx) -> {
                    View x = cx.packedView(n.in(0));
                    View keys = cx.packedView(n.in(1));
                    cx.helper("Maps.zip", List.of(x, keys, cx.result(n.out())), List.of(x.dims().get(0), x.dims().get(1)),
                            List.of(x.type().name(), keys.type().name()), List.of());
                });
    }

    private static void lookup(Node n, Lower cx) {
        View x = cx.packedView(n.in(0));
        View keys = cx.packedView(n.in(1));
        KernelBuilder k = cx.kernel("lookup");
        KernelBuilder.Buf o = k.write(cx.result(n.out()));
        KernelBuilder.Buf a = k.read(x);
        KernelBuilder.Buf t = k.read(keys);
        Expr size = k.dim(keys.dims().get(0));
        Expr nan = n.attrs().has("nan") ? k.dim(Dim.of(n.attrs().integer("nan"))) : null;
        k.parallel("i", x.size(), 256, false, i -> {
            Expr v = k.let("v", a.flat(i));
            Expr.Var lo = k.mut("lo", X.i(0));
            Expr.Var hi = k.mut("hi", size);
            k.whileTrue(X.lt(lo, hi), () -> {
                Expr mid = k.let("mid", X.ushr(X.add(lo, hi), X.i(1)));
                k.when(below(t.flat(mid), v), () -> k.set(lo, X.add(mid, X.i(1))), () -> k.set(hi, mid));
            });
            Expr.Var found = k.mut("found", size);
            k.when(X.lt(lo, size), () -> k.when(same(t.flat(lo), v), () -> k.set(found, lo)));
            if (nan != null) {
                k.when(X.ne(v, v), () -> k.set(found, nan));
            }
            o.storeFlat(i, X.convert(Scalar.I64, found));
        });
        k.run();
    }

    private static Expr below(Expr a, Expr b) {
        return a.type().scalar() == Scalar.REF ? X.lt(X.call("StringOps", "compare", a, b), X.i(0)) : X.lt(a, b);
    }

    private static Expr same(Expr a, Expr b) {
        return a.type().scalar() == Scalar.REF ? X.call("ScalarOps", "sameString", a, b) : X.eq(a, b);
    }

    private static void trees(Node n, Lower cx) {
        View x = cx.packedView(n.in(0));
        View out = cx.result(n.out());
        KernelBuilder k = cx.kernel("trees");
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf[] t = new KernelBuilder.Buf[13];
        for (int i = 0; i < t.length; i++) {
            Value v = n.in(i);
            t[i] = i == 0 ? k.read(x) : v == null ? null : k.read(cx.packedView(v));
        }
        Expr features = k.dim(x.dims().get(1));
        Expr targets = k.dim(out.dims().get(1));
        Expr roots = k.dim(n.in(7).dim(0));
        String aggregate = n.attrs().text("aggregate");
        boolean wide = out.type() == ElementType.F64;
        Expr zero = wide ? X.d(0) : X.f(0);
        double start = aggregate.equals("min") ? Double.POSITIVE_INFINITY : aggregate.equals("max") ? Double.NEGATIVE_INFINITY : 0;
        Expr first = wide ? X.d(start) : X.f((float) start);
        Tensor modes = cx.constant(n.in(3));
        k.parallel("row", x.dims().get(0), 8, false, row -> {
            Expr from = k.let("from", X.mul(row, features));
            k.loop("j", X.i(0), targets, j -> o.store(List.of(row, j), first));
            k.loop("tree", X.i(0), roots, tree -> {
                Expr leaf = k.let("leaf", X.sub(X.i(-1), walk(k, t, modes, from, t[7].flat(tree))));
                k.loop("w", t[8].flat(leaf), t[8].flat(X.add(leaf, X.i(1))), w -> {
                    List<Expr> at = List.of(row, k.let("target", t[9].flat(w)));
                    Expr weight = t[10].flat(w);
                    Expr have = o.load(at);
                    o.store(at, switch (aggregate) {
                        case "min" -> X.min(have, weight);
                        case "max" -> X.max(have, weight);
                        default -> X.add(have, weight);
                    });
                });
            });
            if (start != 0) {
                // a target without a weight
                k.loop("j", X.i(0), targets, j -> {
                    Expr v = k.let("v", o.load(row, j));
                    o.store(List.of(row, j), X.select(X.eq(v, first), zero, v));
                });
            } else if (aggregate.equals("mean")) {
                Expr count = X.convert(out.type() == ElementType.F64 ? Scalar.F64 : Scalar.F32, roots);
                k.loop("j", X.i(0), targets, j -> o.store(List.of(row, j), X.div(o.load(row, j), count)));
            }
        });
        k.run();
    }

    // from a root to a leaf, which is negative
    private static Expr walk(KernelBuilder k, KernelBuilder.Buf[] t, Tensor modes, Expr from, Expr root) {
        Expr.Var at = k.mut("at", root);
        boolean one = modes != null && modes.size() > 0 && Arrays.stream(modes.ints()).allMatch(m -> m == modes.ints()[0]) && modes.ints()[0] != MEMBER;
        k.whileTrue(X.ge(at, X.i(0)), () -> {
            Expr v = k.let("v", t[0].flat(X.add(from, t[1].flat(at))));
            Expr s = k.let("s", t[2].flat(at));
            Expr yes;
            if (one) {
                yes = compare(modes.ints()[0], v, s);
            } else {
                Expr mode = k.let("mode", t[3].flat(at));
                Expr.Var flag = k.mut("flag", X.i(0));
                for (int m = 0; m < MEMBER; m++) {
                    int kind = m;
                    k.when(X.eq(mode, X.i(kind)), () -> k.set(flag, X.convert(Scalar.I32, compare(kind, v, s))));
                }
                if (t[11] != null) {
                    k.when(X.eq(mode, X.i(MEMBER)), () -> k.loop("m", t[11].flat(at), t[11].flat(X.add(at, X.i(1))),
                            m -> k.when(X.eq(t[12].flat(m), v), () -> k.set(flag, X.i(1)))));
                }
                yes = X.ne(flag, X.i(0));
            }
            if (t[6] != null) {
                yes = X.or(yes, X.and(X.ne(v, v), X.ne(t[6].flat(at), X.i(0))));
            }
            k.set(at, X.select(yes, t[4].flat(at), t[5].flat(at)));
        });
        return at;
    }

    private static Expr compare(int mode, Expr v, Expr s) {
        return switch (mode) {
            case 0 -> X.le(v, s);
            case 1 -> X.lt(v, s);
            case 2 -> X.ge(v, s);
            case 3 -> X.gt(v, s);
            case 4 -> X.eq(v, s);
            default -> X.ne(v, s);
        };
    }
}
