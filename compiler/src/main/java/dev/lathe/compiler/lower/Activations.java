package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.util.List;

/** The activation functions of recurrent layers, with their parameters. */
final class Activations {
    private Activations() {}

    /** Names, in lower case. */
    static final List<String> NAMES = List.of("relu", "tanh", "sigmoid", "affine", "leakyrelu", "thresholdedrelu", "scaledtanh",
            "hardsigmoid", "elu", "softsign", "softplus");

    /** {@code name(x)} computed in the storage type of {@code t}. */
    static Expr apply(String name, double alpha, double beta, ElementType t, Expr x) {
        Expr a = number(t, alpha);
        Expr b = number(t, beta);
        Expr zero = number(t, 0);
        Expr one = number(t, 1);
        return switch (name) {
            case "relu" -> op("relu", t, x);
            case "tanh", "sigmoid" -> op(name, t, x);
            case "affine" -> X.fma(a, x, b);
            case "leakyrelu" -> X.select(X.lt(x, zero), X.mul(a, x), x);
            case "thresholdedrelu" -> X.select(X.gt(x, a), x, zero);
            case "scaledtanh" -> X.mul(a, op("tanh", t, X.mul(b, x)));
            case "hardsigmoid" -> bound(t, X.fma(a, x, b), 0, 1);
            case "elu" -> X.select(X.lt(x, zero), X.mul(a, op("expm1", t, x)), x);
            case "softsign" -> X.div(x, X.add(one, X.abs(x)));
            // log(1 + e^x) without overflow
            case "softplus" -> X.add(op("relu", t, x), op("log1p", t, op("exp", t, X.neg(X.abs(x)))));
            default -> throw new IllegalArgumentException("no activation " + name);
        };
    }

    // the narrow types are computed in f32
    private static Expr op(String name, ElementType t, Expr x) {
        ElementType wide = t.storage() == Storage.F64 ? ElementType.F64 : ElementType.F32;
        return Elementwise.apply(name, Attrs.NONE, wide, wide, List.of(x));
    }

    static Expr number(ElementType t, double v) {
        return t.storage() == Storage.F64 ? X.d(v) : X.f((float) v);
    }

    /** {@code x} between two bounds; NaN passes. */
    static Expr bound(ElementType t, Expr x, double lo, double hi) {
        Expr up = X.select(X.gt(x, number(t, hi)), number(t, hi), x);
        return X.select(X.lt(up, number(t, lo)), number(t, lo), up);
    }
}
