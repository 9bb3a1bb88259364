package dev.lathe.compiler.ir;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;

/** Follows small integer tensors through shape arithmetic: which dimensions their elements are. */
final class SymbolicValues {
    /** Longest vector that is followed. */
    private static final int MOST = 64;

    private SymbolicValues() {}

    static void propagate(Node n, GraphBuilder b) {
        if (n.outputs().size() != 1 || n.out() == null || !(n.out().type() instanceof Type.TensorType t) || t.rank() > 1
                || t.elem() != ElementType.I64 && t.elem() != ElementType.I32 && t.elem() != ElementType.BOOL
                || !t.isStatic() || t.size().value() > MOST) {
            return;
        }
        List<Dim> d = value(n, t.size().intValue(), b);
        if (d != null) {
            b.symbolic(n.out(), d);
        }
    }

    private static List<Dim> value(Node n, int size, GraphBuilder b) {
        switch (n.op()) {
            case "const" -> {
                Tensor t = n.attrs().tensor("value");
                List<Dim> r = new ArrayList<>();
                for (long v : t.integers()) {
                    r.add(Dim.of(v));
                }
                return r;
            }
            case "dims_of" -> {
                return n.attrs().dims("dims");
            }
            case "reshape" -> {
                return b.symbolic(n.in(0));
            }
            case "cast" -> {
                return n.attrs().type("to") == ElementType.BOOL || !n.in(0).elem().isInteger() ? null : b.symbolic(n.in(0));
            }
            case "expand" -> {
                List<Dim> x = b.symbolic(n.in(0));
                return x == null ? null : x.size() == size ? x : java.util.Collections.nCopies(size, x.get(0));
            }
            case "slice" -> {
                List<Dim> x = b.symbolic(n.in(0));
                if (x == null || n.in(0).rank() != 1 || !n.attrs().dims("starts").get(0).isConst()) {
                    return null;
                }
                List<Dim> r = new ArrayList<>();
                int at = n.attrs().dims("starts").get(0).intValue();
                for (int i = 0; i < size; i++, at += n.attrs().ints("steps")[0]) {
                    r.add(x.get(at));
                }
                return r;
            }
            case "concat" -> {
                List<Dim> r = new ArrayList<>();
                for (Value v : n.inputs()) {
                    List<Dim> x = b.symbolic(v);
                    if (x == null) {
                        return null;
                    }
                    r.addAll(x);
                }
                return r;
            }
            case "gather" -> {
                List<Dim> x = b.symbolic(n.in(0));
                List<Dim> i = b.symbolic(n.in(1));
                if (x == null || i == null || n.in(0).rank() != 1 || !i.stream().allMatch(Dim::isConst)) {
                    return null;
                }
                return i.stream().map(k -> x.get((int) (k.value() < 0 ? k.value() + x.size() : k.value()))).toList();
            }
            case "neg" -> {
                List<Dim> x = b.symbolic(n.in(0));
                return x == null ? null : x.stream().map(v -> v.times(-1)).toList();
            }
            case "add" -> {
                return binary(n, size, b, Dim::plus);
            }
            case "sub" -> {
                return binary(n, size, b, Dim::minus);
            }
            case "mul" -> {
                return binary(n, size, b, Dim::times);
            }
            case "div" -> {
                // truncation and floor agree for dimensions, which are not negative
                return binary(n, size, b, (x, y) -> y.isConst() && y.value() > 0 ? x.floorDiv(y) : y.isConst() ? null : x.floorDiv(y));
            }
            case "max" -> {
                return binary(n, size, b, Dim::max);
            }
            case "min" -> {
                return binary(n, size, b, Dim::min);
            }
            case "eq" -> {
                return binary(n, size, b, (x, y) -> x.equals(y) ? Dim.ONE : x.isConst() && y.isConst() ? Dim.ZERO : positiveAgainst(x, y));
            }
            case "where" -> {
                List<Dim> c = b.symbolic(n.in(0));
                List<Dim> x = b.symbolic(n.in(1));
                List<Dim> y = b.symbolic(n.in(2));
                if (c == null || x == null || y == null || !c.stream().allMatch(Dim::isConst)) {
                    return null;
                }
                List<Dim> r = new ArrayList<>();
                for (int i = 0; i < size; i++) {
                    r.add(at(c, i).is(0) ? at(y, i) : at(x, i));
                }
                return r;
            }
            default -> {
                return null;
            }
        }
    }

    /** A dimension is never negative, so it never equals a negative constant (the -1 of shapes). */
    private static Dim positiveAgainst(Dim x, Dim y) {
        return y.isConst() && y.value() < 0 && x.symbol() != null || x.isConst() && x.value() < 0 && y.symbol() != null ? Dim.ZERO : null;
    }

    private static Dim at(List<Dim> d, int i) {
        return d.get(d.size() == 1 ? 0 : i);
    }

    private static List<Dim> binary(Node n, int size, GraphBuilder b, BinaryOperator<Dim> f) {
        List<Dim> x = b.symbolic(n.in(0));
        List<Dim> y = b.symbolic(n.in(1));
        if (x == null || y == null || x.isEmpty() || y.isEmpty()) {
            return x != null && y != null && size == 0 ? List.of() : null;
        }
        List<Dim> r = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            Dim d;
            try {
                d = f.apply(at(x, i), at(y, i));
            } catch (ArithmeticException e) {
                return null;
            }
            if (d == null) {
                return null;
            }
            r.add(d);
        }
        return r;
    }
}
