package dev.lathe.compiler.tflite;

import static dev.lathe.compiler.tflite.TfliteTable.add;
import static dev.lathe.compiler.tflite.TfliteTable.plain;
import static dev.lathe.compiler.tflite.TfliteTable.unary;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** The operators of StableHLO that the format took over: they broadcast nothing by themselves, and their attributes are lists of numbers. */
final class TfliteStable {
    private static final String[] COMPARISONS = {"eq", "ne", "ge", "gt", "le", "lt"};

    private TfliteStable() {}

    static void register() {
        int[] unaries = {162, 175, 177, 178, 179, 180, 182, 189};
        String[] names = {"sigmoid", "abs", "cos", "exp", "floor", "log", "neg", "tanh"};
        for (int i = 0; i < unaries.length; i++) {
            unary(unaries[i], names[i]);
        }
        int[] pairs = {163, 164, 165, 166, 176, 181, 183, 184, 185, 188};
        String[] operations = {"add", "div", "mul", "max", "and", "min", "or", "pow", "fmod", "sub"};
        for (int i = 0; i < pairs.length; i++) {
            plain(pairs[i], operations[i]);
        }
        add(186, n -> n.onnx("Reciprocal", n.op("sqrt", n.need(0))));
        add(168, n -> n.op("min", n.op("max", n.need(1), n.need(0)), n.need(2)));
        add(187, n -> n.op("where", n.need(0), n.need(1), n.need(2)));
        add(192, n -> n.cast(n.need(0), n.type()));
        add(167, TfliteShapes::declared);
        add(169, n -> n.concat(n.in(), n.axis(n.longer(0), n.need(0).rank())));
        add(170, TfliteStable::broadcast);
        add(172, n -> {
            Value x = n.need(0);
            long[] from = n.longs(0);
            long[] to = n.longs(1);
            long[] by = n.longs(2);
            long[] axes = new long[from.length];
            Arrays.setAll(axes, i -> i);
            return n.onnx("Slice", x, n.b().longs(from), n.b().longs(to), n.b().longs(axes), n.b().longs(by));
        });
        add(191, n -> n.op(COMPARISONS[n.later() == null ? 0 : n.later().int32(0, 0)], n.need(0), n.need(1)));
        add(193, n -> {
            Value y = n.need(0);
            long[] size = n.longs(0);
            for (int i = 0; i < size.length; i++) {
                y = n.part(y, i, start(n, 1 + i, y.dim(i), Dim.of(size[i])), Dim.of(size[i]));
            }
            return y;
        });
        add(194, n -> {
            List<Dim> starts = new ArrayList<>();
            for (int i = 0; i < n.need(0).rank(); i++) {
                starts.add(n.dims(n.need(2 + i)).get(0));
            }
            return TfliteRest.updated(n, n.need(0), n.need(1), starts);
        });
        add(195, n -> {
            if (Arrays.stream(n.longs(2)).anyMatch(i -> i != 0)) {
                throw n.unsupported("padding between elements");
            }
            return n.op("pad", Attrs.of("before", Dim.list(n.longs(0)), "after", Dim.list(n.longs(1)), "mode", "constant"), n.need(0), n.reshape(n.need(1), List.of()));
        });
        add(196, n -> {
            List<Dim> dims = Dim.list(Arrays.stream(n.shape()).asLongStream().toArray());
            List<Dim> along = new ArrayList<>(Collections.nCopies(dims.size(), Dim.ONE));
            int axis = n.axis(n.longer(0), dims.size());
            along.set(axis, dims.get(axis));
            Value all = n.op("iota", Attrs.of("size", dims.get(axis), "to", ElementType.I64));
            return n.cast(n.expand(n.reshape(all, along), dims), n.type());
        });
        add(197, TfliteStable::product);
        add(202, n -> n.transpose(n.need(0), Arrays.stream(n.longs(0)).mapToInt(Math::toIntExact).toArray()));
        add(208, n -> n.op("mul", n.op("sign", n.need(0)), n.op("pow", n.op("abs", n.need(0)), n.like(n.need(0), 1.0 / 3))));
    }

    /** Where a part begins: moved until it lies inside. */
    private static Dim start(TfliteNode n, int operand, Dim extent, Dim size) {
        return n.dims(n.need(operand)).get(0).max(Dim.ZERO).min(extent.minus(size));
    }

    private static Value broadcast(TfliteNode n) {
        Value x = n.need(0);
        List<Dim> dims = Dim.list(Arrays.stream(n.shape()).asLongStream().toArray());
        List<Dim> placed = new ArrayList<>(Collections.nCopies(dims.size(), Dim.ONE));
        long[] at = n.longs(0);
        for (int i = 0; i < at.length; i++) {
            placed.set(n.axis(at[i], dims.size()), x.dim(i));
        }
        return n.expand(n.reshape(x, placed), dims);
    }

    /** Sums over some dimensions of both operands; others belong together; the rest stand side by side. */
    private static Value product(TfliteNode n) {
        Value x = n.need(0);
        Value y = n.need(1);
        String[] letters = {letters(0, x.rank()), letters(x.rank(), y.rank())};
        StringBuilder second = new StringBuilder(letters[1]);
        StringBuilder out = new StringBuilder();
        for (int kind = 0; kind < 2; kind++) {
            long[] left = n.longs(2 * kind);
            long[] right = n.longs(2 * kind + 1);
            for (int i = 0; i < left.length; i++) {
                char c = letters[0].charAt(n.axis(left[i], x.rank()));
                second.setCharAt(n.axis(right[i], y.rank()), c);
                out.append(kind == 0 ? "" + c : "");
            }
        }
        String summed = second.toString();
        letters[0].chars().filter(c -> summed.indexOf(c) < 0).forEach(c -> out.append((char) c));
        summed.chars().filter(c -> letters[0].indexOf(c) < 0).forEach(c -> out.append((char) c));
        return n.onnx("Einsum", new Object[] {"equation", letters[0] + "," + summed + "->" + out}, x, y);
    }

    private static String letters(int from, int count) {
        return "abcdefghijklmnopqrstuvwxyz".substring(from, from + count);
    }
}
