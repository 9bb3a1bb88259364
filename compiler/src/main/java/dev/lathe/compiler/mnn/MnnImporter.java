package dev.lathe.compiler.mnn;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.Faults;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.Decomposer;
import dev.lathe.compiler.onnx.ImportOptions;
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
import java.util.List;
import java.util.Set;

/**
 * Reads an MNN model into the graph IR. Values have the dimensions that MNN names, in the order of the tensor's
 * {@link Layout}; weights are read as the numbers that they stand for, however they are stored.
 */
public final class MnnImporter {
    private static final Set<String> SOURCES = Set.of("Input", "Const", "TrainableParam");

    private final FlatTable net;
    private final Path file;
    private final ImportOptions options;
    private final Decomposer decomposer;
    private final GraphBuilder b = new GraphBuilder();
    private final List<String> names;
    private final Value[] values;
    private final Layout[] layouts;

    private MnnImporter(FlatTable net, List<FlatTable> ops, Path file, ImportOptions options, Folder folder) {
        this.net = net;
        this.file = file;
        this.options = options;
        this.decomposer = new Decomposer(folder);
        this.names = net.strings(7);
        int most = names.size();
        for (FlatTable o : ops) {
            most = Math.max(most, 1 + Math.max(Arrays.stream(o.ints(0)).max().orElse(0), Arrays.stream(o.ints(4)).max().orElse(0)));
        }
        if (most > 1 << 22) {
            throw FlatTable.damaged(file.toString(), "an operation names tensor " + most);
        }
        this.values = new Value[most];
        this.layouts = new Layout[most];
    }

    /** True when a file is built as MNN's are, which have no mark of their own. */
    public static boolean looksLike(Path file, long size, int first) {
        // the root stands near the beginning: flatbuffers are written from their end
        if (first < 8 || first > 1 << 16 || first > size - 4 || size > Integer.MAX_VALUE) {
            return false;
        }
        try {
            FlatTable net = FlatTable.root(FileBytes.whole(file), file.toString());
            List<FlatTable> ops = net.tables(3);
            List<String> names = net.strings(7);
            return !ops.isEmpty() && !names.isEmpty() && ops.stream().allMatch(o -> Arrays.stream(o.ints(4)).allMatch(i -> i >= 0 && i < names.size()));
        } catch (LatheException | IndexOutOfBoundsException | IllegalArgumentException | ArithmeticException | NegativeArraySizeException e) {
            return false;
        }
    }

    public static Graph read(Path file, ImportOptions options, Folder folder) {
        ByteBuffer bytes = FileBytes.whole(file);
        try {
            FlatTable net = FlatTable.root(bytes, file.toString());
            List<FlatTable> ops = net.tables(3);
            if (ops.isEmpty()) {
                throw FlatTable.damaged(file.toString(), "it has no operations");
            }
            return new MnnImporter(net, ops, file, options, folder).graph(ops);
        } catch (LatheException e) {
            throw e.where().startsWith(file.toString()) ? e : e.within(file.toString());
        } catch (IndexOutOfBoundsException | IllegalArgumentException | ArithmeticException | NegativeArraySizeException e) {
            throw Faults.because(FlatTable.damaged(file.toString(), Faults.plain(e)), e);
        }
    }

    GraphBuilder b() {
        return b;
    }

    Decomposer decomposer() {
        return decomposer;
    }

    MnnWeights weights(FlatTable op) {
        return new MnnWeights(file.toAbsolutePath(), op.string(7));
    }

    private String name(int i) {
        return i < names.size() && !names.get(i).isEmpty() ? names.get(i) : "tensor_" + i;
    }

    private Graph graph(List<FlatTable> ops) {
        MnnTable.check(ops, this::title);
        List<FlatTable> inputs = ops.stream().filter(o -> kind(o).equals("Input")).toList();
        options.checkNames(inputs.stream().map(o -> name(o.ints(4)[0])).toList());
        inputs.forEach(this::input);
        for (FlatTable o : ops) {
            if (!kind(o).equals("Input")) {
                node(o);
            }
        }
        List<Integer> wanted = outputs(ops);
        List<Value> results = wanted.stream().map(this::value).toList();
        return OutputNames.keep(b.finish(ModelNames.graph(file, List.of(".mnn"), List.of("model")), results), wanted.stream().map(this::name).toList());
    }

    private static String kind(FlatTable o) {
        return OpNames.of(o.int32(5, 0));
    }

    /** The outputs that the model names, else all that is computed and that no operation takes. */
    private List<Integer> outputs(List<FlatTable> ops) {
        List<Integer> r = new ArrayList<>();
        for (String n : net.strings(4)) {
            int at = names.indexOf(n);
            if (at < 0) {
                throw FlatTable.damaged(file.toString(), "there is no tensor of the name of output \"" + n + "\"");
            }
            r.add(at);
        }
        if (!r.isEmpty()) {
            return r;
        }
        boolean[] taken = new boolean[values.length];
        for (FlatTable o : ops) {
            for (int i : o.ints(0)) {
                taken[Math.max(0, i)] |= i >= 0;
            }
        }
        for (FlatTable o : ops) {
            for (int i : SOURCES.contains(kind(o)) ? new int[0] : o.ints(4)) {
                if (!taken[i]) {
                    r.add(i);
                }
            }
        }
        if (r.isEmpty()) {
            throw FlatTable.damaged(file.toString(), "it computes nothing");
        }
        return r;
    }

    private Value value(int i) {
        if (values[i] == null) {
            throw FlatTable.damaged(file.toString(), "tensor \"" + name(i) + "\" is used before it is computed");
        }
        return values[i];
    }

    // ---- inputs and constants -----------------------------------------------------------------------------------

    private void input(FlatTable o) {
        int at = o.ints(4)[0];
        String name = name(at);
        FlatTable main = o.table(2);
        int[] shape = main == null ? new int[0] : main.ints(0);
        int[] given = options.shape(name, shape.length);
        List<Dim> dims = new ArrayList<>();
        for (int k = 0; k < shape.length; k++) {
            // 0 as well: converters write it for extents that the source left open
            if (given == null && (options.dynamic() || shape[k] <= 0)) {
                String symbol = k == 0 && shape.length > 1 ? "N" : ModelNames.symbol(name) + "_" + k;
                b.reserveSymbol(symbol);
                dims.add(Dim.sym(symbol));
            } else {
                dims.add(Dim.of(given != null ? given[k] : shape[k]));
            }
        }
        Tensor fixed = options.constants().get(name);
        ElementType type = DataTypes.of(main == null ? 1 : main.int32(1, 1));
        values[at] = fixed != null ? b.constant(name, fixed) : b.input(name, Type.tensor(type, dims));
        layouts[at] = Layout.of(main == null ? 2 : main.int8(2, 2));
    }

    private void constant(FlatTable o) {
        int at = o.ints(4)[0];
        FlatTable blob = o.table(2);
        if (blob == null) {
            throw FlatTable.damaged(file.toString(), "constant \"" + name(at) + "\" has no contents");
        }
        values[at] = b.constant(name(at), Blobs.read(blob, weights(o)));
        layouts[at] = Layout.of(blob.int8(1, 0));
    }

    // ---- operations ---------------------------------------------------------------------------------------------

    /** An operation's own name, else its first result's. */
    private String title(FlatTable o) {
        int[] out = o.ints(4);
        String own = o.string(3);
        return own.isEmpty() && out.length > 0 ? name(out[0]) : own;
    }

    private void node(FlatTable o) {
        int[] out = o.ints(4);
        String title = kind(o) + ":" + title(o);
        b.at(Loc.of(title));
        try {
            if (SOURCES.contains(kind(o))) {
                constant(o);
                return;
            }
            List<Value> in = new ArrayList<>();
            List<Layout> order = new ArrayList<>();
            for (int i : o.ints(0)) {
                in.add(i < 0 ? null : value(i));
                order.add(i < 0 ? Layout.FIRST : layouts[i]);
            }
            MnnNode n = new MnnNode(this, o, in, order, out.length);
            List<Value> r = MnnTable.find(o.int32(5, 0)).read(n);
            for (int i = 0; i < out.length && i < r.size(); i++) {
                values[out[i]] = r.get(i);
                layouts[out[i]] = n.layout();
            }
        } catch (LatheException e) {
            throw e.where().startsWith(file.toString()) ? e : e.within(file + ": operation \"" + title + "\"");
        } catch (RuntimeException e) {
            throw Faults.misfit(file + ": operation \"" + title + "\"", e);
        } finally {
            b.at(Loc.NONE);
        }
    }
}
