package dev.lathe.compiler.ir;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.op.Shapes;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/**
 * Follows small tensors through shape arithmetic: which dimensions their elements are, or for real numbers which
 * fractions of dimensions.
 */
final class SymbolicValues {
    /** Most elements that are followed. */
    private static final int MOST = 64;
    /** Operations that are followed for matrices, too: they only move elements (how PyTorch writes the amounts of a padding). */
    private static final Set<String> MOVES = Set.of("const", "reshape", "identity", "cast", "transpose", "slice");

    private final Node n;
    private final GraphBuilder b;
    private final int size;
    private final boolean real;

    private SymbolicValues(Node n, GraphBuilder b, TensorType t) {
        this.n = n;
        this.b = b;
        this.size = t.size().intValue();
        this.real = t.elem().isFloat();
    }

    /** Follows what {@code n} computes; a constant only when it is asked for, which those of most models never are. */
    static void propagate(Node n, GraphBuilder b) {
        if (n.outputs().size() != 1 || n.out() == null || !(n.out().type() instanceof TensorType t) || !isFollowed(n, t.rank())
                || t.elem() != ElementType.I64 && t.elem() != ElementType.I32 && t.elem() != ElementType.BOOL && t.elem() != ElementType.F32
                        && t.elem() != ElementType.F64
                || !t.isStatic() || t.size().value() > MOST) {
            return;
        }
        if (n.is("const")) {
            b.unread(n);
        } else {
            follow(n, b, t);
        }
    }

    /** The elements of a constant that was left unread. */
    static void read(Node constant, GraphBuilder b) {
        follow(constant, b, constant.out().tensor());
    }

    private static void follow(Node n, GraphBuilder b, TensorType t) {
        List<Fraction> f;
        try {
            f = new SymbolicValues(n, b, t).value();
        } catch (ArithmeticException overflow) {
            return;
        }
        // what has grown too long is computed by the operations themselves
        if (f == null || f.stream().anyMatch(x -> x == null || !GraphBuilder.isShort(x.num()) || !GraphBuilder.isShort(x.den()))) {
            return;
        }
        if (t.elem().isFloat()) {
            b.fractions(n.out(), f);
        } else {
            b.symbolic(n.out(), f.stream().map(Fraction::num).toList());
        }
    }

    private static boolean isFollowed(Node n, int rank) {
        return rank <= 1 && !takesMatrix(n) || MOVES.contains(n.op());
    }

    private static boolean takesMatrix(Node n) {
        for (Value v : n.inputs()) {
            if (v != null && v.type() instanceof TensorType t && t.rank() > 1) {
                return true;
            }
        }
        return false;
    }

    /** The elements of operand {@code i}, or null. */
    private List<Fraction> in(int i) {
        Value v = n.in(i);
        if (v.type() instanceof TensorType t && t.elem().isFloat()) {
            return b.fractions(v);
        }
        List<Dim> d = b.symbolic(v);
        return d == null ? null : d.stream().map(Fraction::of).toList();
    }

    private List<Fraction> value() {
        switch (n.op()) {
            case "const" -> {
                Tensor t = n.attrs().tensor("value");
                List<Fraction> r = new ArrayList<>();
                for (int i = 0; i < t.size(); i++) {
                    r.add(real ? Fraction.of(t.number(i)) : Fraction.of(Dim.of(t.integer(i))));
                }
                return r;
            }
            case "dims_of" -> {
                return n.attrs().dims("dims").stream().map(Fraction::of).toList();
            }
            case "reshape", "identity" -> {
                return in(0);
            }
            case "cast" -> {
                return cast();
            }
            case "expand" -> {
                List<Fraction> x = in(0);
                return x == null ? null : x.size() == size ? x : Collections.nCopies(size, x.get(0));
            }
            case "slice" -> {
                List<Fraction> x = in(0);
                if (x == null || !n.attrs().dims("starts").stream().allMatch(Dim::isConst)) {
                    return null;
                }
                int[] strides = n.attrs().ints("steps").clone();
                int at = 0;
                int[] packed = packed(n.in(0));
                for (int i = 0; i < strides.length; i++) {
                    at += n.attrs().dims("starts").get(i).intValue() * packed[i];
                    strides[i] *= packed[i];
                }
                return walk(x, at, strides);
            }
            case "transpose" -> {
                List<Fraction> x = in(0);
                int[] perm = n.attrs().ints("perm");
                int[] packed = packed(n.in(0));
                return x == null ? null : walk(x, 0, java.util.Arrays.stream(perm).map(i -> packed[i]).toArray());
            }
            case "concat" -> {
                List<Fraction> r = new ArrayList<>();
                for (int i = 0; i < n.inputs().size(); i++) {
                    List<Fraction> x = in(i);
                    if (x == null) {
                        return null;
                    }
                    r.addAll(x);
                }
                return r;
            }
            case "gather" -> {
                List<Fraction> x = in(0);
                List<Fraction> i = in(1);
                if (x == null || i == null || n.in(0).rank() != 1 || !i.stream().allMatch(k -> k.num().isConst())) {
                    return null;
                }
                return i.stream().map(k -> x.get((int) (k.num().value() < 0 ? k.num().value() + x.size() : k.num().value()))).toList();
            }
            case "iota" -> {
                List<Fraction> r = new ArrayList<>();
                for (int i = 0; i < size; i++) {
                    r.add(Fraction.of(Dim.of(i)));
                }
                return r;
            }
            case "reduce" -> {
                return reduce();
            }
            case "neg" -> {
                return unary(x -> new Fraction(x.num().times(-1), x.den()));
            }
            case "floor" -> {
                return unary(x -> Fraction.of(x.floor()));
            }
            case "ceil" -> {
                return unary(x -> Fraction.of(x.ceil()));
            }
            case "round" -> {
                return unary(x -> x.isWhole() ? x : null);
            }
            case "add" -> {
                return binary(Fraction::plus);
            }
            case "sub" -> {
                return binary(Fraction::minus);
            }
            case "mul" -> {
                return binary(Fraction::times);
            }
            case "div" -> {
                // truncation and floor agree for dimensions, which are not negative
                return binary((x, y) -> real ? x.over(y) : y.num().isConst() && y.num().value() <= 0 ? null : Fraction.of(x.num().floorDiv(y.num())));
            }
            case "mod" -> {
                return real ? null : binary((x, y) -> y.num().isConst() && y.num().value() <= 0 ? null : Fraction.of(x.num().mod(y.num())));
            }
            case "max" -> {
                return binary((x, y) -> x.den().equals(y.den()) ? new Fraction(x.num().max(y.num()), x.den()) : null);
            }
            case "min" -> {
                return binary((x, y) -> x.den().equals(y.den()) ? new Fraction(x.num().min(y.num()), x.den()) : null);
            }
            case "eq" -> {
                return binary((x, y) -> x.equals(y) ? Fraction.of(Dim.ONE) : different(x, y) ? Fraction.of(Dim.ZERO) : null);
            }
            case "ne" -> {
                return binary((x, y) -> x.equals(y) ? Fraction.of(Dim.ZERO) : different(x, y) ? Fraction.of(Dim.ONE) : null);
            }
            case "lt", "le", "gt", "ge" -> {
                return binary(this::ordered);
            }
            case "not", "and", "or", "xor" -> {
                return n.out().elem() != ElementType.BOOL ? null : n.is("not") ? unary(x -> truth(x) == null ? null : truth(!truth(x))) : binary(this::logic);
            }
            case "where" -> {
                return where();
            }
            default -> {
                return null;
            }
        }
    }

    private static int[] packed(Value v) {
        int[] r = new int[v.rank()];
        int stride = 1;
        for (int i = r.length - 1; i >= 0; i--) {
            r[i] = stride;
            stride *= v.dim(i).intValue();
        }
        return r;
    }

    /** The result's elements when they stand at multiples of {@code strides} from {@code first} on. */
    private List<Fraction> walk(List<Fraction> x, int first, int[] strides) {
        List<Fraction> r = new ArrayList<>();
        int[] index = new int[strides.length];
        for (int k = 0; k < size; k++) {
            int at = first;
            for (int i = 0; i < index.length; i++) {
                at += index[i] * strides[i];
            }
            r.add(x.get(at));
            for (int i = index.length - 1; i >= 0 && ++index[i] == n.out().dim(i).intValue(); i--) {
                index[i] = 0;
            }
        }
        return r;
    }

    private static Boolean truth(Fraction x) {
        return x.isWhole() && x.num().isConst() ? Boolean.valueOf(!x.num().is(0)) : null;
    }

    private static Fraction truth(boolean b) {
        return Fraction.of(b ? Dim.ONE : Dim.ZERO);
    }

    private Fraction logic(Fraction a, Fraction b) {
        Boolean x = truth(a);
        Boolean y = truth(b);
        boolean and = n.is("and");
        if (!n.is("xor") && (x != null && x != and || y != null && y != and)) {
            return truth(!and);
        }
        return x == null || y == null ? null : truth(n.is("xor") ? x ^ y : and);
    }

    // dimensions are not negative
    private Fraction ordered(Fraction a, Fraction b) {
        if (!a.isWhole() || !b.isWhole()) {
            return null;
        }
        boolean swap = n.is("gt") || n.is("le");
        Dim d = swap ? b.num().minus(a.num()) : a.num().minus(b.num());
        // lt: d < 0; ge: d >= 0
        boolean less = n.is("lt") || n.is("gt");
        if (d.isConst()) {
            return truth(d.value() < 0 == less);
        }
        return Shapes.neverNegative(d) ? truth(!less) : null;
    }

    private List<Fraction> cast() {
        ElementType from = n.in(0).elem();
        if (n.out().elem() == ElementType.BOOL) {
            return unary(x -> truth(x) == null ? null : truth(truth(x)));
        }
        if (!from.isInteger() && from != ElementType.BOOL && from != ElementType.F32 && from != ElementType.F64) {
            return null;
        }
        // a real number is cut off, which is rounding down where it can't be negative
        return real || from.isInteger() || from == ElementType.BOOL ? in(0) : unary(x -> x.isWhole() ? x : Shapes.neverNegative(x.num()) ? Fraction.of(x.floor()) : null);
    }

    // a vector to one element
    private List<Fraction> reduce() {
        List<Fraction> x = in(0);
        if (x == null || x.isEmpty() || n.in(0).rank() != 1 || n.attrs().ints("axes").length != 1) {
            return null;
        }
        BinaryOperator<Fraction> f = switch (n.attrs().text("kind")) {
            case "sum" -> Fraction::plus;
            case "prod" -> Fraction::times;
            case "max" -> (p, q) -> p.den().equals(q.den()) ? new Fraction(p.num().max(q.num()), p.den()) : null;
            case "min" -> (p, q) -> p.den().equals(q.den()) ? new Fraction(p.num().min(q.num()), p.den()) : null;
            default -> null;
        };
        Fraction r = f == null ? null : x.get(0);
        for (int i = 1; i < x.size() && r != null; i++) {
            r = f.apply(r, x.get(i));
        }
        return r == null ? null : List.of(r);
    }

    /** Two constants, or a dimension, which is never negative, and a negative constant (the -1 of shapes). */
    private static boolean different(Fraction x, Fraction y) {
        Dim a = x.num();
        Dim b = y.num();
        return x.isWhole() && y.isWhole()
                && (a.isConst() && b.isConst() || b.isConst() && b.value() < 0 && a.symbol() != null || a.isConst() && a.value() < 0 && b.symbol() != null);
    }

    private List<Fraction> where() {
        List<Fraction> c = in(0);
        List<Fraction> x = in(1);
        List<Fraction> y = in(2);
        if (c == null || x == null || y == null || !c.stream().allMatch(k -> k.num().isConst())) {
            return null;
        }
        List<Fraction> r = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            r.add(at(c, i).num().is(0) ? at(y, i) : at(x, i));
        }
        return r;
    }

    private static Fraction at(List<Fraction> d, int i) {
        return d.get(d.size() == 1 ? 0 : i);
    }

    private List<Fraction> unary(UnaryOperator<Fraction> f) {
        List<Fraction> x = in(0);
        return x == null ? null : combine(i -> f.apply(x.get(i)));
    }

    private List<Fraction> binary(BinaryOperator<Fraction> f) {
        List<Fraction> x = in(0);
        List<Fraction> y = in(1);
        if (x == null || y == null || x.isEmpty() || y.isEmpty()) {
            return x != null && y != null && size == 0 ? List.of() : null;
        }
        return combine(i -> f.apply(at(x, i), at(y, i)));
    }

    private List<Fraction> combine(java.util.function.IntFunction<Fraction> element) {
        List<Fraction> r = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            Fraction f = element.apply(i);
            if (f == null) {
                return null;
            }
            r.add(f);
        }
        return r;
    }
}
