package dev.lathe.compiler.contract;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;

/**
 * A model made of a list of numbers: the graph with known and with open extents, inputs, and what comes out, computed
 * plainly beside it ({@link Naive}). Shorter lists make smaller models.
 */
final class RandomModel {
    static final ElementType F32 = ElementType.F32;
    static final ElementType F64 = ElementType.F64;
    static final ElementType BOOL = ElementType.BOOL;

    /** A value in the graph of known extents and in that of open ones, and what it must be. */
    record Both(Value known, Value open, Naive naive) {
        int rank() {
            return naive.dims().length;
        }

        List<Dim> dims() {
            return open.tensor().dims();
        }

        ElementType type() {
            return naive.type();
        }
    }

    final Graph known;
    final Graph open;
    final List<Tensor> inputs = new ArrayList<>();
    final List<Naive> outputs = new ArrayList<>();
    /** Operations in words. */
    final List<String> story = new ArrayList<>();

    private final GraphBuilder k = new GraphBuilder();
    private final GraphBuilder o = new GraphBuilder();
    private final int[] extents;
    private final boolean pictures;
    final List<Both> values = new ArrayList<>();
    private final Iterator<Integer> choices;
    final Random data;

    /**
     * A model.
     *
     * @param choices what to do, number by number
     * @param extents of the open dimensions A, B and C, from 1
     * @param pictures begins with a convolution and goes on with what was computed last
     */
    RandomModel(List<Integer> choices, int[] extents, long seed, boolean pictures) {
        this.choices = choices.iterator();
        this.pictures = pictures;
        this.extents = extents;
        this.data = new Random(seed);
        List.of("A", "B", "C").forEach(o::reserveSymbol);
        List<Both> in = List.of(input(F32, "A", 8), input(F32, "A", "B"), input(F32, "B", "C"), input(F32, 2, 4, "A", "C"), input(F64, "C", "A"), input(ElementType.I64, "B", 3),
                input(ElementType.I32, "A"));
        values.addAll(in);
        RandomOps ops = new RandomOps(this);
        while (this.choices.hasNext()) {
            k.at(Loc.of("n" + values.size()));
            o.at(Loc.of("n" + values.size()));
            Both v = pictures && values.size() == in.size() ? ops.conv() : ops.next();
            if (v != null) {
                values.add(calm(v));
            }
        }
        List<Value> ko = new ArrayList<>();
        List<Value> oo = new ArrayList<>();
        for (int i : new int[] {values.size() - 1, values.size() - 2, values.size() / 2}) {
            Both v = op("identity", Attrs.NONE, values.get(i).naive, values.get(i));
            ko.add(v.known);
            oo.add(v.open);
            outputs.add(v.naive);
        }
        known = k.finish("known", ko);
        open = o.finish("open", oo);
    }

    int choose(int n) {
        return choices.hasNext() ? choices.next() % n : 0;
    }

    Both pick() {
        return values.get(values.size() - 1 - near());
    }

    // how far back to look for an operand
    private int near() {
        int n = choose(values.size());
        return pictures && n > 3 ? n % 2 : n;
    }

    /** A recent value that satisfies a condition, or null. */
    Both pick(java.util.function.Predicate<Both> wanted) {
        int from = near();
        for (int i = 0; i < values.size(); i++) {
            Both v = values.get(values.size() - 1 - (from + i) % values.size());
            if (wanted.test(v)) {
                return v;
            }
        }
        return null;
    }

    private Both input(ElementType type, Object... dims) {
        List<Dim> d = Arrays.stream(dims).map(x -> x instanceof Integer i ? Dim.of(i) : Dim.sym((String) x)).toList();
        int[] n = ints(d);
        double[] v = new double[Naive.count(n)];
        for (int i = 0; i < v.length; i++) {
            v[i] = type.isFloat() ? (float) (data.nextGaussian()) : data.nextInt(41) - 20;
        }
        Naive x = Naive.of(type, n, v, true);
        inputs.add(x.tensor());
        String name = "x" + values.size() + inputs.size();
        return new Both(k.input(name, Type.tensor(type, Dim.list(Arrays.stream(n).asLongStream().toArray()))), o.input(name, Type.tensor(type, d)), x);
    }

    Dim known(Dim d) {
        return d.substitute(s -> Dim.of(extents[s.charAt(0) - 'A']));
    }

    int[] ints(List<Dim> d) {
        return d.stream().mapToInt(x -> known(x).intValue()).toArray();
    }

    /** The same operation in both graphs; lists of dimensions among the attributes become numbers in the one of known extents. */
    Both op(String name, Attrs attrs, Naive result, Both... in) {
        Attrs numbers = attrs;
        for (var e : attrs.asMap().entrySet()) {
            if (e.getValue() instanceof List<?> l && !l.isEmpty() && l.get(0) instanceof Dim) {
                numbers = numbers.with(e.getKey(), l.stream().map(d -> known((Dim) d)).toList());
            }
        }
        Both r = new Both(k.op(name, numbers, Arrays.stream(in).map(Both::known).toList()), o.op(name, attrs, Arrays.stream(in).map(Both::open).toList()), result);
        story.add(r.known + " = " + name + Arrays.stream(in).map(b -> "%" + b.known.name()).toList() + " " + attrs + " : " + r.open.type());
        if (!Arrays.equals(ints(r.dims()), result.dims()) || !Arrays.equals(r.known.tensor().ints(), result.dims())) {
            throw new AssertionError("shapes: " + story + " should be " + Arrays.toString(result.dims()));
        }
        return r;
    }

    Both constant(Naive n) {
        return new Both(k.constant(n.tensor()), o.constant(n.tensor()), n);
    }

    Both random(ElementType type, int... dims) {
        double[] v = new double[Naive.count(dims)];
        for (int i = 0; i < v.length; i++) {
            v[i] = type.isFloat() ? (data.nextInt(33) - 16) / 16.0 : data.nextInt(9) - 4;
        }
        return constant(Naive.of(type, dims, v, true));
    }

    Both scalar(ElementType type, double v) {
        return constant(Naive.of(type, new int[0], new double[] {v}, true));
    }

    /** Large numbers are made smaller, so that errors stay small. */
    private Both calm(Both v) {
        if (v.type() == BOOL || v.naive.largest() < 30) {
            return v;
        }
        Both limit = scalar(v.type(), 25);
        Both low = op("min", Attrs.NONE, v.naive.zip(limit.naive, v.type(), Math::min), v, limit);
        Both other = scalar(v.type(), -25);
        return op("max", Attrs.NONE, low.naive.zip(other.naive, v.type(), Math::max), low, other);
    }
}
