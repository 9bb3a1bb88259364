package dev.lathe.compiler;

import dev.lathe.codegen.emit.ClassEmitter;
import dev.lathe.codegen.emit.Emitted;
import dev.lathe.codegen.emit.KernelSize;
import dev.lathe.codegen.facade.Facade;
import dev.lathe.codegen.facade.FacadeClass;
import dev.lathe.codegen.facade.FacadeSource;
import dev.lathe.codegen.jar.ConstLayout;
import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.StateLayout;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.text.ProgramPrinter;
import dev.lathe.codegen.transform.Transform;
import dev.lathe.compiler.diag.Faults;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.interp.Folds;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.lower.ProgramBuilder;
import dev.lathe.compiler.lower.StepCosts;
import dev.lathe.compiler.lower.TargetInfo;
import dev.lathe.compiler.lower.WinogradChoice;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.compiler.pass.PassManager;
import dev.lathe.compiler.pass.Passes;
import dev.lathe.compiler.picture.Picture;
import dev.lathe.compiler.picture.PictureInput;
import dev.lathe.compiler.picture.PictureSizes;
import dev.lathe.compiler.tflite.TfliteSignatures;
import dev.lathe.runtime.Target;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** The pipeline: model to jar, one line a stage. The command line, the Maven plugin and the tests all come through here. */
public final class Lathe {
    public static final String VERSION = "0.1.0";

    private Lathe() {}

    /** Reads a model of any format that Lathe knows; the contents tell which. */
    public static Graph read(Path model, ImportOptions options) {
        return Faults.in(model.toString(), () -> {
            ModelFormat format = ModelFormat.of(model);
            if (options.signature() != null && format != ModelFormat.TFLITE) {
                throw LatheException.wrongUse("", "only TensorFlow Lite models have signatures to choose from", "leave --signature out");
            }
            return format.read(model, options);
        });
    }

    /** The names of the functions that a sound model offers; empty but for TensorFlow Lite's. The first is read where none is chosen. */
    public static List<String> signatures(Path model) {
        return Faults.in(model.toString(), () -> ModelFormat.of(model) == ModelFormat.TFLITE ? TfliteSignatures.of(model) : List.of());
    }

    /** As {@link #read(Path, ImportOptions)}, taking pictures when {@code picture} says how. */
    public static Graph read(Path model, ImportOptions options, Picture picture) {
        Graph g = read(model, options);
        return picture == null ? g : Faults.in(model.toString(), () -> PictureInput.prepend(g, picture));
    }

    /** The model's file in a folder, or null when it holds none that Lathe can read. */
    public static Path modelIn(Path folder) {
        return ModelFormat.modelIn(folder);
    }

    /** The graph that is lowered. */
    public static Graph optimise(Graph g) {
        return optimise(g, Trace.NONE);
    }

    /** As {@link #optimise(Graph)}, seen by {@code trace}. */
    public static Graph optimise(Graph g, Trace trace) {
        trace.graph("import", g);
        PassManager passes = new PassManager(Passes.standard(new Folds()::fold), (pass, result, nanos) -> trace.pass(pass.name(), result, nanos));
        return Faults.in(g.name(), () -> passes.run(g));
    }

    /** The scheduled program for one target. */
    public static Program lower(Graph g, Target target) {
        return lower(g, target, new StepCosts());
    }

    private static Program lower(Graph g, Target target, StepCosts costs) {
        TargetInfo t = TargetInfo.of(target.text());
        return Faults.in(g.name(), () -> ProgramBuilder.build(g, t, k -> Transform.forTarget(k, t.lanes(), KernelSize::fits), costs));
    }

    /** All that goes into the jar. */
    public static JarContents compile(Path model, CompilerOptions o) {
        return compile(model, o, Trace.NONE);
    }

    /** As {@link #compile(Path, CompilerOptions)}, seen by {@code trace}. */
    public static JarContents compile(Path model, CompilerOptions o, Trace trace) {
        Map<String, ImportOptions> imports = new LinkedHashMap<>();
        o.shapes().forEach(s -> imports.put(shapeName(s), new ImportOptions(s, false, Map.of())));
        if (imports.isEmpty() || o.fallback()) {
            imports.put("any", ImportOptions.NONE);
        }
        List<Graph> paths = new ArrayList<>();
        PictureSizes sizes = new PictureSizes(model, o.picture());
        for (ImportOptions i : imports.values()) {
            Graph g = read(model, i.withSteps(o.steps()).withSignature(o.signature()));
            paths.add(optimise(o.picture() == null ? g : sizes.prepend(g), trace));
        }
        return assemble(paths, List.copyOf(imports.keySet()), o.withPicture(sizes.options()), trace);
    }

    /** Back end only: optimised graphs to jar contents. */
    public static JarContents assemble(List<Graph> paths, List<String> names, CompilerOptions o) {
        return assemble(paths, names, o, Trace.NONE);
    }

    /** As {@link #assemble(List, List, CompilerOptions)}, seen by {@code trace}. */
    public static JarContents assemble(List<Graph> paths, List<String> names, CompilerOptions o, Trace trace) {
        boolean winograd = !o.numerics().getOrDefault("winograd", "true").equals("false");
        return Faults.in(paths.get(0).name(), () -> contents(winograd ? WinogradChoice.mark(paths) : paths, names, o, trace));
    }

    private static JarContents contents(List<Graph> paths, List<String> names, CompilerOptions o, Trace trace) {
        String id = o.className() == null ? ClassNames.of(paths.get(0).name()) : o.className();
        Map<String, String> texts = new TreeMap<>();
        List<Map<Target, JarContents.Variant>> variants = new ArrayList<>();
        paths.forEach(p -> variants.add(new EnumMap<>(Target.class)));
        for (Target t : o.targets()) {
            StepCosts costs = new StepCosts();
            List<Program> programs = paths.stream().map(g -> lower(g, t, costs)).toList();
            ConstLayout consts = ConstLayout.of(programs);
            for (int i = 0; i < programs.size(); i++) {
                String file = simple(id) + "-" + t.text() + (programs.size() == 1 ? "" : "-" + i) + ".lir";
                trace.program(names.get(i), programs.get(i));
                String internalName = id.replace('.', '/') + "$" + t.text() + "$" + i;
                String path = names.get(i);
                texts.put(StepCosts.entry(file), costs.table(programs.get(i)));
                variants.get(i).put(t, variant(programs.get(i), consts, internalName, file, texts, (p, e) -> trace.classes(path, p, e)));
            }
        }
        List<JarContents.Path> all = new ArrayList<>();
        for (int i = 0; i < paths.size(); i++) {
            all.add(new JarContents.Path(names.get(i), variants.get(i)));
        }
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("compiler", VERSION);
        o.numerics().forEach((k, v) -> properties.put("option." + k, v));
        if (o.signature() != null) {
            properties.put("signature", o.signature());
        }
        if (o.picture() != null) {
            properties.putAll(o.picture().stamp());
        }
        if (!o.labels().isEmpty()) {
            properties.put("labels", String.join("\n", o.labels()));
        }
        List<Program> typed = all.stream().map(p -> p.variants().values().iterator().next().layout().program()).toList();
        if (!Facades.fits(paths.get(0).name(), o, typed)) {
            return new JarContents(id, paths.get(0).name(), properties, all, Map.of(), texts);
        }
        Facade facade = Facades.of(id, paths.get(0).name(), o, typed);
        texts.put(simple(id) + ".java", FacadeSource.write(facade));
        return new JarContents(id, paths.get(0).name(), properties, all, FacadeClass.write(facade), texts);
    }

    private static JarContents.Variant variant(Program p, ConstLayout consts, String internalName, String file, Map<String, String> texts,
            BiConsumer<Program, Emitted> trace) {
        // the text of a long program takes as long as its memory plan, and neither needs the other
        Aside<ProgramPrinter.Printed> text = new Aside<>(() -> ProgramPrinter.print(p, c -> "const_" + c.buffer()));
        StateLayout layout;
        try {
            layout = StateLayout.of(p, consts);
        } catch (ArithmeticException e) {
            // more than an array holds, or a size that wraps
            throw Faults.because(new LatheException("", "its values don't fit into Java's arrays: " + Faults.plain(e), "give its inputs smaller shapes"), e);
        }
        ProgramPrinter.Printed printed = text.get();
        texts.put(file, printed.text());
        Map<Stmt, Integer> stmtLines = new IdentityHashMap<>();
        printed.stmtLines().values().forEach(stmtLines::putAll);
        Emitted e = ClassEmitter.emit(layout, internalName, new Lines(file, printed.stepLines(), stmtLines), k -> k);
        trace.accept(p, e);
        return new JarContents.Variant(layout, internalName, e.classes(), printed.stepLines());
    }

    private record Lines(String sourceFile, int[] stepLines, Map<Stmt, Integer> stmtLines) implements dev.lathe.codegen.emit.Lines {
        @Override
        public int stepLine(int flat) {
            return stepLines[flat];
        }

        @Override
        public int stmtLine(Stmt s) {
            return stmtLines.getOrDefault(s, 0);
        }
    }

    private static String simple(String id) {
        return id.substring(id.lastIndexOf('.') + 1);
    }

    private static String shapeName(Map<String, int[]> s) {
        StringBuilder b = new StringBuilder();
        s.forEach((name, dims) -> {
            b.append(b.length() == 0 ? "" : ",").append(name).append('=');
            for (int i = 0; i < dims.length; i++) {
                b.append(i == 0 ? "" : "x").append(dims[i]);
            }
        });
        return b.toString();
    }
}
