package dev.lathe.codegen.lib;

import dev.lathe.runtime.Datum;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.MapValue;
import dev.lathe.runtime.SequenceValue;
import dev.lathe.runtime.State;
import dev.lathe.runtime.Tensor;
import java.util.ArrayList;
import java.util.List;

/** What classifiers give: dictionaries, and probabilities of many classes from those of pairs. */
public final class Maps {
    private Maps() {}

    /** Rows of values as a sequence of maps. */
    public static void zip(State s, Object values, int at, Object keys, int k, Object[] out, int to, int rows, int columns, String type, String keyType) {
        Tensor names = part(keys, k, columns, keyType);
        List<Datum> items = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            items.add(new MapValue(names, part(values, at + i * columns, columns, type)));
        }
        out[to] = new SequenceValue(items);
    }

    private static Tensor part(Object a, int at, int n, String type) {
        ElementType t = ElementType.valueOf(type);
        Object copy = t.storage().allocate(n);
        System.arraycopy(a, at, copy, 0, n);
        return Tensor.owning(t, copy, n);
    }

    /**
     * Probabilities of {@code k} classes from those of the pairs (0,1), (0,2), ..., (1,2), ...: the second method of Wu, Lin and Weng,
     * as LIBSVM iterates it.
     */
    public static void couple(State s, float[] pairs, int at, float[] out, int to, int rows, int k) {
        double[][] r = new double[k][k];
        for (int row = 0; row < rows; row++) {
            int p = at + row * k * (k - 1) / 2;
            for (int i = 0; i < k; i++) {
                for (int j = i + 1; j < k; j++, p++) {
                    r[i][j] = pairs[p];
                    r[j][i] = 1 - r[i][j];
                }
            }
            double[] e = estimate(r, k);
            for (int i = 0; i < k; i++) {
                out[to + row * k + i] = (float) e[i];
            }
        }
    }

    private static double[] estimate(double[][] r, int k) {
        double[][] q = new double[k][k];
        double[] p = new double[k];
        for (int t = 0; t < k; t++) {
            p[t] = 1.0 / k;
            for (int j = 0; j < k; j++) {
                if (j != t) {
                    q[t][t] += r[j][t] * r[j][t];
                    q[t][j] = -r[j][t] * r[t][j];
                }
            }
        }
        double[] qp = new double[k];
        for (int turn = 0; turn < Math.max(100, k); turn++) {
            double pqp = 0;
            for (int t = 0; t < k; t++) {
                qp[t] = 0;
                for (int j = 0; j < k; j++) {
                    qp[t] += q[t][j] * p[j];
                }
                pqp += p[t] * qp[t];
            }
            double worst = 0;
            for (int t = 0; t < k; t++) {
                worst = Math.max(worst, Math.abs(qp[t] - pqp));
            }
            if (worst < 0.005 / k) {
                break;
            }
            for (int t = 0; t < k; t++) {
                double d = (pqp - qp[t]) / q[t][t];
                p[t] += d;
                pqp = (pqp + d * (d * q[t][t] + 2 * qp[t])) / (1 + d) / (1 + d);
                for (int j = 0; j < k; j++) {
                    qp[j] = (qp[j] + d * q[t][j]) / (1 + d);
                    p[j] /= 1 + d;
                }
            }
        }
        return p;
    }
}
