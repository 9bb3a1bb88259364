package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What the elementwise operations mean: one element of the result from one element of each operand. */
public final class Elementwise {
    private Elementwise() {}

    /** The values of a region's outputs for the given arguments, scalars or vectors; {@code let} names a value that is used again. */
    public static List<Expr> region(Graph region, List<Expr> args, UnaryOperator<Expr> let) {
        Map<Value, Expr> values = new IdentityHashMap<>();
        for (int i = 0; i < args.size(); i++) {
            values.put(region.inputs().get(i), let.apply(args.get(i)));
        }
        for (Node n : region.nodes()) {
            if (n.is("const")) {
                values.put(n.out(), like(args.get(0), literal(n.attrs().tensor("value"))));
                continue;
            }
            List<Expr> in = new ArrayList<>();
            n.inputs().forEach(v -> in.add(values.get(v)));
            values.put(n.out(), let.apply(apply(n, in)));
        }
        return region.outputs().stream().map(values::get).toList();
    }

    /** A scalar in every lane, where {@code args} are vectors. */
    static Expr like(Expr arg, Expr scalar) {
        return arg.type().isVector() ? X.splat(scalar, arg.type().lanes()) : scalar;
    }

    /** The single element of a tensor. */
    public static Expr literal(Tensor t) {
        return switch (t.type().storage()) {
            case F32 -> X.f(t.floats()[0]);
            case F64 -> X.d(t.doubles()[0]);
            case I32 -> X.i(t.ints()[0]);
            case I64 -> X.l(t.longs()[0]);
            case REF -> throw new IllegalArgumentException("a string is no literal");
        };
    }

    public static Expr apply(Node n, List<Expr> a) {
        return apply(n.op(), n.attrs(), n.in(n.is("where") ? 1 : 0).elem(), n.out().elem(), a);
    }

    /** @param in element type of the operands (of the branches for {@code where}) */
    public static Expr apply(String op, Attrs attrs, ElementType in, ElementType out, List<Expr> a) {
        return switch (op) {
            case "where" -> X.select(X.ne(a.get(0), X.i(0)), a.get(1), a.get(2));
            case "fma" -> narrow(out, X.fma(a.get(0), a.get(1), a.get(2)));
            case "eq", "ne", "lt", "le", "gt", "ge" -> X.convert(Scalar.I32, compare(op, in, a.get(0), a.get(1)));
            case "is_nan" -> X.convert(Scalar.I32, X.ne(a.get(0), a.get(0)));
            case "is_inf" -> isInf(attrs, in, a.get(0));
            case "cast" -> Casts.cast(in, out, attrs.has("saturate") ? attrs.flag("saturate") : true, a.get(0));
            case "bitcast" -> Casts.bitcast(in, out, a.get(0));
            default -> narrow(out, a.size() == 1 ? unary(op, in, a.get(0)) : binary(op, in, a.get(0), a.get(1)));
        };
    }

    /** Brings a result computed in the storage type back into the range or precision of {@code t}. */
    public static Expr narrow(ElementType t, Expr e) {
        return Casts.narrow(t, e);
    }

    private static Expr zero(Expr like) {
        return number(like, 0);
    }

    private static Expr number(Expr like, double v) {
        Expr s = switch (like.type().scalar()) {
            case F32 -> X.f((float) v);
            case F64 -> X.d(v);
            case I32 -> X.i((int) v);
            case I64 -> X.l((long) v);
            case BOOL, REF -> throw new LatheException("", "this operation takes numbers, not text or truth values");
        };
        return like(like, s);
    }

    private static Expr math(ElementType t, String f, Expr... a) {
        return X.call(t.storage() == dev.lathe.runtime.Storage.F64 ? "F64Math" : "F32Math", f, a);
    }

    private static Expr helper(String f, Expr... a) {
        return X.call("ScalarOps", f, a);
    }

    private static Expr compare(String op, ElementType t, Expr a, Expr b) {
        if (t == ElementType.STR) {
            Expr e = helper("sameString", a, b);
            return op.equals("eq") ? e : X.not(e);
        }
        Expr x = t == ElementType.U64 ? X.xor(a, X.l(Long.MIN_VALUE)) : a;
        Expr y = t == ElementType.U64 ? X.xor(b, X.l(Long.MIN_VALUE)) : b;
        return switch (op) {
            case "eq" -> X.eq(x, y);
            case "ne" -> X.ne(x, y);
            case "lt" -> X.lt(x, y);
            case "le" -> X.le(x, y);
            case "gt" -> X.gt(x, y);
            case "ge" -> X.ge(x, y);
            default -> throw new IllegalArgumentException(op);
        };
    }

    private static Expr isInf(Attrs attrs, ElementType t, Expr x) {
        Expr no = X.i(0);
        Expr pos = X.select(X.eq(x, number(x, Double.POSITIVE_INFINITY)), X.i(1), X.i(0));
        Expr neg = X.select(X.eq(x, number(x, Double.NEGATIVE_INFINITY)), X.i(1), X.i(0));
        if (!t.isFloat()) {
            return no;
        }
        boolean p = !attrs.has("positive") || attrs.flag("positive");
        boolean n = !attrs.has("negative") || attrs.flag("negative");
        return p && n ? X.or(pos, neg) : p ? pos : n ? neg : no;
    }

    private static Expr unary(String op, ElementType t, Expr x) {
        boolean f = t.isFloat();
        return switch (op) {
            case "neg" -> X.neg(x);
            case "abs" -> t.isUnsigned() ? x : X.abs(x);
            // NaN stays NaN, -0 stays -0
            case "sign" -> t.isUnsigned()
                    ? X.select(X.ne(x, zero(x)), number(x, 1), zero(x))
                    : X.select(X.gt(x, zero(x)), number(x, 1), X.select(X.lt(x, zero(x)), number(x, -1), x));
            case "floor" -> f ? X.floor(x) : x;
            case "ceil" -> f ? X.ceil(x) : x;
            case "round" -> f ? X.rint(x) : x;
            case "sqrt" -> X.sqrt(x);
            // NaN passes, -0 becomes 0 as with Math.max; one comparison and one blend
            case "relu" -> X.select(X.le(x, zero(x)), zero(x), x);
            case "not" -> t == ElementType.BOOL ? X.xor(x, X.i(1)) : X.not(x);
            default -> math(t, op, x);
        };
    }

    private static Expr binary(String op, ElementType t, Expr a, Expr b) {
        boolean f = t.isFloat();
        boolean u64 = t == ElementType.U64;
        return switch (op) {
            case "add" -> X.add(a, b);
            case "sub" -> X.sub(a, b);
            case "mul" -> X.mul(a, b);
            case "div" -> f ? X.div(a, b) : helper(u64 ? "divideUnsigned" : "divide", a, b);
            case "mod" -> f ? helper("floorMod", a, b) : helper(u64 ? "remainderUnsigned" : "floorMod", a, b);
            case "fmod" -> f ? X.rem(a, b) : helper(u64 ? "remainderUnsigned" : "remainder", a, b);
            case "pow" -> f ? math(t, "pow", a, b) : helper("power", a, b);
            case "min" -> u64 ? X.select(compare("lt", t, a, b), a, b) : bound(true, a, b);
            case "max" -> u64 ? X.select(compare("lt", t, a, b), b, a) : bound(false, a, b);
            case "and" -> X.and(a, b);
            case "or" -> X.or(a, b);
            case "xor" -> X.xor(a, b);
            case "shl" -> helper("shiftLeft", a, b);
            case "shr" -> helper(t.isUnsigned() ? "shiftRight" : "shiftRightSigned", a, b);
            case "prelu" -> X.select(X.lt(a, zero(a)), X.mul(a, b), a);
            case "join" -> X.call("StringOps", "concat", a, b);
            case "atan2" -> math(t, "atan2", a, b);
            default -> throw new IllegalArgumentException(op);
        };
    }

    // against a literal other than 0 and NaN a comparison gives the same as Math.min/max and costs less
    private static Expr bound(boolean min, Expr a, Expr b) {
        if (plainLiteral(b) && a.type().scalar().isFloat()) {
            return X.select(min ? X.gt(a, b) : X.lt(a, b), b, a);
        }
        if (plainLiteral(a) && a.type().scalar().isFloat()) {
            return bound(min, b, a);
        }
        return min ? X.min(a, b) : X.max(a, b);
    }

    private static boolean plainLiteral(Expr of) {
        Expr e = of instanceof Expr.Splat s ? s.a() : of;
        if (!(e instanceof Expr.Lit l)) {
            return false;
        }
        double v = l.scalar() == Scalar.F32 ? Float.intBitsToFloat((int) l.bits()) : Double.longBitsToDouble(l.bits());
        return v != 0 && !Double.isNaN(v);
    }
}
