package dev.lathe.bench;

import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.Trace;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Flops;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.lower.WinogradChoice;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.compiler.tensor.DataSet;
import dev.lathe.compiler.tensor.Datum;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A folder with a model and the inputs to run it on.
 *
 * @param inputs of the first data set, by the inputs' names
 * @param shapes for the static path: those of the inputs whose declared shapes are open
 */
record ModelFolder(Path folder, Path model, Map<String, Tensor> inputs, Map<String, int[]> shapes) {
    static ModelFolder read(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new LatheException(folder.toString(), "there is no such folder", "name folders that hold a model and test_data_set_0");
        }
        Path model = Lathe.modelIn(folder);
        if (model == null) {
            throw new LatheException(folder.toString(), "there is no model in this folder");
        }
        List<Path> sets = DataSet.folders(folder);
        if (sets.isEmpty()) {
            throw new LatheException(folder.toString(), "there is no test_data_set_0 with inputs to run the model on");
        }
        List<Value> declared = Lathe.read(model, ImportOptions.NONE).inputs();
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        Map<String, int[]> shapes = new LinkedHashMap<>();
        for (DataSet.Item i : DataSet.read(sets.get(0), List.of(), List.of()).inputs()) {
            if (i.index() >= declared.size()) {
                throw new LatheException(i.file().toString(), "the model has " + declared.size() + " inputs only");
            }
            if (!(i.datum() instanceof Datum.TensorDatum t)) {
                throw new LatheException(i.file().toString(), "this is no tensor; the benchmark takes tensors only");
            }
            Value v = declared.get(i.index());
            inputs.put(v.name(), Tensor.owning(t.tensor().type(), t.tensor().data(), t.tensor().dims()));
            if (v.type() instanceof Type.TensorType type && !type.isStatic()) {
                shapes.put(v.name(), t.tensor().dims());
            }
        }
        return new ModelFolder(folder, model, inputs, shapes);
    }

    String name() {
        return folder.toAbsolutePath().normalize().getFileName().toString();
    }

    /**
     * A compiled model: a jar, and how much it computes for the folder's inputs.
     *
     * @param saved multiply-adds of those that Winograd's forms leave out
     */
    record Compiled(Path jar, Flops flops, long saved) {
    }

    /** Compiles for one target and one choice of shapes into {@code into}. */
    Compiled compile(Target target, Code code, Path into) {
        boolean fixed = code == Code.STATIC && !shapes.isEmpty();
        CompilerOptions o = new CompilerOptions(null, List.of(target), fixed ? List.of(shapes) : List.of(), false, Map.of(), List.of());
        List<Graph> stages = new ArrayList<>();
        Path jar = into.resolve(name() + "-" + target.text() + "-" + code.name().toLowerCase(java.util.Locale.ROOT) + ".jar");
        try {
            Files.createDirectories(into);
            JarWriter.write(jar, Lathe.compile(model, o, new Trace() {
                @Override
                public void graph(String stage, Graph g) {
                    // only the last one is needed: what is lowered
                    stages.clear();
                    stages.add(g);
                }
            }));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Graph known = fixed || shapes.isEmpty() ? stages.get(0) : Lathe.optimise(Lathe.read(model, new ImportOptions(shapes, false, Map.of())));
        return new Compiled(jar, Flops.of(known), WinogradChoice.saved(known));
    }
}
