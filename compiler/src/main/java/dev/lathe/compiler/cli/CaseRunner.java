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
 */
record CaseRunner(int threads, boolean dynamic, boolean constant, boolean steps, String signature) {
    /** Reads a case's model once, for all targets. */
    Prepared prepare(VerifyCase c) {
        ModelFile file = ModelFile.of(c.model()).withSignature(signature);
        if (file.isJar()) {
            if (dynamic || constant) {
                throw new LatheException(c.model().toString(), "--dynamic and --constant change how a model is read, and a jar is compiled already");
            }
            return new Prepared(c, file, null, c.tolerance(), null, null);
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
            graph = Lathe.read(file.path(), options.withConstants(constants));
        }
        if (!constant && !dynamic && !c.sets().isEmpty()) {
            graph = recordedShapes(c, file, declared, options);
        }
        return new Prepared(c, file, Lathe.optimise(graph), c.tolerance().of(graph), names, kinds(declared.inputs()));
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
    private static Graph recordedShapes(VerifyCase c, ModelFile file, Graph declared, ImportOptions options) {
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
        return shapes.isEmpty() ? declared : Lathe.read(file.path(), new ImportOptions(differ ? Map.of() : shapes, differ, options.numbers()).withSteps(options.steps()).withSignature(options.signature()));
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
     * @param graph null for a jar
     * @param tolerance what the model's own types allow, as it was read
     * @param names of all inputs in the order in which they are recorded; null for a jar
     */
    record Prepared(VerifyCase of, ModelFile file, Graph graph, Tolerance tolerance, List<String> names, List<DatumKind> kinds) {
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
        try (Model m = p.load(target, threads); Session s = m.newSession()) {
            List<String> names = p.names() == null ? m.inputs().stream().map(TensorSpec::name).toList() : p.names();
            List<DatumKind> kinds = p.kinds() == null ? m.inputs().stream().map(InputFiles::kindOf).toList() : p.kinds();
            List<Path> sets = constant ? p.of().sets().subList(0, 1) : p.of().sets();
            for (Path set : sets) {
                DataSet d = DataSet.read(set, kinds, m.outputs().stream().map(InputFiles::kindOf).toList());
                String wrong = one(m, s, d, names, comparison);
                if (wrong != null) {
                    String message = (sets.size() == 1 ? "" : set.getFileName() + ": ") + wrong;
                    return new Outcome(Outcome.Result.failed, comparison.maxAbs(), comparison.maxRel(), seconds(start), message);
                }
                compared += d.outputs().size();
            }
        }
        if (compared == 0) {
            return Outcome.failed(seconds(start), "no outputs are recorded, so nothing was compared");
        }
        return new Outcome(Outcome.Result.passed, comparison.maxAbs(), comparison.maxRel(), seconds(start), "");
    }

    /** Gives a session the recorded inputs; says what is wrong with them, or null. @param names of all inputs in the order in which they are recorded */
    static String fill(Model m, Session s, DataSet d, List<String> names) {
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
                    ? InputFiles.toRuntime(Conversions.declared(t.tensor(), in.type()))
                    : Conversions.toRuntime(i.datum(), i.file().toString()));
        }
        return null;
    }

    private static String one(Model m, Session s, DataSet d, List<String> names, Comparison comparison) {
        String missing = fill(m, s, d, names);
        if (missing != null) {
            return missing;
        }
        s.run();
        boolean named = named(d.outputs(), m.outputs().stream().map(TensorSpec::name).toList());
        for (DataSet.Item o : d.outputs()) {
            if (o.index() >= m.outputs().size()) {
                return "output " + o.index() + " is recorded, but the model has " + m.outputs().size();
            }
            String name = named ? o.name() : m.outputs().get(o.index()).name();
            String wrong = comparison.check(s.outputValue(name), o.datum());
            if (wrong != null) {
                return "output \"" + name + "\" " + wrong;
            }
        }
        return null;
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
