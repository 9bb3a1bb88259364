package dev.lathe.compiler.onnx.ops;

import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;

/** What the classifiers and regressors of ai.onnx.ml do with their scores [rows, classes]. */
final class Scores {
    private final NodeImport n;
    private final Calc c;

    Scores(NodeImport n) {
        this.n = n;
        this.c = new Calc(n);
    }

    /** Attribute {@code post_transform} applied. */
    Value transformed(Value s) {
        return transformed(s, n.text("post_transform", "NONE"));
    }

    Value transformed(Value s, String how) {
        return switch (how) {
            case "NONE" -> s;
            case "LOGISTIC" -> n.op("sigmoid", s);
            case "SOFTMAX" -> n.op("softmax", Attrs.of("axis", 1), s);
            case "SOFTMAX_ZERO" -> softmaxZero(s);
            case "PROBIT" -> probit(s);
            default -> throw n.unsupported("post_transform " + how);
        };
    }

    // scores of 0 take no part
    private Value softmaxZero(Value s) {
        Value given = n.op("gt", n.op("abs", s), c.num(s, 1e-7));
        Value max = c.reduce("max", s, true, 1);
        Value e = c.where(given, n.op("exp", c.sub(s, max)), c.mul(s, n.op("exp", n.op("neg", max))));
        return c.div(e, c.reduce("sum", c.where(given, e, c.num(s, 0)), true, 1));
    }

    // the quantiles of the normal distribution, by Winitzki's approximation of the inverse error function
    private Value probit(Value s) {
        Value x = c.add(c.mul(s, 2), -1);
        Value l = n.op("log", c.sub(c.num(s, 1), c.mul(x, x)));
        Value a = c.add(c.mul(l, 0.5), 2 / (Math.PI * 0.147));
        Value root = n.op("sqrt", c.sub(n.op("sqrt", c.sub(c.mul(a, a), c.mul(l, 1 / 0.147))), a));
        return c.mul(c.mul(n.op("sign", x), root), 1.41421356);
    }

    /**
     * Two classes told by one score [rows, 1]: the scores of both. As ONNX Runtime has it, one score alone is transformed
     * by LOGISTIC and PROBIT only.
     *
     * @param complement 1-s rather than -s for the first
     */
    Value both(Value s, boolean complement) {
        String how = n.text("post_transform", "NONE");
        boolean logistic = how.equals("LOGISTIC");
        Value first = complement && !logistic ? c.sub(c.num(s, 1), s) : n.op("neg", s);
        return transformed(n.op("concat", Attrs.of("axis", 1), first, s), logistic || how.equals("PROBIT") ? how : "NONE");
    }

    /** The index of the class that one score [rows, 1] tells: the second where it is more than this. */
    Value told(Value s, double above) {
        return c.reshape(c.cast(n.op("gt", s, c.num(s, above)), ElementType.I64), s.dim(0));
    }

    /** The index of the largest score of each row, the first of equal ones. */
    Value best(Value s) {
        return n.op("arg_reduce", Attrs.of("kind", "max", "axis", 1, "keep", false, "last", false), s);
    }

    /** Attribute {@code classlabels_*}, or null. */
    Tensor labels(String ints) {
        Tensor t = EncoderImport.strings(n, "classlabels_strings");
        return t != null && t.size() > 0 ? t : EncoderImport.longs(n, ints);
    }

    /** The labels of classes [rows]; the numbers themselves when there are no labels. */
    Value label(Value index, Tensor labels) {
        return labels == null || labels.size() == 0 ? index : c.gather(n.b().constant(labels), index, 0);
    }

    /** Results label and scores. */
    void out(Value index, Tensor labels, Value scores) {
        n.out(0, label(index, labels));
        n.out(1, scores);
    }
}
