package dev.lathe.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * All rows as text, Markdown and a bar chart.
 *
 * @param about what was measured on what, one line each
 */
record Report(List<String> about, List<Row> rows) {
    private static final int NAME_WIDTH = 26;
    private static final List<String> LEGEND = List.of(
            "ms: the median over rounds of each round's median inference; ±: half the distance between the rounds' quartiles.",
            "ratio: ONNX Runtime's time by Lathe's, the median over pairs of neighbouring rounds; above 1 Lathe is faster.",
            "GFLOP/s: two for each multiply-add of the model's convolutions, matrix products and recurrent layers; > when some can't be counted.",
            "of peak: of the multiply-adds that registers allow, measured in the same process; - when that measurement failed. bytes: of Java heap allocated for each inference.");

    private static final List<String> FLOOR_LEGEND = List.of(
            "The floor: the longer of two times that no code for these sums falls below, that of the operations at the peak and that of reading all weights once; peak and GB/s are measured in the same process.",
            "Mmul-add: millions of multiply-adds as plain sums, done: what Winograd's forms leave of them. GB/s: of reading an array of the size of weights and arena together in order.",
            "moved: what steps read and write, weights included, each element of an operand once; no floor, for a nearer cache may hold what the step before has written.");
    private static final int[] WIDTHS = {0, 10, 8, 10, 8, 7, 8, 8, 7, 10};
    private static final int[] FLOOR_WIDTHS = {0, 9, 7, 13, 11, 9, 6, 14, 11, 9, 9, 11};

    /** What precedes the rows. */
    String head() {
        StringBuilder s = new StringBuilder();
        about.forEach(a -> s.append(a).append('\n'));
        LEGEND.forEach(a -> s.append(a).append('\n'));
        return s.append('\n').append(line(Row.HEADINGS, WIDTHS)).toString();
    }

    static String text(Row r) {
        return r.measured() ? line(r.cells(), WIDTHS) : String.format(Locale.ROOT, "%-" + NAME_WIDTH + "s failed: %s", r.model(), r.failure());
    }

    /** The table of floors, for the terminal. */
    String floor() {
        StringBuilder s = new StringBuilder("\n");
        FLOOR_LEGEND.forEach(a -> s.append(a).append('\n'));
        s.append('\n').append(line(Row.FLOOR_HEADINGS, FLOOR_WIDTHS)).append('\n');
        measured().forEach(r -> s.append(line(r.floorCells(), FLOOR_WIDTHS)).append('\n'));
        return s.toString();
    }

    private static String line(List<String> cells, int[] widths) {
        StringBuilder s = new StringBuilder(String.format(Locale.ROOT, "%-" + NAME_WIDTH + "s", cells.get(0)));
        for (int i = 1; i < cells.size(); i++) {
            s.append(String.format(Locale.ROOT, " %" + widths[i] + "s", cells.get(i)));
        }
        return s.toString();
    }

    private List<Row> measured() {
        return rows.stream().filter(Row::measured).toList();
    }

    private List<String> failed() {
        return rows.stream().filter(r -> !r.measured()).map(Row::model).toList();
    }

    boolean complete() {
        return failed().isEmpty();
    }

    /** The geometric mean, and over what it is. */
    String last() {
        List<Row> m = measured();
        String failed = complete() ? "" : "; failed: " + String.join(", ", failed());
        if (m.isEmpty()) {
            return "geometric mean: none, no model could be measured" + failed;
        }
        double g = Sample.geometricMean(m.stream().mapToDouble(Row::ratio).toArray());
        return String.format(Locale.ROOT, "geometric mean %.3f of %s%d model%s%s", g, complete() ? "" : "only ", m.size(), m.size() == 1 ? "" : "s", failed);
    }

    String markdown(String chart) {
        StringBuilder s = new StringBuilder("# Lathe beside ONNX Runtime\n\n");
        about.forEach(a -> s.append("- ").append(a).append('\n'));
        s.append("\n![Ratios](").append(chart).append(")\n\n").append(head(Row.HEADINGS));
        for (Row r : rows) {
            List<String> cells = new ArrayList<>();
            if (r.measured()) {
                cells.addAll(r.cells());
            } else {
                cells.addAll(List.of(r.model(), "failed: " + r.failure()));
                while (cells.size() < Row.HEADINGS.size()) {
                    cells.add("");
                }
            }
            s.append("| ").append(String.join(" | ", escaped(cells))).append(" |\n");
        }
        s.append("\n**").append(last()).append("**\n\n");
        LEGEND.forEach(a -> s.append(a).append("  \n"));
        s.append("\n## What the processor needs\n\n").append(head(Row.FLOOR_HEADINGS));
        measured().forEach(r -> s.append("| ").append(String.join(" | ", escaped(r.floorCells()))).append(" |\n"));
        s.append('\n');
        FLOOR_LEGEND.forEach(a -> s.append(a).append("  \n"));
        return s.toString();
    }

    private static String head(List<String> headings) {
        return "| " + String.join(" | ", headings) + " |\n|---|" + "---:|".repeat(headings.size() - 1) + "\n";
    }

    // inside a Markdown table
    private static List<String> escaped(List<String> cells) {
        return cells.stream().map(c -> c.replace("|", "\\|")).toList();
    }

    /** One bar a model, as long as its ratio, and a line where both engines are equally fast. */
    String svg() {
        List<Row> m = measured();
        double[] ratios = m.stream().mapToDouble(Row::ratio).toArray();
        double largest = 1.2;
        for (double r : ratios) {
            largest = Math.max(largest, r);
        }
        int left = 230;
        double unit = 440 / largest;
        int bars = m.size() + (m.isEmpty() ? 0 : 1);
        int height = 70 + 26 * bars + 12 * about.size();
        StringBuilder s = new StringBuilder(String.format(Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"%d\" viewBox=\"0 0 760 %d\" font-family=\"sans-serif\" font-size=\"13\">%n", height, height));
        s.append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
        s.append("<text x=\"16\" y=\"24\" font-size=\"15\" font-weight=\"bold\">ONNX Runtime's time / Lathe's (longer is better for Lathe)</text>\n");
        for (int i = 0; i < bars; i++) {
            boolean mean = i == m.size();
            double r = mean ? Sample.geometricMean(ratios) : ratios[i];
            int y = 40 + 26 * i;
            s.append(String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\"%s>%s</text>%n", left - 8, y + 15, mean ? " font-weight=\"bold\"" : "",
                    escape(mean ? "geometric mean" : m.get(i).model())));
            s.append(String.format(Locale.ROOT, "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"20\" fill=\"%s\"/>%n", left, y, r * unit,
                    mean ? "#333333" : r >= 1 ? "#2a7fb8" : "#d0743c"));
            s.append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%d\">%.2f</text>%n", left + r * unit + 6, y + 15, r));
        }
        s.append(String.format(Locale.ROOT, "<line x1=\"%.1f\" y1=\"36\" x2=\"%.1f\" y2=\"%d\" stroke=\"#888888\" stroke-dasharray=\"4 3\"/>%n",
                left + unit, left + unit, 40 + 26 * bars));
        for (int i = 0; i < about.size(); i++) {
            s.append(String.format(Locale.ROOT, "<text x=\"16\" y=\"%d\" font-size=\"10\" fill=\"#555555\">%s</text>%n", 60 + 26 * bars + 12 * i, escape(about.get(i))));
        }
        return s.append("</svg>\n").toString();
    }

    private static String escape(String s) {
        return s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
