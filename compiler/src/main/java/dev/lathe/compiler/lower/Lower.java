package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Const;
import dev.lathe.codegen.program.HelperMethod;
import dev.lathe.codegen.program.Step;
import dev.lathe.compiler.diag.Faults;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.ValueMap;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.NarrowFloats;
import dev.lathe.runtime.Storage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What lowering knows while it walks a graph: where each value stands, the buffers, kernels and steps so far. The
 * lowerings of single operations work through this class and {@link KernelBuilder} only.
 */
public final class Lower {
    /** Fewer elements are not worth another type. */
    private static final int WEIGHTS = 1024;

    /** What a step, its buffers, its code and its text take, at least. */
    private static final int LEAST_BYTES = 1_200;

    /** The same of a step whose numbers are expressions: their text takes most. */
    private static final int OPEN_BYTES = 3_600;

    private final TargetInfo target;
    private final StepCosts costs;
    private final ValueMap<View> views = new ValueMap<>();
    private final ValueMap<Placed> placed = new ValueMap<>();
    private final Set<String> inputSymbols = new HashSet<>();
    private final ValueMap<Node> producers = new ValueMap<>();
    private final List<Buffer> buffers = new ArrayList<>();
    private final List<Const> consts = new ArrayList<>();
    private final Map<Kernel, Kernel> kernels = new LinkedHashMap<>();
    private final Map<String, Integer> kernelNames = new HashMap<>();
    private final Map<Object, Kernel> made = new HashMap<>();
    private final NumberedNames names = new NumberedNames("");
    private final NumberedNames locals = new NumberedNames("_");
    private final Map<Object, View> packed = new HashMap<>();
    private final Deque<List<Step>> blocks = new ArrayDeque<>();
    // 1 where every shape takes the steps that are added
    private Dim taken = Dim.ONE;
    private final Set<String> late = new HashSet<>();
    private List<String> loc = List.of();
    private int symbols;
    private int loops;
    private int steps;
    private long stepBytes;
    private final Echoes echoes;

    /** @param host the padding whose result holds the place, else null */
    private record Placed(Supplier<View> at, Node host) {}

    public Lower(TargetInfo target) {
        this(target, new StepCosts());
    }

    /** @param costs told what each kernel's run costs */
    Lower(TargetInfo target, StepCosts costs) {
        this(target, costs, true);
    }

    /** @param repeats whether nodes like others are lowered by doing what those got once more; the program is the same */
    Lower(TargetInfo target, StepCosts costs, boolean repeats) {
        this.target = target;
        this.costs = costs;
        this.echoes = new Echoes(this, repeats);
        blocks.push(new ArrayList<>());
    }

    public TargetInfo target() {
        return target;
    }

    /** Lowers every node of a graph or region into the current block. */
    public void graph(Graph g) {
        for (Node n : g.nodes()) {
            for (Value v : n.outputs()) {
                producers.put(v, n);
            }
        }
        Placement.choose(g, this);
        for (Node n : g.nodes()) {
            loc = n.loc().names();
            try {
                echoes.lower(n);
            } catch (RuntimeException e) {
                throw Faults.at(n.loc().names(), e);
            }
        }
    }

    public List<String> loc() {
        return loc;
    }

    // ---- values -------------------------------------------------------------------------------------------------

    /** Where {@code v} stands. A constant is put into the model's constants when it is first asked for. */
    public View view(Value v) {
        echoes.touches(v);
        View w = views.get(v);
        if (w == null) {
            Tensor t = constant(v);
            if (t == null) {
                throw new IllegalStateException("%" + v.name() + " is used before it is computed");
            }
            w = pack(List.of("plain", v), v.name(), t.type(), t.data(), v.tensor().dims());
            views.put(v, w);
        }
        return w;
    }

    /** The contents of a constant, else null. */
    public Tensor constant(Value v) {
        echoes.touches(v);
        return isConstant(v) ? producers.get(v).attrs().tensor("value") : null;
    }

    public Node producer(Value v) {
        echoes.spoil();
        return producers.get(v);
    }

    /** Space for a node's result: a place inside a consumer's buffer if one was chosen, else a new packed buffer. */
    public View result(Value v) {
        echoes.touches(v);
        View w = views.get(v);
        if (w == null && placed.has(v)) {
            w = placed.get(v).at().get();
        }
        if (w == null) {
            // a sequence or optional is one object
            w = v.type() instanceof TensorType t ? buffer(v.name(), t.elem(), t.dims()) : buffer(v.name(), ElementType.STR, List.of(Dim.ONE));
        }
        views.put(v, w);
        return w;
    }

    /** Where an input is put: its elements, or for a sequence or optional one object. */
    View input(Value v) {
        if (v.type() instanceof TensorType t) {
            t.dims().forEach(d -> inputSymbols.addAll(d.symbols()));
            return buffer(v.name(), t.elem(), t.dims());
        }
        return buffer(v.name(), ElementType.STR, List.of(Dim.ONE));
    }

    /** Says that {@code v} is found at {@code w}; no step computes it. */
    public void alias(Value v, View w) {
        echoes.touches(v);
        views.put(v, w);
    }

    public boolean known(Value v) {
        echoes.touches(v);
        return views.has(v);
    }

    /** Chooses where {@code v} will be written when it is computed. */
    public void place(Value v, Supplier<View> w) {
        echoes.spoil();
        placed.put(v, new Placed(w, null));
    }

    /** As {@link #place(Value, Supplier)}, in the interior of what {@code pad} makes. */
    void placeIn(Node pad, Value v, Supplier<View> w) {
        placed.put(v, new Placed(w, pad));
    }

    /** The symbols that the run time binds from the inputs. */
    Set<String> inputSymbols() {
        echoes.spoil();
        return inputSymbols;
    }

    public boolean isPlaced(Value v) {
        echoes.touches(v);
        return placed.has(v);
    }

    /** A new packed buffer, in the arena, or of its own when its extent is found while running. */
    public View buffer(String name, ElementType type, List<Dim> dims) {
        Dim size = Dim.product(dims).times(type.isComplex() ? 2 : 1);
        View w = new View(buffers.size(), type, Dim.ZERO, dims, View.rowMajor(dims));
        boolean own = isLate(size);
        buffers.add(new Buffer(w.buffer(), name, type.storage(), size, own ? Buffer.Kind.OWN : Buffer.Kind.ARENA, 0, 0));
        if (own) {
            step(new Step.Reserve(w.buffer(), size, false, loc));
        }
        return w;
    }

    /** A new buffer that grows by itself; nothing is reserved yet. */
    public int own(String name, Storage storage) {
        echoes.spoil();
        buffers.add(new Buffer(buffers.size(), name, storage, Dim.ZERO, Buffer.Kind.OWN, 0, 0));
        return buffers.size() - 1;
    }

    /** Scratch memory of {@code size} elements. */
    public View scratch(ElementType type, Dim size) {
        return buffer("scratch", type, List.of(size));
    }

    /**
     * Constant data in the order in which a kernel reads it; stored once for each {@code key}.
     *
     * @param key identifies source and packing, with equals
     */
    public View pack(Object key, String name, ElementType type, Object data, List<Dim> dims) {
        return packed.computeIfAbsent(key, k -> addConst(name, type, data, dims));
    }

    public View pack(Object key, String name, ElementType type, List<Dim> dims, Supplier<Object> data) {
        return packed.computeIfAbsent(key, k -> addConst(name, type, data.get(), dims));
    }

    /** Floats that a jar's reader computes from another constant's. */
    public View derive(Object key, String name, List<Dim> dims, Supplier<Object> data, Const.Derived how) {
        return packed.computeIfAbsent(key, k -> addConst(name, ElementType.F32, data.get(), dims, how));
    }

    private View addConst(String name, ElementType type, Object data, List<Dim> dims) {
        return addConst(name, type, data, dims, null);
    }

    private View addConst(String name, ElementType type, Object data, List<Dim> dims, Const.Derived derived) {
        int n = java.lang.reflect.Array.getLength(data);
        int id = buffers.size();
        buffers.add(new Buffer(id, name, type.storage(), Dim.of(n), Buffer.Kind.CONST, 0, 0));
        consts.add(new Const(id, derived == null ? stored(type, data) : type, data, derived));
        return new View(id, type, Dim.ZERO, dims, View.rowMajor(dims));
    }

    // weights of a model in f16 are f32 by now, of the same values: they need not take twice the room in the jar
    private static ElementType stored(ElementType type, Object data) {
        if (type != ElementType.F32 || !(data instanceof float[] a) || a.length < WEIGHTS) {
            return type;
        }
        for (float f : a) {
            if (Float.floatToRawIntBits(NarrowFloats.roundF16(f)) != Float.floatToRawIntBits(f)) {
                return type;
            }
        }
        return ElementType.F16;
    }

    // ---- symbols found while running ----------------------------------------------------------------------------

    /** A new symbol that a step will bind. */
    public Dim lateSymbol() {
        echoes.spoil();
        String n = "$" + symbols++;
        late.add(n);
        return Dim.sym(n);
    }

    public void markLate(List<String> names) {
        echoes.spoil();
        late.addAll(names);
    }

    public boolean isLate(Dim d) {
        // inside a loop a buffer of symbolic extent may be asked for with another extent at each turn
        return !d.isConst() && d.symbols().stream().anyMatch(late::contains);
    }

    // ---- steps --------------------------------------------------------------------------------------------------

    public void step(Step s) {
        stepBytes += isOpen(s) ? OPEN_BYTES : LEAST_BYTES;
        Faults.fits(++steps, stepBytes, "steps");
        blocks.peek().add(s);
    }

    private static boolean isOpen(Step s) {
        return s instanceof Step.Run r && (r.extent() != null && !r.extent().isConst() || isOpen(r.ints())) || s instanceof Step.Helper h && isOpen(h.ints());
    }

    private static boolean isOpen(List<Dim> dims) {
        for (Dim d : dims) {
            if (!d.isConst()) {
                return true;
            }
        }
        return false;
    }

    /** A step that costs {@code products} multiply-adds (null for what is no contraction) and the bytes of {@code uses}. */
    void step(Step s, Dim products, List<StepCosts.Use> uses) {
        step(s);
        costs.put(s, products, uses, buffers, taken);
    }

    /** Adds two ways to the same result: one for an extent of 1, and one for all others. */
    void ifOne(Dim extent, Runnable one, Runnable others) {
        Dim before = taken;
        Dim yes = extent.ifOne(Dim.ONE, Dim.ZERO);
        taken = before.times(yes);
        List<Step> first = block(one);
        taken = before.times(extent.ifOne(Dim.ZERO, Dim.ONE));
        List<Step> second = block(others);
        taken = before;
        step(new Step.If(yes, first, second, loc()));
    }

    /** Collects the steps that {@code body} adds. */
    public List<Step> block(Runnable body) {
        echoes.spoil();
        blocks.push(new ArrayList<>());
        List<String> saved = loc;
        body.run();
        loc = saved;
        return blocks.pop();
    }

    public KernelBuilder kernel(String base) {
        return new KernelBuilder(this, base);
    }

    /** What kernels call their parameters. */
    NumberedNames names() {
        return names;
    }

    /** What kernels call their locals. */
    NumberedNames locals() {
        return locals;
    }

    /** What {@code make} makes when it is first asked for under this key. */
    Kernel once(Object key, Supplier<Kernel> make) {
        Kernel k = made.get(key);
        if (k == null) {
            k = make.get();
            made.put(key, k);
        }
        return k;
    }

    /** The kernel that is equal but for its name, or this one under a new name. */
    Kernel share(Kernel k) {
        Kernel nameless = k.named("");
        return kernels.computeIfAbsent(nameless, x -> k.named(k.name() + "_" + kernelNames.merge(k.name(), 1, Integer::sum)));
    }

    /** Calls a helper of runtime-min on what stands in these views. */
    public void helper(String method, List<View> views, List<Dim> ints, List<String> texts, List<String> binds) {
        Step.Helper s = new Step.Helper(method, views.stream().map(View::ref).toList(), ints, texts, binds, loc);
        try {
            HelperMethod.of(s, buffers::get);
        } catch (IllegalArgumentException e) {
            String types = views.stream().map(v -> v.type().text()).collect(Collectors.joining(", "));
            throw Faults.because(new LatheException("", "it is not made for operands and results of these types: " + types), e);
        }
        step(s);
    }

    /** Copies elements; both have the same dimensions. */
    public void copy(View from, View to) {
        MapKernel.copy(this, from, to);
    }

    /** {@code v} itself when it is packed, else a packed copy. */
    public View contiguous(View v) {
        if (v.contiguous()) {
            return v;
        }
        View c = buffer("packed", v.type(), v.dims());
        copy(v, c);
        return c;
    }

    /** Where an operand stands, packed. */
    public View packedView(Value v) {
        return contiguous(view(v));
    }

    List<Buffer> buffers() {
        return buffers;
    }

    // ---- for what is lowered like something else ----------------------------------------------------------------

    /** Where {@code v} stands, or null: nothing is put anywhere. */
    View found(Value v) {
        return views.get(v);
    }

    boolean isConstant(Value v) {
        Node n = v == null ? null : producers.get(v);
        return n != null && n.is("const");
    }

    /** The padding in whose result {@code v} has its place, or null. */
    Node host(Value v) {
        Placed p = placed.get(v);
        return p == null ? null : p.host();
    }

    /** Whether every shape takes the steps that are added. */
    boolean always() {
        return taken.is(1);
    }

    /** How many kernels and constants there are. */
    int made() {
        return kernels.size() + consts.size();
    }

    /** How many nodes were lowered by repeating. */
    int repeated() {
        return echoes.repeated();
    }

    StepCosts costs() {
        return costs;
    }

    List<Const> consts() {
        return consts;
    }

    List<Kernel> kernels() {
        return List.copyOf(kernels.values());
    }

    List<Step> steps() {
        return blocks.peek();
    }
}
