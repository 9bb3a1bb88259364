package dev.lathe.compiler.cli;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.DataSet;
import dev.lathe.compiler.tensor.Datum.TensorDatum;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.LatheRuntimeException;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import dev.lathe.runtime.TensorSpec;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Compares a model or jar with another one of the same network: both run on the same inputs, recorded or else seeded.
 * Inputs and outputs belong together by their names where both have the same ones, else by their positions.
 */
record Against(Path model, String signature, Path other, Tolerance tolerance, int threads, boolean dynamic, PrintWriter out) {
    /** Twins in two formats do the same arithmetic; what differs is where exporters folded constants. */
    static final Tolerance TWIN = new Tolerance(1e-5, 1e-7, true);

    /** Extents for dimensions that are open, tried in this order until both models take them. */
    private static final int[] SIZES = {1, 32, 64, 16, 48, 128, 224, 8, 320, 2, 3, 5};

    /** True when all outputs agree on all data sets; without any, on seeded inputs. */
    boolean compare(Target target, List<Path> sets) {
        boolean good = true;
        for (Path set : sets) {
            CaseRunner.Prepared a = prepare(model, signature, List.of(set));
            CaseRunner.Prepared b = prepare(other, null, List.of(set));
            try (Model ma = a.load(target, threads); Model mb = b.load(target, threads); Session sa = ma.newSession(); Session sb = mb.newSession()) {
                String wrong = fill(a, ma, sa, set);
                wrong = wrong == null ? fill(b, mb, sb, set) : wrong;
                good &= report(set.getFileName().toString(), target, wrong, ma, mb, sa, sb);
            }
        }
        return sets.isEmpty() ? seeded(target) : good;
    }

    private CaseRunner.Prepared prepare(Path file, String function, List<Path> sets) {
        VerifyCase c = new VerifyCase(file.getFileName().toString(), ModelFile.of(file).withSignature(function).path(), sets, tolerance, 0, false);
        return new CaseRunner(threads, dynamic, false, false, function, CaseRunner.F64.NEVER, null).prepare(c);
    }

    private static String fill(CaseRunner.Prepared p, Model m, Session s, Path set) {
        List<TensorSpec> specs = m.inputs();
        List<String> names = p.names() == null ? specs.stream().map(TensorSpec::name).toList() : p.names();
        String wrong = CaseRunner.fill(m, s, DataSet.read(set, specs.stream().map(InputFiles::kindOf).toList(), List.of()), names);
        return wrong == null ? null : p.of().name() + ": " + wrong;
    }

    private boolean seeded(Target target) {
        try (Model ma = prepare(model, signature, List.of()).load(target, threads); Model mb = prepare(other, null, List.of()).load(target, threads)) {
            RuntimeException last = null;
            for (int size : SIZES) {
                Map<String, int[]> shapes = new HashMap<>();
                ma.inputs().forEach(i -> shapes.put(i.name(), i.dims().stream().mapToInt(d -> (int) (d.isStatic() ? d.min() : Math.max(size, d.min()))).toArray()));
                try (Session sa = ma.newSession(); Session sb = mb.newSession()) {
                    set(ma, mb, sa, sb, RandomInputs.of(ma.inputs(), shapes));
                    return report("seeded inputs", target, null, ma, mb, sa, sb);
                } catch (LatheRuntimeException e) {
                    last = e;
                }
            }
            throw last;
        }
    }

    private void set(Model a, Model b, Session sa, Session sb, Map<String, Datum> values) {
        if (a.inputs().size() != b.inputs().size()) {
            throw new LatheException(other.toString(), "it has " + b.inputs().size() + " inputs, " + model + " has " + a.inputs().size());
        }
        boolean named = same(a.inputs(), b.inputs());
        for (int i = 0; i < a.inputs().size(); i++) {
            Datum v = values.get(a.inputs().get(i).name());
            sa.set(a.inputs().get(i).name(), v);
            TensorSpec to = named ? a.inputs().get(i) : b.inputs().get(i);
            sb.set(to.name(), v);
        }
    }

    private static boolean same(List<TensorSpec> a, List<TensorSpec> b) {
        return new HashSet<>(a.stream().map(TensorSpec::name).toList()).equals(new HashSet<>(b.stream().map(TensorSpec::name).toList()));
    }

    private boolean report(String what, Target target, String before, Model a, Model b, Session sa, Session sb) {
        Comparison c = new Comparison(tolerance);
        long start = System.nanoTime();
        String wrong = before == null ? differ(c, a, b, sa, sb) : before;
        if (wrong == null) {
            out.printf(Locale.ROOT, "passed %s (%s): largest error %.2g, %.2g of the largest element; %.1f s%n", what, target.text(), c.maxAbs(), c.maxRel(),
                    CaseRunner.seconds(start));
        } else {
            out.println("FAILED " + what + " (" + target.text() + "): " + wrong);
        }
        return wrong == null;
    }

    private String differ(Comparison c, Model a, Model b, Session sa, Session sb) {
        if (a.outputs().size() != b.outputs().size() || a.outputs().isEmpty()) {
            return "there are " + a.outputs().size() + " outputs here and " + b.outputs().size() + " there";
        }
        sa.run();
        sb.run();
        boolean named = same(a.outputs(), b.outputs());
        for (int i = 0; i < a.outputs().size(); i++) {
            String name = a.outputs().get(i).name();
            Datum there = sb.outputValue(named ? name : b.outputs().get(i).name());
            if (!(there instanceof Tensor t)) {
                return "output \"" + name + "\" is no tensor there";
            }
            String wrong = c.check(sa.outputValue(name), new TensorDatum(new dev.lathe.compiler.tensor.Tensor(t.type(), t.shape(), t.array())));
            if (wrong != null) {
                return "output \"" + name + "\" " + wrong;
            }
        }
        return null;
    }
}
