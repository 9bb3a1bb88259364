package dev.lathe.compiler.cli;

import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.compiler.tensor.DataSet;
import dev.lathe.compiler.tensor.Datum;
import dev.lathe.compiler.tensor.DatumKind;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs cases: compiles, sets the recorded inputs, runs, compares.
 *
 * @param dynamic every dimension of the inputs is left open
 * @param constant recorded inputs become constants of the model
 * @param steps quantised models are rounded to their steps
 * @param signature which function of a model that has several; null: the first
 * @param f64 when a case's model is computed in f64, too
 * @param source the model that a jar was made of; null where that isn't known
 */
record CaseRunner(int threads, boolean dynamic, boolean constant, boolean steps, String signature, F64 f64, Path source) {
    /** When a case's model is computed in f64, too. */
    enum F64 {
        /** where results depart from what was recorded: the recording may be what is off */
        DEPARTED, NEVER, ALWAYS
    }

    private static final int LEFT_SECONDS = 5;

    /** Reads a case's model once, for all targets. */
    Prepared prepare(VerifyCase c) {
        ModelFile file = ModelFile.of(c.model()).withSignature(signature);
        if (file.isJar()) {
            if (dynamic || constant) {
                throw new LatheException(c.model().toString(), "--dynamic and --constant change how a model is read, and a jar is compiled already");
            }
            return new Prepared(c, file, null, null, c.tolerance(), null, null, new F64Runs());
        }
        Graph declared = Lathe.read(file.path(), new ImportOptions(Map.of(), dynamic, Map.of()).withSignature(signature));
        ImportOptions options = new ImportOptions(Map.of(), dynamic, numbers(c, declared)).withSteps(steps).withSignature(signature);
        declared = steps || !options.numbers().isEmpty() ? Lathe.read(file.path(), options) : declared;
        List<String> names = declared.inputs().stream().map(Value::name).toList();
        Graph graph = declared;
        if (constant && !c.sets().isEmpty()) {
            Map<String, Tensor> constants = new HashMap<>();
            for (DataSet.Item i : DataSet.inputs(c.sets().get(0), kinds(declared.inputs()))) {
                if (i.datum() instanceof Datum.TensorDatum t && i.index() < names.size()) {
                    Value v = declared.inputs().get(i.index());
                    constants.put(v.name(), Conversions.declared(t.tensor(), v.elem()));
                }
            }
            options = options.withConstants(constants);
            graph = Lathe.read(file.path(), options);
        }
        if (!constant && !dynamic && !c.sets().isEmpty()) {
            ImportOptions recorded = recordedShapes(c, declared, options);
            graph = recorded == options ? declared : Lathe.read(file.path(), recorded);
            options = recorded;
        }
        return new Prepared(c, file, options, Lathe.optimise(graph), c.tolerance().of(graph), names, kinds(declared.inputs()), new F64Runs());
    }

    // what a quantised model takes and gives may be recorded as the numbers that it stands for
    private static Set<String> numbers(VerifyCase c, Graph declared) {
        Set<String> r = new HashSet<>();
        for (Path set : c.sets()) {
            DataSet d = DataSet.read(set, kinds(declared.inputs()), kinds(declared.outputs()));
            numbers(d.inputs(), declared.inputs(), r);
            numbers(d.outputs(), declared.outputs(), r);
        }
        return r;
    }

    private static void numbers(List<DataSet.Item> items, List<Value> values, Set<String> to) {
        boolean named = named(items, values.stream().map(Value::name).toList());
        for (DataSet.Item i : items) {
            Value v = named ? values.stream().filter(x -> x.name().equals(i.name())).findFirst().orElseThrow() : i.index() < values.size() ? values.get(i.index()) : null;
            if (v != null && v.type() instanceof Type.TensorType t && t.elem().bits() <= 16 && !t.elem().isFloat()
                    && i.datum() instanceof Datum.TensorDatum x && x.tensor().type() == ElementType.F32) {
                to.add(v.name());
            }
        }
    }

    // not every model holds its inputs to the extents that it declares: it is then read with the recorded ones
    private static ImportOptions recordedShapes(VerifyCase c, Graph declared, ImportOptions options) {
        Map<String, int[]> shapes = new HashMap<>();
        boolean differ = false;
        for (Path set : c.sets()) {
            Map<String, Integer> symbols = new HashMap<>();
            for (DataSet.Item i : DataSet.inputs(set, kinds(declared.inputs()))) {
                Value v = i.index() < declared.inputs().size() ? declared.inputs().get(i.index()) : null;
                if (v == null || !(i.datum() instanceof Datum.TensorDatum t) || !(v.type() instanceof Type.TensorType d) || fits(d, t.tensor().dims(), symbols)) {
                    continue;
                }
                int[] before = shapes.put(v.name(), t.tensor().dims());
                differ |= before != null && !Arrays.equals(before, t.tensor().dims());
            }
        }
        return shapes.isEmpty() ? options : new ImportOptions(differ ? Map.of() : shapes, differ, options.numbers()).withSteps(options.steps()).withSignature(options.signature());
    }

    /** @param symbols what the symbols of the inputs seen before are */
    private static boolean fits(Type.TensorType declared, int[] dims, Map<String, Integer> symbols) {
        boolean r = declared.rank() == dims.length;
        for (int k = 0; r && k < dims.length; k++) {
            String symbol = declared.dim(k).symbol();
            r = symbol == null ? !declared.dim(k).isConst() || declared.dim(k).is(dims[k]) : symbols.computeIfAbsent(symbol, x -> -1) < 0 || symbols.get(symbol) == dims[k];
            if (r && symbol != null) {
                symbols.put(symbol, dims[k]);
            }
        }
        return r;
    }

    /**
     * A case ready to be run on any target.
     *
     * @param options how the model was read; null for a jar
     * @param graph null for a jar
     * @param tolerance what the model's own types allow, as it was read
     * @param names of all inputs in the order in which they are recorded; null for a jar
     */
    record Prepared(VerifyCase of, ModelFile file, ImportOptions options, Graph graph, Tolerance tolerance, List<String> names, List<DatumKind> kinds, F64Runs f64) {
        Model load(Target t, int threads) {
            if (graph == null) {
                return file.load(t, threads, List.of());
            }
            Target one = t == null ? Target.best() : t;
            return ModelFile.load(Lathe.assemble(List.of(graph), List.of("any"), CompilerOptions.DEFAULT.withTargets(List.of(one))),
                    ModelOptions.DEFAULT.withTarget(one).withThreads(threads));
        }
    }

    /** Runs all data sets of a case on one target. */
    Outcome run(Prepared p, Target target) {
        long start = System.nanoTime();
        Comparison comparison = new Comparison(p.tolerance());
        int compared = 0;
        List<String> judged = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        try (Model m = p.load(target, threads); Session s = m.newSession()) {
            List<String> names = p.names() == null ? m.inputs().stream().map(TensorSpec::name).toList() : p.names();
            List<DatumKind> kinds = p.kinds() == null ? m.inputs().stream().map(InputFiles::kindOf).toList() : p.kinds();
            List<Path> sets = constant ? p.of().sets().subList(0, 1) : p.of().sets();
            for (Path set : sets) {
                DataSet d = DataSet.read(set, kinds, m.outputs().stream().map(InputFiles::kindOf).toList());
                String before = sets.size() == 1 ? "" : set.getFileName() + ": ";
                List<F64Judge.Output> outputs = new ArrayList<>();
                String wrong = one(m, s, d, names, comparison, outputs);
                F64Judge.Verdict v = !outputs.isEmpty() && (wrong != null || f64 == F64.ALWAYS) ? judge(p, m, d, names, outputs, start) : null;
                if (v != null) {
                    v.lines().forEach(l -> lines.add(before + l));
                }
                if (wrong != null && v != null && v.good() && f64 != F64.NEVER) {
                    judged.add(before + v.text());
                } else if (wrong != null) {
                    String message = before + wrong + (v == null || v.text().isEmpty() ? "" : "; " + v.text());
                    return new Outcome(Outcome.Result.failed, comparison.maxAbs(), comparison.maxRel(), seconds(start), message, lines);
                }
                compared += d.outputs().size();
            }
        }
        if (compared == 0) {
            return Outcome.failed(seconds(start), "no outputs are recorded, so nothing was compared");
        }
        return new Outcome(Outcome.Result.passed, comparison.maxAbs(), comparison.maxRel(), seconds(start), judged.isEmpty() ? "" : String.join("; ", judged) + "; judged by f64", lines);
    }

    /** What f64 says of a data set's results; null where it isn't asked or the model can't be computed so. */
    private F64Judge.Verdict judge(Prepared p, Model m, DataSet d, List<String> names, List<F64Judge.Output> outputs, long start) {
        boolean rounds = steps || "true".equals(m.stamp().get("option.steps"));
        Path model = p.file().isJar() ? source : p.file().path();
        // some time is left for what follows
        int left = p.of().seconds() - (int) seconds(start) - LEFT_SECONDS;
        if (f64 == F64.NEVER || rounds || !p.of().whole() || model == null || left <= 0) {
            return null;
        }
        ImportOptions options = p.options() != null ? p.options() : ImportOptions.NONE.withSignature(m.stamp().get("signature"));
        F64Runs.Results r = p.f64().of(d, names, threads, left, () -> Lathe.read(model, options));
        return r != null ? new F64Judge(p.tolerance()).of(outputs, r)
                : new F64Judge.Verdict(false, "", List.of("not computed in f64: " + p.f64().impossible()));
    }

    /** Gives a session the recorded inputs; says what is wrong with them, or null. @param names of all inputs in the order in which they are recorded */
    static String fill(Model m, Session s, DataSet d, List<String> names) {
        return fill(m, s, d, names, false);
    }

    /** As {@link #fill(Model, Session, DataSet, List)}. @param wide the model's floats are f64, whatever was recorded */
    static String fill(Model m, Session s, DataSet d, List<String> names, boolean wide) {
        Map<String, DataSet.Item> recorded = new HashMap<>();
        boolean named = named(d.inputs(), names);
        for (DataSet.Item i : d.inputs()) {
            if (i.index() >= names.size()) {
                return "input " + i.index() + " is recorded, but the model has " + names.size();
            }
            recorded.put(named ? i.name() : names.get(i.index()), i);
        }
        for (TensorSpec in : m.inputs()) {
            DataSet.Item i = recorded.get(in.name());
            dev.lathe.runtime.Tensor lod = i == null ? RecordedLods.of(in.name(), d.folder(), recorded) : null;
            if (lod != null) {
                s.set(in.name(), lod);
                continue;
            }
            if (i == null) {
                return "input \"" + in.name() + "\" is not recorded";
            }
            s.set(in.name(), i.datum() instanceof Datum.TensorDatum t && in.kind() == TensorSpec.Kind.TENSOR
                    ? InputFiles.toRuntime(wide ? Conversions.wide(t.tensor(), in.type()) : Conversions.declared(t.tensor(), in.type()))
                    : Conversions.toRuntime(wide ? Conversions.wide(i.datum()) : i.datum(), i.file().toString()));
        }
        return null;
    }

    /** Says what is wrong first, or null. @param to takes all outputs that there should be, where the model could be run */
    private static String one(Model m, Session s, DataSet d, List<String> names, Comparison comparison, List<F64Judge.Output> to) {
        String missing = fill(m, s, d, names);
        if (missing != null) {
            return missing;
        }
        s.run();
        boolean named = named(d.outputs(), m.outputs().stream().map(TensorSpec::name).toList());
        String first = null;
        for (DataSet.Item o : d.outputs()) {
            if (o.index() >= m.outputs().size()) {
                to.clear();
                return first == null ? "output " + o.index() + " is recorded, but the model has " + m.outputs().size() : first;
            }
            String name = named ? o.name() : m.outputs().get(o.index()).name();
            dev.lathe.runtime.Datum got = s.outputValue(name);
            String wrong = comparison.check(got, o.datum());
            to.add(new F64Judge.Output(name, got, o, wrong));
            first = first == null && wrong != null ? "output \"" + name + "\" " + wrong : first;
        }
        return first;
    }

    /** True when the files themselves say which tensors of the model they hold: the order then doesn't count, as in a twin of another format. */
    private static boolean named(List<DataSet.Item> items, List<String> names) {
        return names.containsAll(items.stream().map(DataSet.Item::name).toList())
                && items.stream().map(DataSet.Item::name).distinct().count() == items.size();
    }

    private static List<DatumKind> kinds(List<Value> values) {
        List<DatumKind> kinds = new ArrayList<>();
        for (Value v : values) {
            kinds.add(v.type() instanceof Type.SeqType ? DatumKind.SEQUENCE : v.type() instanceof Type.OptType ? DatumKind.OPTIONAL : DatumKind.TENSOR);
        }
        return kinds;
    }

    static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
