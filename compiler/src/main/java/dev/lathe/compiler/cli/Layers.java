package dev.lathe.compiler.cli;

import dev.lathe.codegen.interp.ProgramRun;
import dev.lathe.codegen.program.Program;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.lower.ProgramBuilder;
import dev.lathe.compiler.lower.TargetInfo;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Runs a model's source graph, as it was imported and as plain loops in the reference interpreter, beside its compiled
 * classes, and finds the first value on which they differ. The classes are those of the model with every intermediate
 * value as an output; the model as it is shipped, where operations are fused across such values, is run for its outputs.
 */
final class Layers {
    private final Graph source;
    private final List<Value> values = new ArrayList<>();
    private final Map<Value, Node> producers = new IdentityHashMap<>();
    private final Program reference;
    private final Tolerance tolerance;
    private final PrintWriter out;

    Layers(Graph source, Tolerance tolerance, PrintWriter out) {
        this.source = source;
        this.tolerance = tolerance;
        this.out = out;
        Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Node n : source.nodes()) {
            for (Value v : n.outputs()) {
                if (v != null && v.type() instanceof Type.TensorType && !n.is("const") && seen.add(v)) {
                    values.add(v);
                    producers.put(v, n);
                }
            }
        }
        reference = ProgramBuilder.build(shown(), TargetInfo.PORTABLE, k -> k);
    }

    /** The source with every intermediate value as an output. */
    private Graph shown() {
        Set<Value> outputs = new LinkedHashSet<>(source.outputs());
        outputs.addAll(values);
        return new Graph(source.name(), source.inputs(), source.nodes(), List.copyOf(outputs), source.limits());
    }

    /** The values of the source graph for these inputs, in the order of {@code shown().outputs()}. */
    List<ProgramRun.Result> interpret(List<Tensor> inputs) {
        return ProgramRun.run(reference, inputs.stream().map(Tensor::data).toList(), inputs.stream().map(Tensor::dims).toList());
    }

    /** Compares on one target for all trials; false when something departs. */
    boolean compare(Target target, int threads, List<Trial> trials) {
        try (Model deep = load(shown(), target, threads); Model shipped = load(source, target, threads)) {
            for (Trial t : trials) {
                if (!compare(deep, shipped, t)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** @param reference what the source graph gives, in the order of its values */
    record Trial(String name, List<Tensor> inputs, List<ProgramRun.Result> reference) {}

    private static Model load(Graph g, Target target, int threads) {
        return ModelFile.load(Lathe.assemble(List.of(Lathe.optimise(g)), List.of("any"), CompilerOptions.DEFAULT.withTargets(List.of(target))),
                ModelOptions.DEFAULT.withTarget(target).withThreads(threads));
    }

    private boolean compare(Model deep, Model shipped, Trial t) {
        List<Value> outputs = shown().outputs();
        Map<Value, Integer> index = new IdentityHashMap<>();
        for (int i = 0; i < outputs.size(); i++) {
            index.put(outputs.get(i), i);
        }
        double worst = 0;
        String at = "";
        try (Session s = run(deep, t); Session whole = run(shipped, t)) {
            for (Value v : values) {
                Departure d = departure(s, v, t.reference().get(index.get(v)));
                if (d.wrong != null) {
                    return departed(t, deep, title(v) + ": the first of " + values.size() + " values that departs; it " + d.wrong, d);
                }
                if (d.maxAbs > worst) {
                    worst = d.maxAbs;
                    at = " at " + title(v);
                }
            }
            for (int i = 0; i < source.outputs().size(); i++) {
                Value v = source.outputs().get(i);
                if (v.type() instanceof Type.TensorType) {
                    Departure d = departure(whole, v, t.reference().get(i));
                    if (d.wrong != null) {
                        return departed(t, shipped, "output \"" + v.name() + "\" departs only where operations are fused; it " + d.wrong, d);
                    }
                }
            }
        }
        out.printf(Locale.ROOT, "passed %s (%s): %d values and %d outputs agree; largest error %.2g%s%n", t.name(), deep.target().text(), values.size(),
                source.outputs().size(), worst, at);
        return true;
    }

    private boolean departed(Trial t, Model m, String what, Departure d) {
        out.println("FAILED " + t.name() + " (" + m.target().text() + "): " + what);
        out.println(d.report());
        return false;
    }

    private Session run(Model m, Trial t) {
        Session s = m.newSession();
        for (int i = 0; i < t.inputs().size(); i++) {
            Value v = source.inputs().get(i);
            if (m.inputs().stream().anyMatch(in -> in.name().equals(v.name()))) {
                s.set(v.name(), InputFiles.toRuntime(t.inputs().get(i)));
            }
        }
        return s.run();
    }

    private Departure departure(Session s, Value v, ProgramRun.Result want) {
        Object data = want.array() instanceof Object[] a ? Arrays.copyOf(a, a.length, String[].class) : want.array();
        return new Departure(s.output(v.name()), new Tensor(v.elem(), want.dims(), data), tolerance);
    }

    private String title(Value v) {
        Node n = producers.get(v);
        return (n.loc().names().isEmpty() ? "a node without a name" : "node \"" + n.loc() + '"') + " (%" + v.name() + " = " + n.op() + ", " + v.type() + ")";
    }

    /** Refuses what this comparison can't feed. */
    static void check(Graph g) {
        for (Value v : g.inputs()) {
            if (!(v.type() instanceof Type.TensorType)) {
                throw new LatheException("input \"" + v.name() + '"', "--layers takes models whose inputs are tensors");
            }
        }
    }
}
