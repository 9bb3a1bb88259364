package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;

/** ai.onnx.ml: scaling and cleaning of features, linear models. */
public final class LinearModelImport {
    private LinearModelImport() {}

    public static void register() {
        String ml = EncoderImport.ML;
        add(ml + "Binarizer", n -> {
            Calc c = new Calc(n);
            n.out(c.cast(n.op("gt", n.need(0), n.like(0, n.real("threshold", 0))), n.elem(0)));
        });
        add(ml + "Scaler", n -> {
            Calc c = new Calc(n);
            Value x = c.cast(n.need(0), ElementType.F32);
            Value y = n.hasAttr("offset") ? c.sub(x, vector(n, "offset")) : x;
            n.out(n.hasAttr("scale") ? c.mul(y, vector(n, "scale")) : y);
        });
        add(ml + "Normalizer", LinearModelImport::normalize);
        add(ml + "Imputer", LinearModelImport::impute);
        add(ml + "LinearRegressor", n -> {
            Scores s = new Scores(n);
            int targets = (int) n.integer("targets", 1);
            n.out(s.transformed(linear(n, rows(n), targets)));
        });
        add(ml + "LinearClassifier", LinearModelImport::classify);
    }

    private static Value vector(NodeImport n, String name) {
        float[] v = n.reals(name);
        return n.b().constant(Tensor.ofFloats(new int[] {v.length}, v));
    }

    /** Operand 0 as rows of f32. */
    static Value rows(NodeImport n) {
        Calc c = new Calc(n);
        return c.cast(EncoderImport.rows(c, n.need(0)), ElementType.F32);
    }

    /** x * coefficients^T + intercepts. */
    static Value linear(NodeImport n, Value x, int targets) {
        float[] w = n.reals("coefficients");
        if (w == null || targets < 1 || w.length % targets != 0) {
            throw new LatheException("", "it has " + (w == null ? 0 : w.length) + " coefficients for " + targets + " targets");
        }
        int features = w.length / targets;
        float[] t = new float[w.length];
        for (int i = 0; i < targets; i++) {
            for (int k = 0; k < features; k++) {
                t[k * targets + i] = w[i * features + k];
            }
        }
        Value y = n.op("matmul", x, n.b().constant(Tensor.ofFloats(new int[] {features, targets}, t)));
        return n.hasAttr("intercepts") ? n.op("add", y, vector(n, "intercepts")) : y;
    }

    private static void classify(NodeImport n) {
        Scores s = new Scores(n);
        Tensor labels = s.labels("classlabels_ints");
        int features = n.need(0).dim(-1).isConst() ? n.need(0).dim(-1).intValue() : 0;
        float[] b = n.reals("intercepts");
        int classes = b != null && b.length > 0 ? b.length : features > 0 ? n.needReals("coefficients").length / features : labels == null ? 1 : labels.size();
        Value y = linear(n, rows(n), classes);
        if (classes > 1) {
            s.out(s.best(y), labels, s.transformed(y));
            return;
        }
        s.out(s.told(y, 0), labels, s.both(y, true));
    }

    private static void normalize(NodeImport n) {
        Calc c = new Calc(n);
        Value x = c.cast(n.need(0), ElementType.F32);
        int axis = x.rank() - 1;
        Value by = switch (n.text("norm", "MAX")) {
            case "MAX" -> c.reduce("max", x, true, axis);
            case "L1" -> c.reduce("l1", x, true, axis);
            case "L2" -> c.reduce("l2", x, true, axis);
            default -> throw n.unsupported("norm " + n.text("norm", "MAX"));
        };
        // a row of zeros stays
        n.out(c.div(x, c.where(c.eq(by, 0), c.num(by, 1), by)));
    }

    private static void impute(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        if (x.elem().isFloat()) {
            float old = n.real("replaced_value_float", 0);
            Value missing = Float.isNaN(old) ? n.op("is_nan", x) : c.eq(x, old);
            n.out(c.where(missing, c.cast(vector(n, "imputed_value_floats"), x.elem()), x));
        } else {
            Value by = n.b().constant(EncoderImport.longs(n, "imputed_value_int64s"));
            n.out(c.where(n.op("eq", x, c.cast(n.b().longs(n.integer("replaced_value_int64", 0)), x.elem())), c.cast(by, x.elem()), x));
        }
    }
}
