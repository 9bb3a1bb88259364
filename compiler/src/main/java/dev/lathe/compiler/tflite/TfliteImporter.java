package dev.lathe.compiler.tflite;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.Faults;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.Decomposer;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.compiler.onnx.Missing;
import dev.lathe.compiler.onnx.ModelNames;
import dev.lathe.compiler.onnx.OnnxImporter.Folder;
import dev.lathe.compiler.onnx.OutputNames;
import dev.lathe.compiler.tensor.FileBytes;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a TensorFlow Lite model into the graph IR. Quantised tensors are read as the numbers that they stand for, within their types' ends, and rounded
 * where {@link ImportOptions#steps} says so; only inputs and outputs keep their type. What operators and variables keep from one run to the next begins anew with every run.
 */
public final class TfliteImporter {
    static final int CUSTOM = 32;

    private final FlatTable model;
    private final String source;
    private final ImportOptions options;
    private final Decomposer decomposer;
    private final List<FlatTable> codes;
    private final List<FlatTable> graphs;
    private final List<FlatTable> buffers;
    /** What variables hold, by their names. */
    private final Map<String, Value> variables = new HashMap<>();
    /** What tables hold, by their names. */
    private final Map<String, TfliteTables.Contents> tables = new HashMap<>();
    /** The graphs that are being read, each inside the one before. */
    private final Set<Integer> open = new HashSet<>();

    private TfliteImporter(FlatTable model, List<FlatTable> graphs, String source, ImportOptions options, Folder folder) {
        this.model = model;
        this.graphs = graphs;
        this.source = source;
        this.options = options;
        this.decomposer = new Decomposer(folder);
        this.codes = model.tables(1);
        this.buffers = model.tables(4);
    }

    public static Graph read(Path file, ImportOptions options, Folder folder) {
        ByteBuffer bytes = FileBytes.whole(file);
        try {
            FlatTable model = FlatTable.root(bytes, file.toString());
            List<FlatTable> graphs = model.tables(2);
            if (graphs.isEmpty()) {
                throw FlatTable.damaged(file.toString(), "it has no graph");
            }
            return new TfliteImporter(model, graphs, file.toString(), options, folder).graph(file);
        } catch (LatheException e) {
            throw e.where().startsWith(file.toString()) ? e : e.within(file.toString());
        } catch (IndexOutOfBoundsException | IllegalArgumentException | ArithmeticException | NegativeArraySizeException e) {
            throw Faults.because(FlatTable.damaged(file.toString(), Faults.plain(e)), e);
        }
    }

    String source() {
        return source;
    }

    /** True where what the interpreter rounds is to be rounded. */
    boolean steps() {
        return options.steps();
    }

    Decomposer decomposer() {
        return decomposer;
    }

    FlatTable codeOf(FlatTable operator) {
        return codes.get(operator.int32(0, 0));
    }

    Map<String, Value> variables() {
        return variables;
    }

    Map<String, TfliteTables.Contents> tables() {
        return tables;
    }

    /** A constant's bytes; empty where there are none. */
    ByteBuffer data(int buffer) {
        FlatTable b = buffers.get(buffer);
        long offset = b.int64(1);
        return offset > 1 ? model.region(offset, b.int64(2)) : b.bytes(0);
    }

    private Graph graph(Path file) {
        check();
        int main = options.signature() == null ? 0 : TfliteSignatures.graph(model, options.signature());
        if (main < 0 || main >= graphs.size()) {
            throw FlatTable.damaged(source, "signature \"" + options.signature() + "\" is that of graph " + main + ", which is not there");
        }
        GraphBuilder b = new GraphBuilder();
        TfliteGraph g = new TfliteGraph(this, graphs.get(main), b);
        options.checkNames(Arrays.stream(g.inputs()).mapToObj(g::name).toList());
        for (int i : g.inputs()) {
            g.put(i, input(g, b, i));
        }
        open.add(main);
        g.read();
        List<Value> outputs = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i : g.outputs()) {
            outputs.add(options.numbers().contains(g.name(i)) ? g.value(i) : g.output(i));
            names.add(g.name(i));
        }
        return OutputNames.keep(b.finish(ModelNames.graph(file, List.of(".tflite"), List.of("model")), outputs), names);
    }

    /** Reads another graph into a region; its inputs are what is given. @return its outputs */
    List<Value> inner(int graph, GraphBuilder into, List<Value> args) {
        if (graph < 0 || graph >= graphs.size() || !open.add(graph)) {
            throw FlatTable.damaged(source, "graph " + graph + " is not there, or contains itself");
        }
        TfliteGraph g = new TfliteGraph(this, graphs.get(graph), into);
        int[] inputs = g.inputs();
        if (inputs.length != args.size()) {
            throw FlatTable.damaged(source, "graph " + graph + " takes " + inputs.length + " values and gets " + args.size());
        }
        for (int i = 0; i < inputs.length; i++) {
            g.put(inputs[i], args.get(i));
        }
        g.read();
        open.remove(graph);
        List<Value> r = new ArrayList<>();
        for (int i : g.outputs()) {
            r.add(g.value(i));
        }
        return r;
    }

    static int code(FlatTable c) {
        // small numbers stand in the field of the first versions
        return Math.max(c.int8(0, 0), c.int32(3, 0));
    }

    static TfliteTable.Row find(FlatTable c) {
        return code(c) == CUSTOM ? TfliteTable.custom(c.string(1)) : TfliteTable.find(code(c));
    }

    private void check() {
        Missing missing = new Missing("1 TensorFlow Lite operator is", "TensorFlow Lite operators are", "operation");
        for (FlatTable g : graphs) {
            TfliteGraph named = new TfliteGraph(this, g, null);
            for (FlatTable o : g.tables(3)) {
                FlatTable c = codeOf(o);
                if (find(c) == null && !TfliteGraph.CONTROL.contains(code(c))) {
                    missing.add(code(c) == CUSTOM ? "custom operator " + c.string(1) : "builtin operator " + TfliteNames.of(code(c)), named.title(o));
                }
            }
        }
        missing.refuse(source, "export the model with other operators");
    }

    private Value input(TfliteGraph g, GraphBuilder b, int i) {
        int[] shape = g.shape(i);
        int[] signature = g.signature(i);
        String name = g.name(i);
        int[] given = options.shape(name, shape.length);
        List<Dim> dims = new ArrayList<>();
        for (int k = 0; k < shape.length; k++) {
            boolean openDim = options.dynamic() || signature.length == shape.length && signature[k] < 0;
            if (given == null && openDim) {
                String symbol = ModelNames.symbol(name) + "_" + k;
                b.reserveSymbol(symbol);
                dims.add(Dim.sym(symbol));
            } else {
                dims.add(Dim.of(given != null ? given[k] : shape[k]));
            }
        }
        Tensor fixed = options.constants().get(name);
        float[] s = g.scales(i);
        boolean plain = s.length == 0 || options.numbers().contains(name);
        Value x = fixed != null ? b.constant(name, fixed) : b.input(name, Type.tensor(plain && s.length > 0 ? ElementType.F32 : g.type(i), dims));
        if (plain) {
            return options.steps() ? g.stepped(i, x) : x;
        }
        Value f = b.op("cast", Attrs.of("to", ElementType.F32), x);
        return b.op("mul", b.op("sub", f, b.scalar(ElementType.F32, g.zero(i, 0))), b.scalar(ElementType.F32, s[0]));
    }
}
