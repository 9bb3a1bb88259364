package dev.lathe.bench;

import dev.lathe.compiler.ir.Flops;
import java.util.List;
import java.util.Locale;

/**
 * One model's line in the report.
 *
 * @param saved multiply-adds that Winograd's forms leave out
 * @param found null when the model could not be measured
 * @param failure why not, on one line; null when it was
 */
record Row(String model, Flops flops, long saved, Job.Found found, String failure) {
    static final List<String> HEADINGS = List.of("model", "Lathe ms", "±", "ORT ms", "±", "ratio", "GFLOP/s", "of peak", "bytes", "ORT bytes");
    static final List<String> FLOOR_HEADINGS = List.of("model", "Mmul-add", "done", "peak GFLOP/s", "weights MB", "moved MB", "GB/s", "operations ms", "weights ms", "moved ms", "Lathe ms", "floor/time");

    boolean measured() {
        return found != null;
    }

    /** ONNX Runtime's time by Lathe's. */
    double ratio() {
        return found.lathe().ratioOf(found.ort());
    }

    double gflops() {
        return 2.0 * flops.multiplyAdds() / found.lathe().median() / 1e6;
    }

    /** Below what the model itself reached where the JIT left the measuring loop's vectors boxed, as that of JDK 17 does at times. */
    double peak() {
        return Sample.quantile(found.peak(), 0.5);
    }

    List<String> cells() {
        String more = flops.complete() ? "" : ">";
        double l = found.lathe().median();
        double o = found.ort().median();
        boolean counted = flops.multiplyAdds() > 0;
        return List.of(model, millis(l, l), millis(found.lathe().spread(), l), millis(o, o), millis(found.ort().spread(), o),
                String.format(Locale.ROOT, "%.2f", ratio()),
                counted ? more + String.format(Locale.ROOT, "%.1f", gflops()) : "-",
                counted && gflops() <= peak() ? more + String.format(Locale.ROOT, "%.0f %%", 100 * gflops() / peak()) : "-",
                String.format(Locale.ROOT, "%.0f", found.lathe().medianBytes()), String.format(Locale.ROOT, "%.0f", found.ort().medianBytes()));
    }

    /** The least time for the operations that are left to do, were all registers busy; in ms. */
    double byOperations() {
        return 2.0 * (flops.multiplyAdds() - saved) / peak() / 1e6;
    }

    /** The least time for reading all weights once; in ms. */
    double byWeights() {
        return found.weights() / bandwidth() / 1e6;
    }

    private double bandwidth() {
        return Sample.quantile(found.bandwidth(), 0.5);
    }

    /** Where the model stands against what the processor needs at least. */
    List<String> floorCells() {
        double l = found.lathe().median();
        String more = flops.complete() ? "" : ">";
        double floor = Math.max(byOperations(), byWeights());
        boolean moves = !Double.isNaN(found.moved());
        return List.of(model, more + megas(flops.multiplyAdds()), more + megas(flops.multiplyAdds() - saved), String.format(Locale.ROOT, "%.0f", peak()),
                megas(found.weights()), moves ? megas(found.moved()) : "-", String.format(Locale.ROOT, "%.1f", bandwidth()), millis(byOperations(), l),
                millis(byWeights(), l), moves ? millis(found.moved() / bandwidth() / 1e6, l) : "-", millis(l, l), more + String.format(Locale.ROOT, "%.0f %%", 100 * floor / l));
    }

    private static String megas(double n) {
        return String.format(Locale.ROOT, n < 1e8 ? "%.1f" : "%.0f", n / 1e6);
    }

    // with as many digits as the time that it belongs to
    private static String millis(double ms, double time) {
        return String.format(Locale.ROOT, time < 0.1 ? "%.5f" : time < 1 ? "%.4f" : time < 100 ? "%.3f" : "%.1f", ms);
    }
}
