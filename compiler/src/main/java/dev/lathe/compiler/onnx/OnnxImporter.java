package dev.lathe.compiler.onnx;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.Faults;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Types;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.proto.AttributeProto;
import dev.lathe.compiler.onnx.proto.FunctionProto;
import dev.lathe.compiler.onnx.proto.GraphProto;
import dev.lathe.compiler.onnx.proto.ModelProto;
import dev.lathe.compiler.onnx.proto.NodeProto;
import dev.lathe.compiler.onnx.proto.OnnxFile;
import dev.lathe.compiler.onnx.proto.TensorProto;
import dev.lathe.compiler.onnx.proto.TypeProto;
import dev.lathe.compiler.onnx.proto.ValueInfoProto;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads an ONNX model into the graph IR. After this nothing of ONNX is left but names in locations. */
public final class OnnxImporter {
    /** The newest version of ONNX's own operators; what a later one means nobody can know. */
    private static final int NEWEST = 28;

    private final ModelProto model;
    private final TensorDecoder decoder;
    private final ImportOptions options;
    private final Folder folder;
    private final Map<String, TypeProto> declared = new HashMap<>();
    private final Map<String, FunctionProto> functions = new HashMap<>();
    private final Map<String, Long> opsets = new HashMap<>();
    private final Map<String, String> symbols = new HashMap<>();
    // the values of symbols
    private final Set<String> spelt = new HashSet<>();
    private final Map<String, String> sameRank = new HashMap<>();
    private final MapInputs maps = new MapInputs();
    /** The symbols of the inputs' first dimensions; see {@link #dropsBatch}. */
    private final Set<String> batches = new HashSet<>();
    private final boolean dropsBatch;
    private boolean keptBatch;
    private int depth;

    private static final Set<String> KEEPS_RANK = Set.of("Identity", "Cast", "CastLike", "Log", "Exp", "Sqrt", "Neg", "Abs", "Relu", "Sigmoid", "Tanh");

    /** Computes a node whose operands are constants; null when it can't. */
    @FunctionalInterface
    public interface Folder {
        List<Tensor> fold(Node n, List<Tensor> operands);
    }

    OnnxImporter(ModelProto model, TensorDecoder decoder, ImportOptions options, Folder folder) {
        this(model, decoder, options, folder, false);
    }

    private OnnxImporter(ModelProto model, TensorDecoder decoder, ImportOptions options, Folder folder, boolean dropsBatch) {
        this.model = model;
        this.dropsBatch = dropsBatch;
        this.decoder = decoder;
        this.options = options;
        this.folder = folder;
        model.opsetImports().forEach(o -> opsets.put(domain(o.domain()), o.version()));
        for (FunctionProto f : model.functions()) {
            FunctionProto other = functions.put(ImportTable.key(f.domain(), f.name(), f.overload()), f);
            if (other != null && !other.equals(f)) {
                throw new LatheException("", "the file is damaged: two functions are called " + ImportTable.key(f.domain(), f.name(), f.overload()));
            }
        }
    }

    public static Graph read(Path file, ImportOptions options, Folder folder) {
        ModelProto m = OnnxFile.model(file);
        String name = ModelNames.graph(file, List.of(".onnx"), List.of("model"));
        OnnxImporter importer = new OnnxImporter(m, TensorDecoder.beside(file), options, folder);
        try {
            return importer.graph(name);
        } catch (LatheException e) {
            try {
                if (importer.keptBatch) {
                    return new OnnxImporter(m, TensorDecoder.beside(file), options, folder, true).graph(name);
                }
            } catch (LatheException again) {
                // what was wrong at first says more
            }
            throw e.within(file.getFileName().toString());
        }
    }

    /**
     * Whether to drop a dimension that is open, where all that are 1 are dropped. The inputs' first one is kept unless
     * nothing fits then: a graph that was recorded with one picture has no place for more.
     */
    boolean dropsBatch(Dim d) {
        boolean batch = d.symbol() != null && batches.contains(d.symbol());
        keptBatch |= batch;
        return batch && dropsBatch;
    }

    private static String domain(String d) {
        return d.equals("ai.onnx") ? "" : d;
    }

    TensorDecoder decoder() {
        return decoder;
    }

    int opset(String domain) {
        Long v = opsets.get(domain(domain));
        return v == null ? 1 : (int) Math.min(v, Integer.MAX_VALUE);
    }

    private void checkOpset() {
        long v = opsets.getOrDefault("", 1L);
        if (v < 1 || v > NEWEST) {
            throw new LatheException("", "the model says that its operators are those of opset " + v + "; known are 1 to " + NEWEST,
                    "export it for an opset that is known");
        }
    }

    // ---- the model ----------------------------------------------------------------------------------------------

    private Graph graph(String name) {
        GraphProto g = model.graph();
        Unsupported.check(g, functions);
        checkOpset();
        if (g.outputs().isEmpty()) {
            throw new LatheException("", "the model has no outputs, so there is nothing to compute");
        }
        GraphBuilder b = new GraphBuilder();
        Scope scope = new Scope(null);
        declare(g);
        Set<String> constants = new HashSet<>();
        for (TensorProto t : g.initializers()) {
            constants.add(t.name());
        }
        for (var t : g.sparseInitializers()) {
            constants.add(t.values().name());
        }
        for (ValueInfoProto i : g.inputs()) {
            if (constants.contains(i.name())) {
                continue;
            }
            Tensor fixed = options.constants().get(i.name());
            scope.put(i.name(), fixed != null ? b.constant(i.name(), fixed) : input(i, b));
        }
        options.checkNames(g.inputs().stream().map(ValueInfoProto::name).filter(n -> !constants.contains(n)).toList());
        initializers(g, b, scope);
        nodes(g.nodes(), b, scope);
        List<Value> outputs = new ArrayList<>();
        for (ValueInfoProto o : g.outputs()) {
            Value v = scope.find(o.name());
            if (v == null) {
                throw new LatheException("", "output \"" + o.name() + "\" is not computed by any node");
            }
            outputs.add(v);
        }
        Graph r = b.finish(name, outputs);
        return OutputNames.keep(r, g.outputs().stream().map(ValueInfoProto::name).toList());
    }

    private void declare(GraphProto g) {
        g.valueInfo().forEach(v -> declared.put(v.name(), v.type()));
        g.outputs().forEach(v -> declared.put(v.name(), v.type()));
        for (NodeProto n : g.nodes()) {
            if (KEEPS_RANK.contains(n.opType()) && !n.inputs().isEmpty() && n.outputs().size() == 1) {
                sameRank.putIfAbsent(n.inputs().get(0), n.outputs().get(0));
            }
        }
    }

    private void initializers(GraphProto g, GraphBuilder b, Scope scope) {
        for (TensorProto t : g.initializers()) {
            scope.put(t.name(), b.constant(t.name(), decoder.decode(t)));
        }
        for (var t : g.sparseInitializers()) {
            scope.put(t.values().name(), b.constant(t.values().name(), decoder.decode(t)));
        }
    }

    private void nodes(List<NodeProto> nodes, GraphBuilder b, Scope scope) {
        for (NodeProto n : NodeOrder.of(nodes)) {
            node(n, b, scope);
        }
    }

    private static String title(NodeProto n) {
        return n.name().isEmpty() ? n.opType() + (n.outputs().isEmpty() ? "" : ":" + n.outputs().get(0)) : n.name();
    }

    private void node(NodeProto n, GraphBuilder b, Scope scope) {
        Loc around = b.loc();
        b.at(around.names().isEmpty() ? Loc.of(title(n)) : around);
        NodeImport read = null;
        try {
            FunctionProto f = functions.isEmpty() ? null : functions.get(ImportTable.key(n.domain(), n.opType(), n.overload()));
            if (f != null) {
                function(n, f, b, scope);
            } else {
                read = new NodeImport(this, n, b, scope);
                ImportTable.find(n.domain(), n.opType()).read(read);
            }
            for (String o : n.outputs()) {
                if (!o.isEmpty() && scope.find(o) == null) {
                    throw new LatheException("", "output \"" + o + "\" of this operator is not supported");
                }
            }
        } catch (LatheException e) {
            throw e.within("node \"" + title(n) + "\" (" + ImportTable.key(n.domain(), n.opType()) + ")");
        } catch (ArithmeticException | IndexOutOfBoundsException | IllegalArgumentException | IllegalStateException | NegativeArraySizeException
                | ClassCastException | NullPointerException e) {
            throw Faults.misfit("node \"" + title(n) + "\" (" + ImportTable.key(n.domain(), n.opType()) + ")",
                    read == null || read.absent().isEmpty() ? "" : "; it has no " + read.absent(), e);
        } finally {
            b.at(around);
        }
    }

    // ---- functions and regions ----------------------------------------------------------------------------------

    private void function(NodeProto call, FunctionProto f, GraphBuilder b, Scope scope) {
        if (++depth > 64) {
            throw new LatheException("", "functions call each other without end");
        }
        if (call.inputs().size() > f.inputs().size() || call.outputs().size() > f.outputs().size()) {
            throw new LatheException("", "function " + f.name() + " has " + f.inputs().size() + " inputs and " + f.outputs().size() + " outputs, and is called with "
                    + call.inputs().size() + " and " + call.outputs().size());
        }
        Scope inner = new Scope(null);
        f.valueInfo().forEach(v -> declared.put(v.name(), v.type()));
        for (int i = 0; i < f.inputs().size(); i++) {
            if (i < call.inputs().size() && !call.inputs().get(i).isEmpty()) {
                inner.put(f.inputs().get(i), scope.get(call.inputs().get(i), call));
            }
        }
        Map<String, Long> saved = new HashMap<>(opsets);
        f.opsetImports().forEach(o -> opsets.put(domain(o.domain()), o.version()));
        for (NodeProto n : NodeOrder.of(f.nodes())) {
            // an operand that the caller left out is absent inside, too
            List<String> in = n.inputs().stream().map(i -> inner.find(i) == null && f.inputs().contains(i) ? "" : i).toList();
            node(FunctionAttributes.bind(n, in, call, f), b, inner);
        }
        opsets.clear();
        opsets.putAll(saved);
        for (int i = 0; i < call.outputs().size(); i++) {
            if (!call.outputs().get(i).isEmpty()) {
                Value v = inner.find(f.outputs().get(i));
                if (v == null) {
                    throw new LatheException("", "function " + f.name() + " does not compute its output \"" + f.outputs().get(i) + "\"");
                }
                scope.put(call.outputs().get(i), v);
            }
        }
        depth--;
    }

    /** Reads a nested graph's nodes into {@code b}; returns its outputs. @param args what its inputs stand for, in order */
    List<Value> body(GraphProto g, GraphBuilder b, Scope scope, List<Value> args) {
        Scope inner = new Scope(scope);
        declare(g);
        if (g.inputs().size() != args.size()) {
            throw new LatheException("", "graph \"" + g.name() + "\" takes " + g.inputs().size() + " inputs, but is given " + args.size());
        }
        for (int i = 0; i < args.size(); i++) {
            inner.put(g.inputs().get(i).name(), args.get(i));
        }
        Loc around = b.loc();
        b.at(Loc.NONE);
        initializers(g, b, inner);
        nodes(g.nodes(), b, inner);
        b.at(around);
        List<Value> out = new ArrayList<>();
        for (ValueInfoProto o : g.outputs()) {
            Value v = inner.find(o.name());
            if (v == null) {
                throw new LatheException("", "output \"" + o.name() + "\" of graph \"" + g.name() + "\" is not computed by any node");
            }
            out.add(v);
        }
        return out;
    }

    // ---- types --------------------------------------------------------------------------------------------------

    ElementType elementType(int number) {
        ElementType t = TensorProto.elementType(number);
        if (t == null) {
            throw new LatheException("", "element type " + number + " is not known");
        }
        return t;
    }

    /** The keys of a map that is an input of the model: another input, beside the one of the values. */
    Value mapKeys(Value values) {
        return maps.keys(values);
    }

    private Value input(ValueInfoProto i, GraphBuilder b) {
        if (i.type() instanceof TypeProto.MapType m && m.value() instanceof TypeProto.TensorType v) {
            return maps.add(b, i.name(), elementType(m.keyType()), elementType(v.elementType()), options.shapes().get(i.name()));
        }
        Type t = inputType(i, b);
        if (t instanceof Type.TensorType x && x.rank() > 1 && x.dim(0).symbol() != null) {
            batches.add(x.dim(0).symbol());
        }
        try {
            return b.input(i.name(), t);
        } catch (LatheException e) {
            throw e.within("input \"" + i.name() + "\"");
        }
    }

    private Type inputType(ValueInfoProto i, GraphBuilder b) {
        try {
            Type t = type(i.type(), b, i.name());
            int[] shape = options.shapes().get(i.name());
            if (shape == null) {
                if (t == null) {
                    throw new LatheException("", "its rank is not declared", "give its shape with --shape " + i.name() + "=1x3x224x224");
                }
                return t;
            }
            TypeProto.TensorType p = (TypeProto.TensorType) i.type();
            List<TypeProto.Dimension> says = options.recorded() ? null : p.shape();
            if (says != null && says.size() != shape.length) {
                throw LatheException.wrongUse("", "the shape given has " + shape.length + " dimensions, the model declares " + t,
                        ImportOptions.allOf(says.size()));
            }
            for (int k = 0; says != null && k < shape.length; k++) {
                if (says.get(k) instanceof TypeProto.Dimension.Fixed f && f.value() >= 0 && f.value() != shape[k]) {
                    throw LatheException.wrongUse("", "dimension " + k + " of the shape given is " + shape[k] + ", the model fixes it at " + f.value(),
                            "leave it so, or export the model with that dimension open");
                }
            }
            return Type.tensor(elementType(p.elementType()), Dim.list(java.util.Arrays.stream(shape).asLongStream().toArray()));
        } catch (LatheException e) {
            throw e.within("input \"" + i.name() + "\"");
        }
    }

    /** The rank that is declared of a value, or of what is made of it element by element; -1 when none is. */
    int declaredRank(String name) {
        String v = name;
        for (int i = 0; v != null && i < 16; i++) {
            if (declared(v) instanceof Type.TensorType t) {
                return t.rank();
            }
            v = sameRank.get(v);
        }
        return -1;
    }

    /** The declared type of a value, or null when it says too little. */
    Type declared(String name) {
        TypeProto t = declared.get(name);
        return t == null ? null : type(t, null, name);
    }

    /** @param b where new symbols are registered; null: unknown dimensions get symbols that begin with {@code ?} */
    private Type type(TypeProto t, GraphBuilder b, String name) {
        if (t instanceof TypeProto.TensorType p) {
            if (p.shape() == null) {
                return null;
            }
            List<Dim> dims = new ArrayList<>();
            for (int i = 0; i < p.shape().size(); i++) {
                dims.add(dimension(p.shape().get(i), b, name, i));
            }
            return Type.tensor(elementType(p.elementType()), dims);
        }
        if (t instanceof TypeProto.SequenceType s) {
            return new Type.SeqType(elementOf(s.element(), name));
        }
        if (t instanceof TypeProto.OptionalType o) {
            return new Type.OptType(elementOf(o.element(), name));
        }
        throw new LatheException("", t == null ? "it has no type" : "its type " + t.getClass().getSimpleName() + " is not supported");
    }

    /** What is declared of the elements of a sequence or optional. */
    Type elementOf(TypeProto t, String name) {
        return t instanceof TypeProto.TensorType p && p.shape() == null ? Types.anyRank(elementType(p.elementType())) : type(t, null, name);
    }

    private Dim dimension(TypeProto.Dimension d, GraphBuilder b, String name, int i) {
        if (b == null) {
            return d instanceof TypeProto.Dimension.Fixed f && f.value() >= 0 ? Dim.of(f.value()) : Dim.sym("?" + i);
        }
        if (options.dynamic() || !(d instanceof TypeProto.Dimension.Fixed f) || f.value() < 0) {
            String wish = d instanceof TypeProto.Dimension.Symbol s && !options.dynamic() ? s.name() : name + "_" + i;
            return Dim.sym(symbol(wish, b));
        }
        if (f.value() > Integer.MAX_VALUE) {
            throw new LatheException("", "dimension " + i + " is " + f.value() + ", which is out of range");
        }
        return Dim.of(f.value());
    }

    // symbols are identifiers in the textual IR
    private String symbol(String wish, GraphBuilder b) {
        String known = symbols.get(wish);
        if (known != null) {
            return known;
        }
        StringBuilder s = new StringBuilder();
        wish.chars().limit(40).forEach(c -> s.append(c < 128 && (Character.isLetterOrDigit(c) || c == '_') ? (char) c : '_'));
        if (s.length() == 0 || Character.isDigit(s.charAt(0)) || s.charAt(0) == '_') {
            s.insert(0, 'd');
        }
        String base = s.toString();
        String n = base;
        for (int k = 1; !spelt.add(n) || Dim.Kind.ofText(n) != null; k++) {
            n = base + "_" + k;
        }
        symbols.put(wish, n);
        b.reserveSymbol(n);
        return n;
    }

    // ---- constants ----------------------------------------------------------------------------------------------

    private final Map<Value, Tensor> folded = new java.util.IdentityHashMap<>();

    /** The contents of a value that depends on constants only and is small, else null. */
    Tensor constant(GraphBuilder b, Value v) {
        if (v == null) {
            return null;
        }
        Tensor t = b.constantOf(v);
        if (t != null) {
            return t;
        }
        if (folded.containsKey(v)) {
            return folded.get(v);
        }
        Tensor r = compute(b, v);
        folded.put(v, r);
        return r;
    }

    private Tensor compute(GraphBuilder b, Value v) {
        Node n = b.producer(v);
        if (n == null || !n.regions().isEmpty() || n.outputs().size() != 1 || !(v.type() instanceof Type.TensorType t) || !t.isStatic()
                || t.size().value() > 4096) {
            return null;
        }
        List<Dim> known = b.symbolic(v);
        if (known != null && known.stream().allMatch(Dim::isConst) && t.elem() == ElementType.I64) {
            return new Tensor(ElementType.I64, t.ints(), known.stream().mapToLong(Dim::value).toArray());
        }
        List<Tensor> in = new ArrayList<>();
        for (Value o : n.inputs()) {
            Tensor c = o == null ? null : constant(b, o);
            if (o != null && c == null) {
                return null;
            }
            in.add(c);
        }
        List<Tensor> r = folder.fold(n, in);
        return r == null ? null : r.get(0);
    }

    /** Adds an operation, or constants when it depends on constants only. */
    List<Value> binding(GraphBuilder b, String op, Attrs attrs, List<Value> in) {
        List<Tensor> tensors = new ArrayList<>();
        in.forEach(v -> tensors.add(constant(b, v)));
        if (!tensors.contains(null)) {
            GraphBuilder scratch = new GraphBuilder();
            List<Value> args = new ArrayList<>();
            in.forEach(v -> args.add(scratch.input(null, v.type())));
            scratch.add(op, args, attrs, List.of(), (String[]) null);
            List<Tensor> r = folder.fold(scratch.nodes().get(0), tensors);
            if (r != null) {
                return r.stream().map(b::constant).toList();
            }
        }
        return b.add(op, in, attrs, List.of(), (String[]) null);
    }

    static Map<String, AttributeProto> attributes(NodeProto n) {
        Map<String, AttributeProto> m = new LinkedHashMap<>();
        n.attributes().forEach(a -> m.put(a.name(), a));
        return m;
    }
}
