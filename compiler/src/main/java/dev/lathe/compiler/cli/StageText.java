package dev.lathe.compiler.cli;

import dev.lathe.codegen.debug.Listing;
import dev.lathe.codegen.emit.Emitted;
import dev.lathe.codegen.jar.WholeFile;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.text.ProgramPrinter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.Trace;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.text.GraphPrinter;
import dev.lathe.compiler.ir.text.SideFile;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.compiler.pass.Evaluator;
import dev.lathe.compiler.pass.Passes;
import dev.lathe.compiler.picture.Picture;
import dev.lathe.compiler.tensor.SafetensorsFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a stage makes, as text. */
final class StageText {
    private StageText() {}

    /** Refuses names of stages that there aren't. */
    static void check(String stage, boolean graphsOnly) {
        List<String> all = new ArrayList<>(List.of("import"));
        all.addAll(Passes.byName(Evaluator.NONE).keySet());
        all.add("graph");
        if (!graphsOnly) {
            all.addAll(List.of("program", "classes"));
        }
        if (!all.contains(stage)) {
            throw LatheException.wrongUse("", "there is no stage '" + stage + "'", "the stages are " + String.join(", ", all).replace("graph", "graph (all passes)")
                    + (graphsOnly && List.of("program", "classes").contains(stage) ? "\nlathe compile MODEL --stop-after " + stage + " prints what comes after the graph" : ""));
        }
    }

    /** The graph after an import or a pass; the name {@code graph} stands for the last pass. */
    static Graph graphAfter(Path model, ImportOptions options, Picture picture, String stage, Trace trace) {
        Map<String, Graph> seen = new LinkedHashMap<>();
        Graph last = Lathe.optimise(Lathe.read(model, options, picture), new Trace() {
            @Override
            public void graph(String name, Graph g) {
                seen.put(name, g);
                trace.graph(name, g);
            }
        });
        return stage.equals("graph") ? last : seen.get(stage);
    }

    /** What is there after a stage: a graph, a program's text, or listings. */
    static Object after(Path model, CompilerOptions o, String stage, Trace trace) {
        if (!stage.equals("program") && !stage.equals("classes")) {
            Map<String, int[]> shapes = o.shapes().isEmpty() ? Map.of() : o.shapes().get(0);
            return graphAfter(model, new ImportOptions(shapes, false, Map.of()).withSteps(o.steps()).withSignature(o.signature()), o.picture(), stage, trace);
        }
        List<String> texts = new ArrayList<>();
        Lathe.compile(model, o, new Trace() {
            @Override
            public void graph(String name, Graph g) {
                trace.graph(name, g);
            }

            @Override
            public void program(String path, Program p) {
                trace.program(path, p);
                if (stage.equals("program")) {
                    texts.add(of(p));
                }
            }

            @Override
            public void classes(String path, Program p, Emitted e) {
                trace.classes(path, p, e);
                if (stage.equals("classes")) {
                    e.classes().values().forEach(c -> texts.add(Listing.of(c, null)));
                }
            }
        });
        return String.join("\n", texts);
    }

    static String of(Program p) {
        return ProgramPrinter.print(p, c -> "const_" + c.buffer()).text();
    }

    /** Writes what a stage made to a file, a graph's big constants beside it; without a file, prints it whole. */
    static void write(Object made, Path file, PrintWriter out) throws IOException {
        if (file == null) {
            out.print(made instanceof Graph g ? GraphPrinter.print(g) : made);
            out.flush();
        } else if (made instanceof Graph g) {
            writeGraph(g, file);
        } else {
            WholeFile.write(file, (String) made);
        }
    }

    private static void writeGraph(Graph g, Path file) throws IOException {
        String name = file.getFileName().toString();
        String beside = (name.endsWith(".lir") ? name.substring(0, name.length() - 4) : name) + ".safetensors";
        SideFile side = new SideFile();
        String text = GraphPrinter.print(g, beside, side).text();
        if (side.tensors().isEmpty()) {
            text = GraphPrinter.print(g);
        } else {
            SafetensorsFile.write(file.resolveSibling(beside), side.tensors(), Map.of());
        }
        WholeFile.write(file, text);
    }
}
