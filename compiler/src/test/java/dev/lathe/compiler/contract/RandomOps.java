package dev.lathe.compiler.contract;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.contract.RandomModel.Both;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** One random operation after the other, and what each means in plain Java. Null where the values at hand don't suit. */
final class RandomOps {
    private record Unary(boolean exact, DoubleUnaryOperator f) {}

    private static final Map<String, Unary> UNARY = new TreeMap<>(Map.of("relu", new Unary(true, x -> Math.max(0, x)), "tanh", new Unary(false, Math::tanh),
            "sigmoid", new Unary(false, x -> 1 / (1 + Math.exp(-x))), "sin", new Unary(false, Math::sin), "cos", new Unary(false, Math::cos),
            "neg", new Unary(true, x -> -x), "abs", new Unary(true, Math::abs), "atan", new Unary(false, Math::atan), "exp", new Unary(false, Math::exp),
            "erf", new Unary(false, RandomOps::erf)));
    private static final Map<String, DoubleBinaryOperator> BINARY = new TreeMap<>(Map.of("add", (a, b) -> a + b, "sub", (a, b) -> a - b, "mul", (a, b) -> a * b,
            "max", Math::max, "min", Math::min));
    private static final Map<String, DoubleBinaryOperator> COMPARE = new TreeMap<>(Map.of("lt", (a, b) -> a < b ? 1 : 0, "ge", (a, b) -> a >= b ? 1 : 0,
            "eq", (a, b) -> a == b ? 1 : 0));

    private final RandomModel m;

    RandomOps(RandomModel m) {
        this.m = m;
    }

    private static double erf(double x) {
        // the series: enough for the small numbers here
        double sum = 0;
        double term = x;
        for (int n = 0; n < 200; n++) {
            sum += term / (2 * n + 1);
            term *= -x * x / (n + 1);
        }
        return Math.abs(x) > 5 ? Math.signum(x) : 2 / Math.sqrt(Math.PI) * sum;
    }

    private static <T> T nth(Map<String, T> map, int n, String[] name) {
        name[0] = new ArrayList<>(map.keySet()).get(n);
        return map.get(name[0]);
    }

    private static boolean floats(Both v) {
        return v.type() == ElementType.F32 || v.type() == ElementType.F64;
    }

    Both next() {
        return switch (m.choose(19)) {
            case 0, 1 -> unary();
            case 2, 3 -> binary();
            case 4 -> compare();
            case 5 -> matmul();
            case 6 -> softmax();
            case 7 -> reduce();
            case 8 -> transpose();
            case 9 -> concat();
            case 10 -> slice();
            case 11 -> pad();
            case 12 -> reshape();
            case 13 -> cast();
            case 14, 15 -> conv();
            case 16 -> pool();
            case 17 -> norm();
            default -> gather();
        };
    }

    private Both unary() {
        String[] name = new String[1];
        Unary u = nth(UNARY, m.choose(UNARY.size()), name);
        Both v = m.pick(x -> floats(x) && (!name[0].equals("exp") || x.naive().largest() < 4));
        return v == null ? null : m.op(name[0], Attrs.NONE, v.naive().map(u.exact, u.f), v);
    }

    /** A partner of a value: of its shape, of a shape that is stretched, a constant or a number. */
    private Both partner(Both v) {
        return switch (m.choose(4)) {
            case 0 -> m.scalar(v.type(), m.choose(9) - 4);
            case 1 -> v.rank() > 0 && v.dims().get(v.rank() - 1).isConst() ? m.random(v.type(), v.dims().get(v.rank() - 1).intValue()) : m.scalar(v.type(), 2);
            case 2 -> m.pick(x -> x.type() == v.type() && x.dims().equals(v.dims()));
            default -> {
                Both w = m.pick(x -> x.type() == v.type() && x.dims().equals(v.dims()) && x.rank() > 0 && floats(x));
                yield w == null ? m.scalar(v.type(), 3) : reduce(w, m.choose(w.rank()), m.choose(2), true);
            }
        };
    }

    private Both binary() {
        Both v = m.pick(x -> x.type() != RandomModel.BOOL);
        Both w = partner(v);
        String[] name = new String[1];
        DoubleBinaryOperator f = nth(BINARY, m.choose(BINARY.size()), name);
        boolean swap = m.choose(2) == 1;
        Both a = swap ? w : v;
        Both b = swap ? v : w;
        return m.op(name[0], Attrs.NONE, a.naive().zip(b.naive(), v.type(), f), a, b);
    }

    private Both compare() {
        Both v = m.pick(x -> x.naive().exact() && x.type() != RandomModel.BOOL);
        Both w = m.scalar(v.type(), m.choose(5) - 2);
        String[] name = new String[1];
        DoubleBinaryOperator f = nth(COMPARE, m.choose(COMPARE.size()), name);
        Both c = m.op(name[0], Attrs.NONE, v.naive().zip(w.naive(), RandomModel.BOOL, f), v, w);
        Both other = partner(v);
        return m.choose(3) == 0 ? c : m.op("where", Attrs.NONE, Naive.where(c.naive(), v.naive(), other.naive()), c, v, other);
    }

    private Both matmul() {
        Both a = m.pick(x -> floats(x) && x.rank() >= 2);
        Dim inner = a.dims().get(a.rank() - 1);
        Both b = inner.isConst() && m.choose(2) == 0 ? m.random(a.type(), inner.intValue(), 1 + m.choose(40))
                : m.pick(x -> x.type() == a.type() && x.rank() == 2 && x.dims().get(0).equals(inner));
        return b == null || Naive.count(a.naive().dims()) > 4000 ? null : m.op("matmul", Attrs.NONE, a.naive().matmul(b.naive()), a, b);
    }

    private Both softmax() {
        Both v = m.pick(x -> floats(x) && x.rank() > 0);
        int axis = m.choose(v.rank());
        boolean log = m.choose(3) == 0;
        return m.op(log ? "log_softmax" : "softmax", Attrs.of("axis", axis), v.naive().softmax(axis, log), v);
    }

    private Both reduce() {
        Both v = m.pick(x -> x.type() != RandomModel.BOOL && x.rank() > 0);
        int axis = m.choose(v.rank());
        if (m.choose(4) == 0 && v.naive().dims()[axis] > 0) {
            boolean max = m.choose(2) == 0;
            boolean keep = m.choose(2) == 0;
            boolean last = m.choose(2) == 0;
            Naive n = v.naive().best(axis, keep, max, last);
            return n == null ? null : m.op("arg_reduce", Attrs.of("kind", max ? "max" : "min", "axis", axis, "keep", keep, "last", last), n, v);
        }
        return reduce(v, axis, m.choose(floats(v) ? 4 : 3), m.choose(2) == 0);
    }

    private Both reduce(Both v, int axis, int kind, boolean keep) {
        String name = List.of("sum", "max", "min", "mean").get(kind);
        // the largest of nothing is no number to compare
        if (kind > 0 && v.naive().dims()[axis] == 0) {
            return m.scalar(v.type(), 1);
        }
        Naive n = v.naive().lines(axis, keep, kind == 1 || kind == 2 || !floats(v), v.type(), l -> switch (kind) {
            case 0 -> Arrays.stream(l).sum();
            case 1 -> Arrays.stream(l).max().orElseThrow();
            case 2 -> Arrays.stream(l).min().orElseThrow();
            default -> Arrays.stream(l).average().orElseThrow();
        });
        return m.op("reduce", Attrs.of("kind", name, "axes", new int[] {axis}, "keep", keep), n, v);
    }

    private Both transpose() {
        Both v = m.pick(x -> x.rank() > 1);
        List<Integer> perm = new ArrayList<>();
        for (int i = 0; i < v.rank(); i++) {
            perm.add(i);
        }
        Collections.swap(perm, m.choose(v.rank()), m.choose(v.rank()));
        Collections.rotate(perm, m.choose(v.rank()));
        int[] p = perm.stream().mapToInt(x -> x).toArray();
        return m.op("transpose", Attrs.of("perm", p), v.naive().transpose(p), v);
    }

    private Both concat() {
        Both v = m.pick(x -> x.rank() > 0);
        int axis = m.choose(v.rank());
        Both w = m.pick(x -> x.type() == v.type() && x.rank() == v.rank() && without(x.dims(), axis).equals(without(v.dims(), axis)));
        return Naive.count(v.naive().dims()) > 4000 ? null : m.op("concat", Attrs.of("axis", axis), v.naive().concat(w.naive(), axis), v, w);
    }

    private static List<Dim> without(List<Dim> d, int axis) {
        List<Dim> r = new ArrayList<>(d);
        r.remove(axis);
        return r;
    }

    private static List<Dim> with(List<Dim> d, int axis, Dim x) {
        List<Dim> r = new ArrayList<>(d);
        r.set(axis, x);
        return r;
    }

    private Both slice() {
        Both v = m.pick(x -> x.rank() > 0);
        int axis = m.choose(v.rank());
        Dim n = v.dims().get(axis);
        int size = v.naive().dims()[axis];
        int kind = m.choose(3);
        if (size < 2) {
            return null;
        }
        int[] steps = new int[v.rank()];
        Arrays.fill(steps, 1);
        Dim start = kind == 0 ? Dim.ONE : kind == 1 ? n.minus(1) : Dim.ZERO;
        Dim take = kind == 0 ? n.minus(1) : kind == 1 ? n : n.plus(1).floorDiv(2);
        steps[axis] = kind == 0 ? 1 : kind == 1 ? -1 : 2;
        Naive r = kind == 0 ? v.naive().pick(axis, size - 1, 0, i -> i + 1) : kind == 1 ? v.naive().pick(axis, size, 0, i -> size - 1 - i)
                : v.naive().pick(axis, (size + 1) / 2, 0, i -> 2 * i);
        List<Dim> zeros = new ArrayList<>(Collections.nCopies(v.rank(), Dim.ZERO));
        return m.op("slice", Attrs.of("starts", with(zeros, axis, start), "sizes", with(v.dims(), axis, take), "steps", steps), r, v);
    }

    private Both pad() {
        Both v = m.pick(x -> x.rank() > 0 && floats(x));
        int axis = m.choose(v.rank());
        int before = m.choose(3);
        int after = m.choose(3);
        int size = v.naive().dims()[axis];
        String mode = List.of("constant", "edge", "reflect").get(m.choose(3));
        if (size == 0 || mode.equals("reflect") && size <= Math.max(before, after)) {
            return null;
        }
        List<Dim> zeros = new ArrayList<>(Collections.nCopies(v.rank(), Dim.ZERO));
        Naive r = v.naive().pick(axis, size + before + after, 0.5, i -> {
            int x = i - before;
            return mode.equals("constant") ? x : mode.equals("edge") ? Math.max(0, Math.min(size - 1, x)) : x < 0 ? -x : x >= size ? 2 * size - 2 - x : x;
        });
        Attrs a = Attrs.of("before", with(zeros, axis, Dim.of(before)), "after", with(zeros, axis, Dim.of(after)), "mode", mode);
        return mode.equals("constant") ? m.op("pad", a, r, v, m.scalar(v.type(), 0.5)) : m.op("pad", a, r, v);
    }

    private Both reshape() {
        Both v = m.pick(x -> x.rank() > 0);
        List<Dim> d = new ArrayList<>(v.dims());
        int at = m.choose(v.rank());
        switch (m.choose(3)) {
            case 0 -> d.add(at, Dim.ONE);
            case 1 -> {
                if (at + 1 == d.size()) {
                    return null;
                }
                d.set(at, d.get(at).times(d.remove(at + 1)));
            }
            default -> {
                if (!d.get(at).isConst() || d.get(at).value() % 2 != 0) {
                    return null;
                }
                d.set(at, d.get(at).floorDiv(2));
                d.add(at + m.choose(2), Dim.of(2));
            }
        }
        return d.size() > 6 ? null : m.op("reshape", Attrs.of("dims", d), v.naive().reshape(m.ints(d)), v);
    }

    private Both cast() {
        List<ElementType> types = List.of(ElementType.F32, ElementType.F64, ElementType.I32, ElementType.I64, ElementType.F16);
        ElementType to = types.get(m.choose(types.size()));
        Both v = m.pick(x -> x.type() != to && (x.naive().exact() || to.isFloat() && to != ElementType.F16));
        return v == null ? null : m.op("cast", Attrs.of("to", to), v.naive().cast(to), v);
    }

    private Both image(java.util.function.Predicate<Both> also) {
        return m.pick(x -> x.type() == ElementType.F32 && x.rank() == 4 && x.dims().get(1).isConst() && x.naive().v().length < 20_000 && also.test(x));
    }

    Both conv() {
        int k = 1 + m.choose(3);
        int stride = 1 + m.choose(2);
        int dilation = 1 + m.choose(2);
        int pad = m.choose(2);
        Both v = image(x -> x.naive().dims()[2] + 2 * pad > dilation * (k - 1) && x.naive().dims()[3] + 2 * pad > dilation * (k - 1) && x.naive().dims()[1] <= 40);
        if (v == null) {
            return null;
        }
        int channels = v.naive().dims()[1];
        int groups = m.choose(3) == 0 ? channels : m.choose(3) == 0 && channels % 2 == 0 ? 2 : 1;
        int out = groups == channels ? channels * (1 + m.choose(2)) : groups * (1 + m.choose(20));
        Both w = m.random(ElementType.F32, out, channels / groups, k, k);
        Both b = m.random(ElementType.F32, out);
        int[] pads = {pad, pad, pad, pad};
        return m.op("conv", Attrs.of("strides", new int[] {stride, stride}, "dilations", new int[] {dilation, dilation}, "pads", pads, "groups", groups, "layout", "first"),
                v.naive().conv(w.naive(), b.naive(), stride, dilation, pads, groups), v, w, b);
    }

    private Both pool() {
        int k = 2 + m.choose(2);
        int stride = 1 + m.choose(2);
        Both v = image(x -> x.naive().dims()[2] + 2 >= k && x.naive().dims()[3] + 2 >= k);
        boolean max = m.choose(2) == 0;
        return v == null ? null : m.op("pool", Attrs.of("kind", max ? "max" : "mean", "kernel", new int[] {k, k}, "strides", new int[] {stride, stride},
                "dilations", new int[] {1, 1}, "pads", new int[] {1, 1, 1, 1}, "ceil", false, "count_pads", false, "layout", "first"), v.naive().pool(max, k, stride, 1), v);
    }

    private Both norm() {
        Both v = m.pick(x -> x.type() == ElementType.F32 && x.rank() > 0);
        int last = v == null ? 0 : v.rank() - 1;
        if (v == null || v.naive().dims()[last] == 0) {
            return null;
        }
        Naive mean = v.naive().lines(last, true, false, RandomModel.F64, l -> Arrays.stream(l).average().orElseThrow());
        Naive off = v.naive().zip(mean, RandomModel.F64, (a, b) -> a - b);
        Naive var = off.lines(last, true, false, RandomModel.F64, l -> Arrays.stream(l).map(a -> a * a).average().orElseThrow());
        Naive r = off.zip(var, v.type(), (a, b) -> a / Math.sqrt(b + 0.1));
        return m.op("layer_norm", Attrs.of("dims", 1, "eps", 0.1, "mean", true), Naive.of(v.type(), r.dims(), r.v(), false), v);
    }

    private Both gather() {
        Both v = m.pick(x -> x.rank() > 0 && x.naive().v().length > 0);
        int axis = m.choose(v.rank());
        int n = v.naive().dims()[axis];
        Both at = m.constant(Naive.of(ElementType.I64, new int[] {3}, new double[] {0, -1, n / 2 < n && !v.dims().get(axis).isConst() ? 0 : n / 2}, true));
        Naive r = v.naive().pick(axis, 3, 0, i -> Math.floorMod((int) at.naive().v()[i], n));
        return m.op("gather", Attrs.of("axis", axis), r, v, at);
    }
}
