package dev.lathe.compiler.ir;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.program.Program.Range;
import dev.lathe.compiler.diag.Faults;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.op.Inferred;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import dev.lathe.compiler.ir.op.Shapes;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntUnaryOperator;

/**
 * Builds a graph in order; types are inferred and checked as nodes are added. Remembers which small integer values
 * are expressions over dimensions, so that shape arithmetic in the model becomes dimensions of types.
 */
public final class GraphBuilder {
    /** Operations that take shapes, and the attributes that are. */
    private static final Map<String, List<String>> SHAPES = Map.of("reshape", List.of("dims"), "expand", List.of("dims"), "slice", List.of("starts", "sizes"));

    /** What a node, its results and their types take, at least. */
    private static final int LEAST_BYTES = 512;

    private static final int MOST_SHARED = 1000;

    /** Extents up to which the least one is looked for that a window needs. */
    private static final int MOST_NEEDED = 4096;

    private static final int MOST_TERMS = 8;
    private static final int LONGEST = 400;

    private final GraphBuilder parent;
    private final Set<String> names;
    private final int[] counter;
    private final List<Value> inputs = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Range> limits = new LinkedHashMap<>();
    /** What makes a value, of the first {@code known} nodes: made when it is asked for, which most rebuilding is done without. */
    private final ValueMap<Node> producer = new ValueMap<>();
    private int known;
    private final ValueMap<List<Dim>> symbolic = new ValueMap<>();
    private final ValueMap<List<Fraction>> fractions = new ValueMap<>();
    /** Small constants whose elements nobody has asked for yet. */
    private final ValueMap<Node> unread = new ValueMap<>();
    private final Map<Dim, Dim> settled = new HashMap<>();
    private Loc loc = Loc.NONE;
    private Runnable unreserved;
    private final Inferred inferred;
    /** Attributes and types of like nodes are one object, which takes less memory, and less time to compare. */
    private final Map<Object, Object> same;

    public GraphBuilder() {
        this(null);
    }

    private GraphBuilder(GraphBuilder parent) {
        this.parent = parent;
        this.names = parent == null ? new HashSet<>() : parent.names;
        this.counter = parent == null ? new int[3] : parent.counter;
        this.same = parent == null ? new HashMap<>() : parent.same;
        this.inferred = parent == null ? new Inferred(this::freshExtent) : parent.inferred;
    }

    /** A builder for a region that sees this graph's values. */
    public GraphBuilder region() {
        GraphBuilder b = new GraphBuilder(this);
        b.loc = loc;
        return b;
    }

    /** The location of nodes added from now on. */
    public GraphBuilder at(Loc l) {
        loc = l;
        return this;
    }

    public Loc loc() {
        return loc;
    }

    /** What reserves the names in use as soon as the first new one is asked for: most graphs are rebuilt without any. */
    public void reserveBy(Runnable names) {
        unreserved = names;
    }

    private GraphBuilder root() {
        return parent == null ? this : parent.root();
    }

    private Set<String> names() {
        GraphBuilder root = root();
        Runnable reserve = root.unreserved;
        if (reserve != null) {
            root.unreserved = null;
            reserve.run();
        }
        return names;
    }

    /** Keeps a name in use from being made again. */
    public void reserve(String name) {
        names().add(name);
    }

    /** A name not used before, near to {@code wish} (null: a number). */
    public String fresh(String wish) {
        String n = wish;
        while (n == null || !names().add(n)) {
            n = wish == null || wish.isEmpty() ? Integer.toString(counter[0]++) : wish + "_" + counter[0]++;
        }
        return n;
    }

    /** A new symbol for a number that is found while running; it may be negative. */
    public Dim freshSymbol() {
        return fresh('u');
    }

    /** A new symbol for an extent, index or count that is found while running: never negative. */
    public Dim freshExtent() {
        return fresh('e');
    }

    /** A new symbol for the number of a loop's turn. */
    public Dim freshTurn() {
        return fresh('t');
    }

    private Dim fresh(char letter) {
        String n;
        do {
            n = letter + Integer.toString(counter[1]++);
        } while (!names().add("symbol " + n));
        return Dim.sym(n);
    }

    /** Keeps a symbol that a model uses from being made again. */
    public void reserveSymbol(String name) {
        names().add("symbol " + name);
    }

    public Value input(String name, Type type) {
        Extents.check(type, "it", "");
        Value v = value(fresh(name), type);
        inputs.add(v);
        return v;
    }

    public Value constant(Tensor t) {
        return op("const", Attrs.of("value", t));
    }

    public Value constant(String name, Tensor t) {
        return add("const", List.of(), Attrs.of("value", t), List.of(), name).get(0);
    }

    /** A rank-0 constant of any numeric type. */
    public Value scalar(ElementType type, double value) {
        Object data = switch (type.storage()) {
            case F32 -> new float[] {(float) value};
            case F64 -> new double[] {value};
            case I32 -> new int[] {(int) value};
            case I64 -> new long[] {(long) value};
            case REF -> throw new IllegalArgumentException("no string");
        };
        return constant(new Tensor(type, new int[0], data));
    }

    public Value longs(long... values) {
        return constant(Tensor.ofLongs(new int[] {values.length}, values));
    }

    /** An i64 vector whose elements are these dimensions. */
    public Value dims(List<Dim> dims) {
        if (dims.stream().allMatch(Dim::isConst)) {
            return longs(dims.stream().mapToLong(Dim::value).toArray());
        }
        return op("dims_of", Attrs.of("dims", dims));
    }

    /** An i64 scalar with the value of a dimension. */
    public Value dim(Dim d) {
        return d.isConst() ? constant(Tensor.ofLongs(new int[0], d.value())) : op("dims_of", Attrs.of("dims", List.of(d), "scalar", true));
    }

    public Value op(String op, Value... in) {
        return op(op, Attrs.NONE, in);
    }

    public Value op(String op, Attrs attrs, Value... in) {
        return op(op, attrs, Arrays.asList(in));
    }

    public Value op(String op, Attrs attrs, List<Value> in) {
        List<Value> r = add(op, in, attrs, List.of(), (String[]) null);
        return r.isEmpty() ? null : r.get(0);
    }

    /** [start, start + size) of one axis. */
    public Value part(Value x, int axis, Dim start, Dim size) {
        List<Dim> starts = new ArrayList<>(Collections.nCopies(x.rank(), Dim.ZERO));
        List<Dim> sizes = new ArrayList<>(x.tensor().dims());
        int[] steps = new int[x.rank()];
        Arrays.fill(steps, 1);
        starts.set(axis, start);
        sizes.set(axis, size);
        return op("slice", Attrs.of("starts", starts, "sizes", sizes, "steps", steps), x);
    }

    /** [N, spatial..., C] as [N, C, spatial...]. */
    public Value toFirst(Value x) {
        int last = x.rank() - 1;
        return reordered(x, i -> i == 0 ? 0 : i == 1 ? last : i - 1);
    }

    /** [N, C, spatial...] as [N, spatial..., C]. */
    public Value toLast(Value x) {
        int last = x.rank() - 1;
        return reordered(x, i -> i == 0 ? 0 : i == last ? 1 : i + 1);
    }

    private Value reordered(Value x, IntUnaryOperator from) {
        int[] perm = new int[x.rank()];
        Arrays.setAll(perm, from);
        return op("transpose", Attrs.of("perm", perm), x);
    }

    /**
     * {@code dims}, with symbols of their own for what has grown too long: sums of many terms, multiplied and divided
     * again and again, would outgrow everything else.
     */
    private List<Dim> settle(List<Dim> dims) {
        for (Dim d : dims) {
            if (!isShort(d)) {
                return dims.stream().map(this::settle).toList();
            }
        }
        return dims;
    }

    /** Whether an expression is short enough to be carried along. */
    static boolean isShort(Dim d) {
        return d.isConst() || d.terms().size() <= MOST_TERMS && d.toString().length() <= LONGEST;
    }

    private Dim settle(Dim d) {
        if (isShort(d)) {
            return d;
        }
        for (GraphBuilder b = this; b != null; b = b.parent) {
            if (b.settled.containsKey(d)) {
                return b.settled.get(d);
            }
        }
        Dim s = Shapes.neverNegative(d) ? freshExtent() : freshSymbol();
        add("bind", List.of(op("dims_of", Attrs.of("dims", List.of(d)))), Attrs.of("symbols", List.of(s.symbol())), List.of(), (String[]) null);
        settled.put(d, s);
        return s;
    }

    /** Adds a node of any form. {@code outNames} may be null or hold nulls: names are then made. */
    public List<Value> add(String op, List<Value> in, Attrs given, List<Graph> regions, String... outNames) {
        Attrs attrs = given;
        for (String name : SHAPES.getOrDefault(op, List.of())) {
            List<Dim> dims = attrs.dims(name);
            List<Dim> settled = settle(dims);
            attrs = settled == dims ? attrs : attrs.with(name, settled);
        }
        Op row = OpTable.find(op);
        if (row == null) {
            throw new LatheException("", "there is no operation " + op);
        }
        if (in.size() < row.minIn() || in.size() > row.maxIn()) {
            throw new LatheException("", op + " takes " + row.minIn() + " to " + row.maxIn() + " operands, not " + in.size());
        }
        List<Type> types;
        try {
            types = infer(row, in, attrs, regions);
        } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
            throw Faults.because(new LatheException("", op + ": " + Faults.plain(e)), e);
        }
        for (Type t : types) {
            Extents.check(t, op, ": its result");
        }
        if (op.equals("pool") || op.equals("pool_arg")) {
            ((Type.TensorType) types.get(0)).dims().stream().filter(d -> !in.get(0).tensor().dims().contains(d)).forEach(this::requireSome);
        }
        List<Value> out = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            out.add(value(fresh(outNames != null && i < outNames.length ? outNames[i] : null), types.get(i)));
        }
        append(new Node(op, in, out, attrs == Attrs.NONE || attrs.hasTensors() ? attrs : shared(attrs), regions, loc));
        return out;
    }

    /** The types of the results that {@code row} gives; throws what its rule throws. */
    public List<Type> infer(Op row, List<Value> in, Attrs attrs, List<Graph> regions) {
        return inferred.of(row, in, attrs, regions);
    }

    /** A value that no graph has yet. */
    public Value value(String name, Type type) {
        return new Value(name, shared(type));
    }

    @SuppressWarnings("unchecked")
    private <T> T shared(T o) {
        Object first = same.size() < MOST_SHARED ? same.putIfAbsent(o, o) : same.get(o);
        return first == null ? o : (T) first;
    }

    /** Adds a node as it is. */
    public void add(Node n) {
        // else it is a name of the graph that is rebuilt
        if (root().unreserved == null) {
            for (Value v : n.outputs()) {
                if (v != null) {
                    names.add(v.name());
                }
            }
        }
        append(n);
    }

    private void append(Node n) {
        Faults.fits(++counter[2], (long) counter[2] * LEAST_BYTES, "operations");
        nodes.add(n);
        SymbolicValues.propagate(n, this);
    }

    /** The node that defines {@code v} here or in a graph around, or null. */
    public Node producer(Value v) {
        for (; known < nodes.size(); known++) {
            Node n = nodes.get(known);
            for (Value o : n.outputs()) {
                if (o != null) {
                    producer.put(o, n);
                }
            }
        }
        Node n = producer.get(v);
        return n != null || parent == null ? n : parent.producer(v);
    }

    /** The contents of a value that is a constant node, else null. */
    public Tensor constantOf(Value v) {
        Node n = v == null ? null : producer(v);
        return n != null && n.is("const") ? n.attrs().tensor("value") : null;
    }

    /** Says that the elements of an integer scalar or vector are these dimensions. */
    public void symbolic(Value v, List<Dim> dims) {
        symbolic.put(v, dims);
    }

    /** The elements of an integer scalar or vector as dimensions, when they are known; else null. */
    public List<Dim> symbolic(Value v) {
        List<Dim> d = symbolic.get(v);
        if (d == null && read(v)) {
            d = symbolic.get(v);
        }
        return d != null || parent == null ? d : parent.symbolic(v);
    }

    void fractions(Value v, List<Fraction> elements) {
        fractions.put(v, elements);
    }

    /** The elements of a real scalar or vector as fractions of dimensions, when they are known; else null. */
    public List<Fraction> fractions(Value v) {
        List<Fraction> f = fractions.get(v);
        if (f == null && read(v)) {
            f = fractions.get(v);
        }
        return f != null || parent == null ? f : parent.fractions(v);
    }

    void unread(Node constant) {
        unread.put(constant.out(), constant);
    }

    private boolean read(Value v) {
        Node constant = unread.isEmpty() ? null : unread.remove(v);
        if (constant != null) {
            SymbolicValues.read(constant, this);
        }
        return constant != null;
    }

    /** The elements of an integer scalar or vector as dimensions; what isn't known becomes symbols bound while running. */
    public List<Dim> dimsOf(Value v) {
        List<Dim> known = symbolic(v);
        if (known != null) {
            return known;
        }
        Dim n = v.tensor().size();
        if (!n.isConst()) {
            throw new LatheException("", "%" + v.name() + ": " + v.type() + " is used as a shape, but how many dimensions it has isn't known before the model runs",
                    "give the model's inputs static shapes with --shape");
        }
        List<Dim> parts = partsOf(v, n.intValue());
        if (parts != null) {
            symbolic(v, parts);
            return parts;
        }
        List<Dim> fresh = new ArrayList<>();
        List<String> symbols = new ArrayList<>();
        for (int i = 0; i < n.intValue(); i++) {
            Dim d = freshSymbol();
            fresh.add(d);
            symbols.add(d.symbol());
        }
        if (!fresh.isEmpty()) {
            add("bind", List.of(v), Attrs.of("symbols", symbols), List.of(), (String[]) null);
        }
        symbolic(v, fresh);
        return fresh;
    }

    // the elements of a vector that is put together, some of which may be known (the -1 of shapes)
    private List<Dim> partsOf(Value v, int size) {
        Node p = producer(v);
        if (p == null || p.in(0) == null || !(p.in(0).type() instanceof Type.TensorType t) || t.rank() > 1) {
            return null;
        }
        boolean integers = t.elem() == ElementType.I64 || t.elem() == ElementType.I32;
        if (p.is("reshape") || p.is("identity") || p.is("cast") && integers && v.elem() != ElementType.BOOL) {
            return t.size().is(size) ? dimsOf(p.in(0)) : null;
        }
        if (!p.is("concat") || !p.inputs().stream().allMatch(x -> x.tensor().isStatic())) {
            return null;
        }
        List<Dim> r = new ArrayList<>();
        p.inputs().forEach(x -> r.addAll(dimsOf(x)));
        return r;
    }

    public List<Node> nodes() {
        return nodes;
    }

    /**
     * Says that a symbol has this value alone whenever the graph runs: others are refused before they do. Nothing happens where it
     * is no dimension of this graph's inputs, as in a region, which may not run.
     */
    public void require(String symbol, long value) {
        if (isInput(symbol)) {
            limits.put(symbol, new Range(value, value));
        }
    }

    private boolean isInput(String symbol) {
        return inputs.stream().anyMatch(v -> v.type() instanceof Type.TensorType t && t.dims().stream().anyMatch(d -> symbol.equals(d.symbol())));
    }

    /** Says that an extent which grows with one of the inputs' is 1 or more: shapes for which a window has no place are refused, rather than nothing averaged. */
    private void requireSome(Dim extent) {
        if (extent.symbols().size() != 1) {
            return;
        }
        String symbol = extent.symbols().iterator().next();
        Range now = limits.getOrDefault(symbol, new Range(0, Integer.MAX_VALUE));
        long least = Math.max(1, now.min());
        while (least < Math.min(MOST_NEEDED, now.max()) && at(extent, least) < 1) {
            least++;
        }
        boolean grows = at(extent, least) >= 1 && at(extent, 2 * least) >= 1 && at(extent, 16 * least) >= 1;
        if (least > Math.max(1, now.min()) && grows && isInput(symbol)) {
            limits.put(symbol, new Range(least, now.max()));
        }
    }

    private static long at(Dim extent, long symbol) {
        return extent.eval(s -> symbol);
    }

    public Graph finish(String name, List<Value> outputs) {
        return new Graph(name, inputs, nodes, outputs, limits);
    }
}
