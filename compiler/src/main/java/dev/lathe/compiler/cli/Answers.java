package dev.lathe.compiler.cli;

import dev.lathe.runtime.Datum;
import dev.lathe.runtime.Tensor;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** The output that scores labelled classes. */
final class Answers {
    private static final int ROWS = 16;

    private final Tensor scores;
    private final List<String> labels;

    private Answers(Tensor scores, List<String> labels) {
        this.scores = scores;
        this.labels = labels;
    }

    /** The first output whose last dimension has as many entries as there are labels; null when there is none. */
    static Answers find(Map<String, Datum> outputs, List<String> labels) {
        for (Datum d : outputs.values()) {
            if (!labels.isEmpty() && d instanceof Tensor t && t.type().isFloat() && t.rank() > 0 && t.dim(t.rank() - 1) == labels.size()) {
                return new Answers(t, labels);
            }
        }
        return null;
    }

    void print(PrintWriter out, int top) {
        int n = labels.size();
        int rows = scores.size() / n;
        for (int r = 0; r < Math.min(rows, ROWS); r++) {
            double[] p = probabilities(r * n);
            List<Integer> best = IntStream.range(0, n).boxed().sorted(Comparator.comparingDouble(i -> -p[i])).limit(Math.max(1, top)).toList();
            StringBuilder s = new StringBuilder(rows == 1 ? "" : r + ": ");
            for (int i : best) {
                s.append(s.length() == 0 || s.charAt(s.length() - 1) == ' ' ? "" : ", ").append(labels.get(i));
                s.append(String.format(Locale.ROOT, " (%.1f %%)", 100 * p[i]));
            }
            out.println(s);
        }
        if (rows > ROWS) {
            out.println("and " + (rows - ROWS) + " more");
        }
    }

    /** Softmax, unless the scores are probabilities already. */
    private double[] probabilities(int from) {
        double[] p = new double[labels.size()];
        double max = Double.NEGATIVE_INFINITY;
        double sum = 0;
        boolean already = true;
        for (int i = 0; i < p.length; i++) {
            p[i] = scores.number(from + i);
            max = Math.max(max, p[i]);
            sum += p[i];
            already &= p[i] >= 0;
        }
        if (already && Math.abs(sum - 1) < 1e-3) {
            return p;
        }
        double total = 0;
        for (int i = 0; i < p.length; i++) {
            p[i] = Math.exp(p[i] - max);
            total += p[i];
        }
        for (int i = 0; i < p.length; i++) {
            p[i] /= total;
        }
        return p;
    }
}
