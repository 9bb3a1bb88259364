package dev.lathe.compiler.tflite;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.Faults;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.ops.LoopImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.compiler.tensor.TensorBytes;
import dev.lathe.runtime.ElementType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** One graph of a model: its tensors as values, and its operators in order, those that run other graphs among them. */
final class TfliteGraph {
    private static final int IF = 118;
    private static final int WHILE = 119;
    private static final int CALL_ONCE = 129;
    private static final int TABLE = 136;
    private static final int FIND = 137;
    private static final int IMPORT = 138;
    private static final int TABLE_SIZE = 139;
    private static final int VARIABLE = 142;
    private static final int READ = 143;
    private static final int ASSIGN = 144;
    private static final int STABLE_WHILE = 200;
    private static final int COMPOSITE = 206;
    /** Where a tensor's steps say what kind they are of, and which kind has steps for blocks of it. */
    private static final int DETAILS = 4;
    private static final int BLOCKWISE = 2;
    /** The operators that no row reads: they run graphs, or work on variables and tables. */
    static final Set<Integer> CONTROL = Set.of(IF, WHILE, CALL_ONCE, TABLE, FIND, IMPORT, TABLE_SIZE, VARIABLE, READ, ASSIGN, STABLE_WHILE, COMPOSITE);
    private static final Map<Integer, ElementType> TYPES = Map.ofEntries(Map.entry(0, ElementType.F32), Map.entry(1, ElementType.F16),
            Map.entry(2, ElementType.I32), Map.entry(3, ElementType.U8), Map.entry(4, ElementType.I64), Map.entry(5, ElementType.STR), Map.entry(6, ElementType.BOOL),
            Map.entry(7, ElementType.I16), Map.entry(8, ElementType.C64), Map.entry(9, ElementType.I8), Map.entry(10, ElementType.F64),
            Map.entry(12, ElementType.U64), Map.entry(15, ElementType.U32), Map.entry(16, ElementType.U16), Map.entry(17, ElementType.I4),
            Map.entry(18, ElementType.BF16), Map.entry(19, ElementType.I2), Map.entry(20, ElementType.U4));

    private final TfliteImporter importer;
    private final FlatTable graph;
    private final GraphBuilder b;
    private final List<FlatTable> tensors;
    private final Value[] values;
    /** The names of the variables that tensors stand for. */
    private final Map<Integer, String> handles = new HashMap<>();

    TfliteGraph(TfliteImporter importer, FlatTable graph, GraphBuilder b) {
        this.importer = importer;
        this.graph = graph;
        this.b = b;
        this.tensors = graph.tables(0);
        this.values = new Value[tensors.size()];
    }

    int[] inputs() {
        return graph.ints(1);
    }

    int[] outputs() {
        return graph.ints(2);
    }

    void put(int i, Value v) {
        values[i] = v;
    }

    /** Reads constants, then all operators. */
    void read() {
        for (int i = 0; i < values.length; i++) {
            ByteBuffer data = values[i] != null ? null : importer.data(tensors.get(i).int32(2, 0));
            if (data != null && data.hasRemaining()) {
                values[i] = constant(i, data);
            }
        }
        for (FlatTable o : graph.tables(3)) {
            node(o, importer.codeOf(o));
        }
    }

    // ---- tensors ------------------------------------------------------------------------------------------------

    String name(int i) {
        String n = tensors.get(i).string(3);
        return n.isEmpty() ? "tensor_" + i : n;
    }

    int[] shape(int i) {
        return tensors.get(i).ints(0);
    }

    int[] signature(int i) {
        return tensors.get(i).ints(7);
    }

    ElementType type(int i) {
        ElementType t = TYPES.get(tensors.get(i).int8(1, 0));
        if (t == null) {
            throw new LatheException(importer.source(), "tensor \"" + name(i) + "\" is of type " + tensors.get(i).int8(1, 0) + ", which is not supported");
        }
        return t;
    }

    /** Of quantised tensors: one for all elements, or one for each channel. */
    float[] scales(int i) {
        FlatTable q = tensors.get(i).table(4);
        if (blockwise(i)) {
            return blocks(i, q).scales();
        }
        return q == null || TYPES.getOrDefault(tensors.get(i).int8(1, 0), ElementType.F32).isFloat() ? new float[0] : q.floats(2);
    }

    /** Steps for every run of {@code size} elements; zeros are null where all are 0. */
    private record Blocks(float[] scales, long[] zeros, int size) {}

    private Blocks blocks(int i, FlatTable q) {
        FlatTable d = q.table(DETAILS + 1);
        if (q.int8(DETAILS, 0) != BLOCKWISE || d == null) {
            throw new LatheException(importer.source(), "tensor \"" + name(i) + "\" is quantised in a form (" + q.int8(DETAILS, 0) + ") that is not supported",
                    "export the model with steps for each tensor, channel or block");
        }
        int size = d.int32(2, 0);
        Tensor scales = stored(d.int32(0, 0));
        int zeros = d.int32(1, -1);
        long all = Arrays.stream(shape(i)).asLongStream().reduce(1, (a, c) -> a * c);
        if (size < 1 || all != (long) size * scales.size()) {
            throw FlatTable.damaged(importer.source(), "tensor \"" + name(i) + "\": " + scales.size() + " scales for blocks of " + size + " of its " + all + " numbers");
        }
        float[] s = new float[scales.size()];
        for (int k = 0; k < s.length; k++) {
            s[k] = (float) scales.number(k);
        }
        Tensor z = zeros < 0 ? null : stored(zeros);
        return new Blocks(s, z == null ? null : IntStream.range(0, z.size()).mapToLong(z::integer).toArray(), size);
    }

    /** What a tensor's buffer holds, in the type that it is stored in. */
    private Tensor stored(int i) {
        return TensorBytes.decode(type(i), shape(i), importer.data(tensors.get(i).int32(2, 0)));
    }

    long zero(int i, int channel) {
        long[] z = tensors.get(i).table(4).longs(3);
        return z.length == 0 ? 0 : z[z.length == 1 ? 0 : channel];
    }

    Value output(int i) {
        Value v = value(i);
        if (type(i) == ElementType.C64) {
            throw new LatheException(importer.source(), "output \"" + name(i) + "\" holds complex numbers, which is not supported", "give their parts or absolute values out");
        }
        float[] s = scales(i);
        if (s.length == 0 || !v.elem().isFloat()) {
            return v;
        }
        Value q = b.op("add", TfliteSteps.number(b, v, type(i), s[0], zero(i, 0)), b.scalar(ElementType.F32, zero(i, 0)));
        return b.op("cast", Attrs.of("to", type(i)), q);
    }

    Value value(int i) {
        if (values[i] == null) {
            throw FlatTable.damaged(importer.source(), "tensor \"" + name(i) + "\" is used before it is computed");
        }
        return values[i];
    }

    /** What is kept from one run to the next, before the first. */
    private Value zeros(int i) {
        List<Dim> dims = Arrays.stream(shape(i)).mapToObj(Dim::of).toList();
        ElementType t = scales(i).length > 0 ? ElementType.F32 : type(i);
        return b.op("expand", Attrs.of("dims", dims), b.scalar(t, 0));
    }

    private Value constant(int i, ByteBuffer data) {
        int[] dims = shape(i);
        FlatTable sparsity = tensors.get(i).table(6);
        Tensor t;
        try {
            t = sparsity != null ? TfliteSparse.dense(sparsity, type(i), dims, data)
                    : type(i) == ElementType.STR ? TfliteTables.texts(dims, data) : TensorBytes.decode(type(i), dims, data);
        } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException e) {
            throw FlatTable.damaged(importer.source(), "tensor \"" + name(i) + "\": " + Faults.plain(e));
        }
        float[] s = scales(i);
        if (t.type() == ElementType.F16 || t.type() == ElementType.BF16) {
            t = new Tensor(ElementType.F32, dims, t.data());
        } else if (blockwise(i)) {
            Blocks blocks = blocks(i, tensors.get(i).table(4));
            float[] f = new float[t.size()];
            for (int k = 0; k < f.length; k++) {
                int block = k / blocks.size();
                f[k] = s[block] * (t.integer(k) - (blocks.zeros() == null ? 0 : blocks.zeros()[block]));
            }
            t = new Tensor(ElementType.F32, dims, f);
        } else if (s.length > 0) {
            int axis = tensors.get(i).table(4).int32(6, 0);
            int inner = 1;
            for (int k = axis + 1; k < dims.length; k++) {
                inner *= dims[k];
            }
            float[] f = new float[t.size()];
            for (int k = 0; k < f.length; k++) {
                int channel = s.length == 1 ? 0 : k / inner % s.length;
                f[k] = s[channel] * (t.integer(k) - zero(i, channel));
            }
            t = new Tensor(ElementType.F32, dims, f);
        }
        return b.constant(name(i), t);
    }

    // ---- operations ---------------------------------------------------------------------------------------------

    /** What an operation computes first, which has a name. */
    String title(FlatTable o) {
        int[] out = o.ints(2);
        return out.length == 0 ? "operator " + TfliteImporter.code(importer.codeOf(o)) : name(out[0]);
    }

    private void node(FlatTable o, FlatTable c) {
        int code = TfliteImporter.code(c);
        int[] out = o.ints(2);
        String title = title(o);
        String where = importer.source() + ": operation of \"" + title + "\" (" + (code == TfliteImporter.CUSTOM ? c.string(1) : TfliteNames.of(code)) + ")";
        Loc around = b.loc();
        b.at(Loc.of(title));
        try {
            List<Value> r = CONTROL.contains(code) ? control(code, o) : plain(o, c, out);
            for (int i = 0; i < out.length && i < r.size(); i++) {
                values[out[i]] = TfliteSteps.moves(code) && sameSteps(o.ints(1), out[i]) ? r.get(i) : importer.steps() ? stepped(out[i], r.get(i)) : bounded(code, out[i], r.get(i));
            }
        } catch (LatheException e) {
            throw e.where().startsWith(importer.source()) ? e : e.within(where);
        } catch (RuntimeException e) {
            throw Faults.misfit(where, e);
        } finally {
            b.at(around);
        }
    }

    /** What a tensor of few bits holds of it. */
    Value stepped(int i, Value v) {
        return stepped(b, i, v);
    }

    Value stepped(GraphBuilder into, int i, Value v) {
        return narrow(i, v) ? TfliteSteps.nearest(into, v, type(i), scales(i)[0], zero(i, 0)) : v;
    }

    /** A number between the least and the largest that the tensor's type holds. */
    private Value bounded(int code, int i, Value v) {
        return narrow(i, v) && !TfliteSteps.within(code) ? TfliteSteps.bounded(b, v, type(i), scales(i)[0], zero(i, 0)) : v;
    }

    private boolean narrow(int i, Value v) {
        return scales(i).length == 1 && v != null && v.elem().isFloat() && type(i).bits() <= 16;
    }

    /** True when runs of the tensor's elements have steps of their own. */
    boolean blockwise(int i) {
        FlatTable q = tensors.get(i).table(4);
        return q != null && q.int8(DETAILS, 0) != 0;
    }

    /** Where the dimension stands whose elements have steps of their own. */
    int channelAxis(int i) {
        return tensors.get(i).table(4).int32(6, 0);
    }

    private boolean sameSteps(int[] in, int out) {
        float[] s = scales(out);
        // constants among the operands may have steps of their own
        return s.length == 1 && Arrays.stream(in).filter(i -> i >= 0 && scales(i).length > 0)
                .allMatch(i -> scales(i).length == 1 && scales(i)[0] == s[0] && zero(i, 0) == zero(out, 0) && type(i) == type(out));
    }

    /** Operands of floats that meet weights of few bits are rounded to steps of their own. */
    private List<Value> ranged(FlatTable o, int code, int[] in, List<Value> values) {
        int at = TfliteSums.operand(code);
        if (!importer.steps() || !TfliteSteps.rounds(code) || in.length <= Math.max(1, at) || type(in[at]) != ElementType.F32 || scales(in[1]).length == 0 || type(in[1]).bits() > 8) {
            return values;
        }
        List<Value> r = new ArrayList<>(values);
        r.set(at, TfliteSteps.ranged(b, code, values.get(at), scales(in[1]).length > 1, o.table(4), values.get(1).dim(-1)));
        return r;
    }

    private List<Value> operands(int... all) {
        List<Value> in = new ArrayList<>();
        for (int i : all) {
            in.add(i < 0 ? null : values[i] == null && tensors.get(i).flag(5) ? zeros(i) : value(i));
        }
        return in;
    }

    private List<Value> plain(FlatTable o, FlatTable c, int[] out) {
        TfliteTable.Row row = TfliteImporter.find(c);
        TfliteNode n = described(o, out, o.ints(1));
        int code = TfliteImporter.code(c);
        return importer.steps() && TfliteSums.takes(this, code, o.ints(1), out) ? List.of(TfliteSums.read(this, code, row, n, o.ints(1), out[0])) : row.read(n);
    }

    /** @param in operands that are no handles */
    private TfliteNode described(FlatTable o, int[] out, int... in) {
        int[] shape = out.length == 0 ? new int[0] : shape(out[0]);
        ElementType type = out.length == 0 || scales(out[0]).length > 0 ? ElementType.F32 : type(out[0]);
        List<Value> values = ranged(o, TfliteImporter.code(importer.codeOf(o)), in, operands(in));
        return new TfliteNode(b, importer.decomposer(), values, out.length, o.table(4), shape, type, o.bytes(5), o.table(12),
                importer.steps() ? new TfliteHeld(this, in, o.ints(8)) : null, false);
    }

    private List<Value> control(int code, FlatTable o) {
        FlatTable options = o.table(4);
        int[] in = o.ints(1);
        int[] out = o.ints(2);
        int first = options == null ? 0 : options.int32(0, 0);
        int second = options == null ? 0 : options.int32(1, 0);
        switch (code) {
            case IF -> {
                return branch(first, second, operands(in));
            }
            case WHILE -> {
                return loop(first, second, operands(in));
            }
            case STABLE_WHILE -> {
                FlatTable later = o.table(12);
                return loop(later == null ? 0 : later.int32(0, 0), later == null ? 0 : later.int32(1, 0), operands(in));
            }
            case COMPOSITE -> {
                // what it is made of stands in a graph of its own
                FlatTable later = o.table(12);
                return importer.inner(later == null ? 0 : later.int32(1, 0), b, operands(in));
            }
            case TABLE -> handles.put(out[0], "table " + first);
            case IMPORT -> importer.tables().put(handle(in[0]), new TfliteTables.Contents(value(in[1]), value(in[2])));
            case FIND -> {
                return List.of(TfliteTables.find(described(o, out, in[1], in[2]), table(in[0])));
            }
            case TABLE_SIZE -> {
                return List.of(b.dim(table(in[0]).keys().tensor().size()));
            }
            case CALL_ONCE -> importer.inner(first, b, List.of());
            case VARIABLE -> handles.put(out[0], options == null ? "" : options.string(0) + "/" + options.string(1));
            case READ -> {
                Value v = importer.variables().get(handle(in[0]));
                return List.of(v != null ? v : zeros(out[0]));
            }
            default -> importer.variables().put(handle(in[0]), value(in[1]));
        }
        return List.of();
    }

    private String handle(int i) {
        String name = handles.get(i);
        if (name == null) {
            throw new LatheException("", "a variable or table that comes from another graph is not supported");
        }
        return name;
    }

    private TfliteTables.Contents table(int i) {
        TfliteTables.Contents t = importer.tables().get(handle(i));
        if (t == null) {
            throw new LatheException("", "it looks into a table that nothing has filled");
        }
        return t;
    }

    private static Value single(GraphBuilder b, Value v) {
        return v.rank() == 0 ? v : b.op("reshape", Attrs.of("dims", List.of()), v);
    }

    private List<Value> branch(int then, int otherwise, List<Value> in) {
        Value c = single(b, in.get(0));
        List<Value> args = in.subList(1, in.size());
        Tensor known = importer.decomposer().constant(b, c);
        if (known != null) {
            return importer.inner(known.integer(0) != 0 ? then : otherwise, b, args);
        }
        GraphBuilder yes = b.region();
        GraphBuilder no = b.region();
        List<Value> x = importer.inner(then, yes, args).stream().map(v -> yes.op("identity", v)).toList();
        List<Value> y = importer.inner(otherwise, no, args).stream().map(v -> no.op("identity", v)).toList();
        return b.add("if", List.of(c), Attrs.NONE, List.of(yes.finish(b.fresh("then"), x), no.finish(b.fresh("else"), y)), (String[]) null);
    }

    private List<Value> loop(int condition, int body, List<Value> init) {
        Value begin = single(b, importer.inner(condition, b, init).get(0));
        return LoopImport.loop(b, null, begin, init, (r, turn, carried) -> {
            List<Value> next = importer.inner(body, r, carried);
            return new LoopImport.Turn(single(r, importer.inner(condition, r, next).get(0)), next, List.of());
        });
    }
}
