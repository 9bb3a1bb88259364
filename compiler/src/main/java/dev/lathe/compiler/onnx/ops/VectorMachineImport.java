package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;

/** ai.onnx.ml: support vector machines, as LIBSVM computes them: kernels against all vectors, then products with constant matrices. */
public final class VectorMachineImport {
    private VectorMachineImport() {}

    public static void register() {
        add(EncoderImport.ML + "SVMRegressor", VectorMachineImport::regress);
        add(EncoderImport.ML + "SVMClassifier", VectorMachineImport::classify);
    }

    private static Value matrix(NodeImport n, int rows, int columns, float[] v) {
        return n.b().constant(Tensor.ofFloats(new int[] {rows, columns}, v));
    }

    private static float[] transposed(float[] v, int rows, int columns) {
        float[] t = new float[v.length];
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < columns; k++) {
                t[k * rows + i] = v[i * columns + k];
            }
        }
        return t;
    }

    /** Rows against {@code count} vectors: [n, count]. */
    private static Value kernel(NodeImport n, Value x, float[] vectors, int count) {
        Calc c = new Calc(n);
        if (count == 0 || vectors.length % count != 0) {
            throw new LatheException("", "it has " + vectors.length + " numbers for " + count + " vectors");
        }
        int features = vectors.length / count;
        float[] p = n.reals("kernel_params");
        float gamma = p != null && p.length > 0 ? p[0] : 0;
        float offset = p != null && p.length > 1 ? p[1] : 0;
        float degree = p != null && p.length > 2 ? p[2] : 0;
        String type = n.text("kernel_type", "LINEAR");
        if (type.equals("RBF")) {
            // distances by differences: no cancellation
            Value far = c.sub(c.reshape(x, x.dim(0), Dim.ONE, x.dim(1)), n.b().constant(Tensor.ofFloats(new int[] {1, count, features}, vectors)));
            return n.op("exp", c.mul(c.reduce("sum_square", far, false, 2), -gamma));
        }
        Value dot = n.op("matmul", x, matrix(n, features, count, transposed(vectors, count, features)));
        return switch (type) {
            case "LINEAR" -> dot;
            case "POLY" -> n.op("pow", c.add(c.mul(dot, gamma), offset), c.num(dot, degree));
            case "SIGMOID" -> n.op("tanh", c.add(c.mul(dot, gamma), offset));
            default -> throw n.unsupported("kernel_type " + type);
        };
    }

    private static void regress(NodeImport n) {
        Calc c = new Calc(n);
        Value x = LinearModelImport.rows(n);
        float[] w = n.needReals("coefficients");
        float[] rho = n.reals("rho");
        int vectors = (int) n.integer("n_supports", 0);
        Value k = vectors > 0 ? kernel(n, x, n.needReals("support_vectors"), vectors) : x;
        Value y = n.op("matmul", k, matrix(n, w.length, 1, w));
        y = rho == null || rho.length == 0 ? y : c.add(y, rho[0]);
        if (n.flag("one_class", false)) {
            y = c.where(n.op("gt", y, c.num(y, 0)), c.num(y, 1), c.num(y, -1));
        }
        n.out(new Scores(n).transformed(y));
    }

    private static void classify(NodeImport n) {
        Calc c = new Calc(n);
        Scores s = new Scores(n);
        Tensor labels = s.labels("classlabels_ints");
        int classes = labels == null ? 0 : labels.size();
        Value x = LinearModelImport.rows(n);
        float[] w = n.needReals("coefficients");
        float[] rho = n.needReals("rho");
        // linear machines have no vectors
        long[] per = n.integers("vectors_per_class");
        boolean linear = per == null || per.length == 0;
        if (rho.length == 0 || classes < (linear ? 1 : 2) || w.length < classes) {
            throw new LatheException("", "it needs class labels, coefficients and rho");
        }
        if (linear) {
            // a score for each class
            Value y = c.add(n.op("matmul", x, matrix(n, w.length / classes, classes, transposed(w, classes, w.length / classes))), rho[0]);
            Value best = s.best(y);
            s.out(classes == 2 ? n.op("max", best, certain(c, n, y, w)) : best, labels, s.transformed(y));
            return;
        }
        int vectors = (int) java.util.Arrays.stream(per).sum();
        int pairs = classes * (classes - 1) / 2;
        Value k = kernel(n, x, n.needReals("support_vectors"), vectors);
        Value d = n.op("add", n.op("matmul", k, matrix(n, vectors, pairs, transposed(decisions(w, per, classes, vectors), pairs, vectors))),
                n.b().constant(Tensor.ofFloats(new int[] {pairs}, java.util.Arrays.copyOf(rho, pairs))));
        float[] a = n.reals("prob_a");
        if (a != null && a.length > 0) {
            Value p = n.op("sigmoid", n.op("neg", n.op("add", n.op("mul", d, n.b().constant(Tensor.ofFloats(new int[] {pairs}, a))),
                    n.b().constant(Tensor.ofFloats(new int[] {pairs}, n.needReals("prob_b"))))));
            p = c.min(c.max(p, 1e-7), c.num(p, 1 - 1e-7));
            Value all = n.op("couple", Attrs.of("classes", classes), p);
            s.out(s.best(votes(n, c, d, classes)), labels, s.transformed(all));
            return;
        }
        boolean complement = n.text("post_transform", "NONE").startsWith("SOFTMAX");
        s.out(s.best(votes(n, c, d, classes)), labels, classes == 2 ? s.both(d, complement) : s.transformed(d));
    }

    // of two classes the second where either score is high enough by itself, as ONNX Runtime has it
    private static Value certain(Calc c, NodeImport n, Value y, float[] w) {
        boolean positive = true;
        for (float f : w) {
            positive &= f >= 0;
        }
        Value top = c.reduce("max", y, false, 1);
        return c.cast(n.op(positive ? "ge" : "gt", top, c.num(top, positive ? 0.5 : 0)), ElementType.I64);
    }

    // one row for each pair of classes i < j: the coefficients of both classes' vectors against the other class
    private static float[] decisions(float[] w, long[] per, int classes, int vectors) {
        float[] r = new float[classes * (classes - 1) / 2 * vectors];
        int[] begin = new int[classes + 1];
        for (int i = 0; i < classes; i++) {
            begin[i + 1] = begin[i] + (int) per[i];
        }
        int row = 0;
        for (int i = 0; i < classes; i++) {
            for (int j = i + 1; j < classes; j++, row++) {
                for (int k = begin[i]; k < begin[i + 1]; k++) {
                    r[row * vectors + k] = w[(j - 1) * vectors + k];
                }
                for (int k = begin[j]; k < begin[j + 1]; k++) {
                    r[row * vectors + k] = w[i * vectors + k];
                }
            }
        }
        return r;
    }

    // each pair votes for one of its classes
    private static Value votes(NodeImport n, Calc c, Value d, int classes) {
        int pairs = classes * (classes - 1) / 2;
        float[] first = new float[pairs * classes];
        float[] second = new float[pairs * classes];
        int row = 0;
        for (int i = 0; i < classes; i++) {
            for (int j = i + 1; j < classes; j++, row++) {
                first[row * classes + i] = 1;
                second[row * classes + j] = 1;
            }
        }
        Value yes = c.cast(n.op("gt", d, c.num(d, 0)), d.elem());
        Value no = c.sub(c.num(d, 1), yes);
        return n.op("add", n.op("matmul", yes, matrix(n, pairs, classes, first)), n.op("matmul", no, matrix(n, pairs, classes, second)));
    }
}
