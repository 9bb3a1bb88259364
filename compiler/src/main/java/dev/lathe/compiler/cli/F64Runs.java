package dev.lathe.compiler.cli;

import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.interp.CoarseSigmoids;
import dev.lathe.compiler.interp.InDoubles;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.tensor.DataSet;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.TensorSpec;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** What a case's model gives in f64, found when it is asked for and once for each data set: results are the same on every target. */
final class F64Runs {
    /**
     * Outputs of a data set by their names.
     *
     * @param exact the model computed in f64
     * @param coarse the model in its own types, with sigmoids as engines compute them
     */
    record Results(Map<String, Datum> exact, Map<String, Datum> coarse) {}

    private final Map<Path, Results> known = new HashMap<>();
    private String impossible;

    /** Why the model could not be computed in f64; null where it could, or nobody asked. */
    synchronized String impossible() {
        return impossible;
    }

    /**
     * The results, or null where the model can't be computed in f64.
     *
     * @param source makes the graph as it was imported
     * @param seconds that it may take
     */
    synchronized Results of(DataSet d, List<String> names, int threads, int seconds, Supplier<Graph> source) {
        if (impossible == null && !known.containsKey(d.folder())) {
            try {
                known.put(d.folder(), Guard.run(d.folder().toString(), seconds, () -> {
                    Graph g = source.get();
                    return new Results(run(InDoubles.of(g), d, names, threads, true), run(CoarseSigmoids.of(g), d, names, threads, false));
                }));
            } catch (Throwable e) {
                impossible = Failures.oneLine(e);
            }
        }
        return known.get(d.folder());
    }

    // no form of convolution but the plain sum
    private static Map<String, Datum> run(Graph g, DataSet d, List<String> names, int threads, boolean wide) {
        CompilerOptions options = CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE)).withNumerics(Map.of("winograd", "false"));
        try (Model m = ModelFile.load(Lathe.assemble(List.of(Lathe.optimise(g)), List.of("any"), options),
                ModelOptions.DEFAULT.withTarget(Target.PORTABLE).withThreads(threads)); Session s = m.newSession()) {
            String wrong = CaseRunner.fill(m, s, d, names, wide);
            if (wrong != null) {
                throw new IllegalStateException(wrong);
            }
            s.run();
            Map<String, Datum> r = new HashMap<>();
            for (TensorSpec o : m.outputs()) {
                r.put(o.name(), s.outputValue(o.name()));
            }
            return r;
        }
    }
}
