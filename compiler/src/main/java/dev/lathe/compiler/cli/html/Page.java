package dev.lathe.compiler.cli.html;

import dev.lathe.codegen.emit.Emitted;
import dev.lathe.codegen.jar.WholeFile;
import dev.lathe.codegen.program.Program;
import dev.lathe.compiler.Trace;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.runtime.ElementType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Collects what a compilation makes, or what a jar holds, and writes the page: one file that needs no other. */
public final class Page implements Trace {
    private final List<Object> passes = new ArrayList<>();
    private final List<Map<String, Object>> programs = new ArrayList<>();
    private Map<String, Integer> before;
    private int nodes;
    private boolean begun;
    private String stage = "";
    private Graph last;
    private List<Object> inputs = List.of();
    private List<Object> outputs = List.of();
    private Map<String, Object> profile;

    @Override
    public void graph(String name, Graph g) {
        if (begun) {
            // further choices of shapes pass through the same passes
            stage = "later";
            return;
        }
        begun = true;
        inputs = values(g.inputs());
        outputs = values(g.outputs());
        seen(name, g, null);
    }

    @Override
    public void pass(String name, Graph result, long nanos) {
        if (stage.isEmpty()) {
            seen(name, result, nanos / 1e6);
        }
    }

    private void seen(String name, Graph g, Double millis) {
        Map<String, Integer> now = GraphData.operators(g);
        int count = now.values().stream().mapToInt(Integer::intValue).sum();
        List<Object> changes = new ArrayList<>();
        if (before != null) {
            TreeSet<String> ops = new TreeSet<>(before.keySet());
            ops.addAll(now.keySet());
            for (String op : ops) {
                int change = now.getOrDefault(op, 0) - before.getOrDefault(op, 0);
                if (change != 0) {
                    changes.add(List.of(op, change));
                }
            }
        }
        passes.add(Json.object("name", name, "ms", millis, "before", before == null ? null : nodes, "after", count, "top", g.nodes().stream().filter(n -> !n.is("const")).count(), "ops", changes));
        before = now;
        nodes = count;
        last = g;
    }

    private static List<Object> values(List<dev.lathe.compiler.ir.Value> values) {
        List<Object> l = new ArrayList<>();
        values.forEach(v -> l.add(List.of(v.name(), v.type().toString())));
        return l;
    }

    @Override
    public void classes(String path, Program p, Emitted e) {
        programs.add(ProgramData.of(path, p, e));
    }

    /** A program of a jar. */
    public void program(String path, String text, String name) {
        // the weights are in another entry, and the page shows none of them
        Program p = dev.lathe.codegen.text.ProgramParser.parse(new dev.lathe.codegen.text.Source(name, text), (w, type) -> dev.lathe.codegen.text.DataText.allocate(type, 0));
        programs.add(ProgramData.of(path, p, null));
        if (programs.size() == 1) {
            inputs = ports(p.inputs());
            outputs = ports(p.outputs());
        }
    }

    boolean hasPrograms() {
        return !programs.isEmpty();
    }

    private static List<Object> ports(List<dev.lathe.codegen.program.Port> ports) {
        List<Object> l = new ArrayList<>();
        for (dev.lathe.codegen.program.Port p : ports) {
            ElementType t = p.type();
            l.add(List.of(p.name(), (t == null ? p.kind().name().toLowerCase(java.util.Locale.ROOT) : t.text()) + p.dims()));
        }
        return l;
    }

    private static List<Double> list(double[] values) {
        return java.util.Arrays.stream(values).boxed().toList();
    }

    /** @throws LatheException when none of the page's programs was measured */
    public void profile(Path file) throws IOException {
        ProfileFile p = ProfileFile.read(file);
        for (int i = 0; i < programs.size(); i++) {
            if (p.isOf(programs.get(i))) {
                List<Double> millis = java.util.Arrays.stream(p.millis()).map(m -> Math.round(m * 1e5) / 1e5).boxed().toList();
                profile = Json.object("program", i, "threads", p.threads(), "runs", p.runs(), "whole", p.wholeJson(), "ms", millis, "operations", list(p.operations()), "bytes", list(p.bytes()));
                return;
            }
        }
        throw new LatheException(file.toString(), "this profile is of other steps: model " + p.model() + ", target " + p.target() + ", shapes " + p.path(),
                "measure the same model with the same --target and --shape: lathe bench MODEL --target T --profile FILE");
    }

    /**
     * Writes the page.
     *
     * @param model its name
     * @param facts more that is known, by title, in the order in which they are shown
     */
    public void write(Path file, String model, Map<String, String> facts) throws IOException {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("model", model);
        data.put("facts", new LinkedHashMap<>(facts));
        data.put("inputs", inputs);
        data.put("outputs", outputs);
        data.put("passes", passes);
        data.put("graph", last == null ? stepGraph() : GraphData.of(last));
        data.put("fromJar", last == null);
        data.put("programs", programs);
        data.put("profile", profile);
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        WholeFile.write(file, page(Json.of(data)));
    }

    /** Steps and what flows between them: what a jar still knows of the graph. */
    private Map<String, Object> stepGraph() {
        List<Map<String, Object>> all = new ArrayList<>();
        List<int[]> edges = new ArrayList<>();
        Map<String, Object> p = programs.get(0);
        List<?> buffers = (List<?>) p.get("buffers");
        Map<Object, Integer> writer = new LinkedHashMap<>();
        List<?> steps = (List<?>) p.get("steps");
        for (int i = 0; i < steps.size(); i++) {
            Map<?, ?> s = (Map<?, ?>) steps.get(i);
            List<?> reads = (List<?>) s.get("r");
            List<?> writes = (List<?>) s.get("w");
            TreeSet<Integer> from = new TreeSet<>();
            reads.stream().filter(writer::containsKey).forEach(b -> from.add(writer.get(b)));
            for (int f : from) {
                edges.add(new int[] {f, i});
            }
            // a helper's buffers count as read and written: what comes after it stands below it
            (writes.isEmpty() && "helper".equals(s.get("k")) ? reads : writes).forEach(b -> writer.put(b, all.size()));
            all.add(Json.object("o", GraphData.cut(s.get("n").toString(), 30), "k", s.get("k"), "n", s.get("loc"), "in", named(reads, buffers), "out", named(writes, buffers), "s", i));
        }
        return GraphData.placed(all, edges);
    }

    private static List<Object> named(List<?> ids, List<?> buffers) {
        List<Object> l = new ArrayList<>();
        for (Object id : ids) {
            Map<?, ?> b = (Map<?, ?>) buffers.get((Integer) id);
            l.add(b.get("k").equals("CONST") ? List.of(b.get("n"), b.get("s") + "[" + b.get("z") + "]", 1) : List.of(b.get("n"), b.get("s") + "[" + b.get("z") + "]"));
        }
        return l;
    }

    private static String page(String json) {
        // the data last: nothing in it is looked at again
        return resource("page.html").replace("/*page.css*/", resource("page.css"))
                .replace("/*page.js*/", resource("page.js") + resource("overview.js") + resource("graph.js") + resource("memory.js") + resource("main.js")).replace("/*data*/", json);
    }

    private static String resource(String name) {
        try (InputStream in = Page.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
