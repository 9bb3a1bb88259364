package dev.lathe.compiler.onnx.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.text.GraphParser;
import dev.lathe.compiler.ir.text.GraphPrinter;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.compiler.onnx.TensorEncoder;
import dev.lathe.compiler.onnx.proto.TensorProto;
import dev.lathe.compiler.onnx.proto.WireWriter;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A small ONNX graph with nested graphs, run as classes: as it is, again after its text, with open dimensions, with dead memory poisoned. */
final class OnnxGraph {
    private final WireWriter graph = new WireWriter();
    private final List<String> inputs = new ArrayList<>();
    private final List<Datum> data = new ArrayList<>();
    private final List<String> outputs = new ArrayList<>();
    private final List<WireWriter> nodes = new ArrayList<>();
    private final List<WireWriter> functions = new ArrayList<>();

    static OnnxGraph of(String name) {
        OnnxGraph g = new OnnxGraph();
        g.graph.string(2, name);
        return g;
    }

    private static WireWriter tensorType(ElementType t, int... dims) {
        WireWriter shape = new WireWriter();
        for (int d : dims) {
            shape.message(1, d < 0 ? new WireWriter() : new WireWriter().int64(1, d));
        }
        WireWriter w = new WireWriter().int64(1, TensorProto.dataType(t));
        return new WireWriter().message(1, dims == null ? w : w.message(2, shape));
    }

    /** A graph's input with what is given for it. */
    OnnxGraph in(String name, dev.lathe.runtime.Tensor t) {
        inputs.add(name);
        data.add(t);
        graph.message(11, new WireWriter().string(1, name).message(2, tensorType(t.type(), t.shape())));
        return this;
    }

    /** As the other, with dimensions that the model leaves open. */
    OnnxGraph open(String name, dev.lathe.runtime.Tensor t, int... axes) {
        inputs.add(name);
        data.add(t);
        int[] dims = t.shape().clone();
        for (int a : axes) {
            dims[a] = -1;
        }
        graph.message(11, new WireWriter().string(1, name).message(2, tensorType(t.type(), dims)));
        return this;
    }

    /** What the inputs are given from now on. */
    OnnxGraph give(dev.lathe.runtime.Tensor... tensors) {
        data.clear();
        data.addAll(List.of(tensors));
        return this;
    }

    /** A sequence of tensors with {@code rank} open dimensions. */
    OnnxGraph in(String name, Datum sequence, ElementType t, int rank) {
        inputs.add(name);
        data.add(sequence);
        int[] open = new int[rank];
        java.util.Arrays.fill(open, -1);
        graph.message(11, new WireWriter().string(1, name).message(2, new WireWriter().message(4, new WireWriter().message(1, tensorType(t, open)))));
        return this;
    }

    /** A nested graph's input. */
    OnnxGraph arg(String name, ElementType t) {
        graph.message(11, new WireWriter().string(1, name).message(2, new WireWriter().message(1, new WireWriter().int64(1, TensorProto.dataType(t)))));
        return this;
    }

    OnnxGraph out(String... names) {
        for (String n : names) {
            outputs.add(n);
            graph.message(12, new WireWriter().string(1, n).message(2, new WireWriter().message(1, new WireWriter().int64(1, 1))));
        }
        return this;
    }

    OnnxGraph weight(String name, Tensor t) {
        graph.message(5, TensorEncoder.encode(t, name));
        return this;
    }

    OnnxGraph weight(String name, long... v) {
        return weight(name, Tensor.ofLongs(new int[] {v.length}, v));
    }

    /** A node; {@code _} is an absent operand. */
    OnnxGraph node(String op, String in, String out, WireWriter... attributes) {
        WireWriter n = new WireWriter();
        for (String i : in.isEmpty() ? new String[0] : in.split(" ")) {
            n.string(1, i.equals("_") ? "" : i);
        }
        for (String o : out.split(" ")) {
            n.string(2, o);
        }
        n.string(3, op + nodes.size()).string(4, op.substring(op.lastIndexOf('.') + 1).split(":")[0]);
        for (WireWriter a : attributes) {
            n.message(5, a);
        }
        if (op.contains(".")) {
            n.string(7, op.substring(0, op.lastIndexOf('.')));
        }
        if (op.contains(":")) {
            n.string(8, op.substring(op.indexOf(':') + 1));
        }
        nodes.add(n);
        graph.message(1, n);
        return this;
    }

    /** A function of the model, called as {@code local.name:overload}; its body's outputs are the function's. */
    OnnxGraph function(String name, String overload, String in, String attribute, OnnxGraph body) {
        WireWriter f = new WireWriter().string(1, name).string(10, "local").string(13, overload).string(6, attribute)
                .message(9, new WireWriter().string(1, "").int64(2, 13));
        for (String i : in.split(" ")) {
            f.string(4, i);
        }
        body.outputs.forEach(o -> f.string(5, o));
        body.nodes.forEach(n -> f.message(7, n));
        functions.add(f);
        return this;
    }

    /** An integer attribute that is the call's. */
    static WireWriter reference(String name, String of) {
        return new WireWriter().string(1, name).int64(20, 2).string(21, of);
    }

    static WireWriter number(String name, long v) {
        return new WireWriter().string(1, name).int64(3, v).int64(20, 2);
    }

    static WireWriter numbers(String name, long... v) {
        return new WireWriter().string(1, name).packed(8, v).int64(20, 7);
    }

    static WireWriter graph(String name, OnnxGraph g) {
        return new WireWriter().string(1, name).message(6, g.graph).int64(20, 5);
    }

    static dev.lathe.runtime.Tensor floats(int[] dims, float... v) {
        return dev.lathe.runtime.Tensor.ofFloats(v, dims);
    }

    static dev.lathe.runtime.Tensor floats(float... v) {
        return floats(new int[] {v.length}, v);
    }

    static dev.lathe.runtime.Tensor scalar(long v) {
        return dev.lathe.runtime.Tensor.ofLongs(new long[] {v});
    }

    static dev.lathe.runtime.Tensor bool(boolean v) {
        return dev.lathe.runtime.Tensor.ofBooleans(new boolean[] {v});
    }

    Graph read(int opset, boolean dynamic) {
        try {
            Path file = Files.createTempFile("graph", ".onnx");
            try {
                WireWriter model = new WireWriter().int64(1, 8).message(7, graph).message(8, new WireWriter().string(1, "").int64(2, opset))
                        .message(8, new WireWriter().string(1, "local").int64(2, 1))
                        .message(8, new WireWriter().string(1, "ai.onnx.ml").int64(2, 3));
                functions.forEach(f -> model.message(25, f));
                Files.write(file, model.toBytes());
                return Lathe.read(file, new ImportOptions(Map.of(), dynamic, Map.of()));
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The results; all ways of running gave the same. */
    List<Datum> run(int opset) {
        Graph g = Lathe.optimise(read(opset, false));
        List<Datum> want = run(g, false);
        assertEquals(want, run(g, true), "poisoned");
        assertEquals(want, run(GraphParser.parse("graph", GraphPrinter.print(g)), false), "from text");
        assertEquals(want, run(Lathe.optimise(read(opset, true)), false), "dynamic");
        return want;
    }

    /** The results of the model as it is. */
    List<Datum> runOnce(int opset) {
        return run(Lathe.optimise(read(opset, false)), false);
    }

    private List<Datum> run(Graph g, boolean poison) {
        System.setProperty("lathe.poison", Boolean.toString(poison));
        var jar = Lathe.assemble(List.of(g), List.of("any"), CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE)));
        try (Model m = Model.of(JarWriter.image(jar), jar.id(), ModelOptions.DEFAULT.withTarget(Target.PORTABLE)); Session s = m.newSession()) {
            List<Datum> first = List.of();
            // the second run finds what the first left behind
            for (int turn = 0; turn < 2; turn++) {
                for (int i = 0; i < inputs.size(); i++) {
                    s.set(inputs.get(i), data.get(i));
                }
                s.run();
                List<Datum> r = outputs.stream().map(s::outputValue).toList();
                if (turn > 0) {
                    assertEquals(first, r);
                }
                first = r;
            }
            return first;
        } finally {
            System.clearProperty("lathe.poison");
        }
    }
}
