package dev.lathe.bench;

import dev.lathe.runtime.Model;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Tensor;
import dev.lathe.runtime.TensorSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One fresh JVM of {@code bench/start-up}: loads the model's class, runs it for some seconds, and says in milliseconds, counted from before java was
 * started, when {@code main} began, when the first result was read and from when on runs take what they take in the end; and how long that is.
 * Knows nothing but the run time, so that nothing else is loaded.
 */
final class StartUp {
    private static final int MOST = 100_000;
    private static final int WINDOW = 9;

    private StartUp() {}

    /** @param args nanoseconds since 1970 when java was started, the model's class, seconds */
    public static void main(String[] args) throws ClassNotFoundException {
        double main = System.currentTimeMillis() - Long.parseLong(args[0]) / 1e6;
        long begin = System.nanoTime();
        long end = begin + (long) (Double.parseDouble(args[2]) * 1e9);
        long[] took = new long[MOST];
        long[] at = new long[MOST];
        int n = 0;
        try (Model model = Model.load(Class.forName(args[1])); Session session = model.newSession()) {
            Map<String, Tensor> inputs = zeros(model);
            while (n < MOST && (n == 0 || System.nanoTime() < end)) {
                long start = System.nanoTime();
                inputs.forEach(session::set);
                session.run();
                model.outputs().forEach(o -> session.outputValue(o.name()));
                at[n] = System.nanoTime() - begin;
                took[n++] = at[n - 1] + begin - start;
            }
        }
        long usual = median(took, n - Math.max(1, n / 4), n);
        int steady = 0;
        // a run of the usual length that is not followed by slow ones
        while (steady < n - WINDOW && (took[steady] > 1.2 * usual || slow(took, steady, usual) > 2)) {
            steady++;
        }
        System.out.printf(Locale.ROOT, "%.0f %.0f %.0f %.2f%n", main, main + at[0] / 1e6, main + at[steady] / 1e6, usual / 1e6);
    }

    private static long slow(long[] took, int from, long usual) {
        return Arrays.stream(took, from, from + WINDOW).filter(t -> t > 1.2 * usual).count();
    }

    private static long median(long[] of, int from, int to) {
        return Arrays.stream(of, from, to).sorted().skip((to - from) / 2).findFirst().orElseThrow();
    }

    private static Map<String, Tensor> zeros(Model model) {
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (TensorSpec i : model.inputs()) {
            int[] shape = i.dims().stream().mapToInt(d -> (int) Math.max(1, d.min())).toArray();
            inputs.put(i.name(), Tensor.owning(i.type(), i.type().storage().allocate(Arrays.stream(shape).reduce(1, Math::multiplyExact)), shape));
        }
        return inputs;
    }
}
