package dev.lathe.compiler.paddle;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.Faults;
import dev.lathe.compiler.diag.LatheException;
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
import dev.lathe.compiler.paddle.pir.PirReader;
import dev.lathe.compiler.paddle.proto.BlockDesc;
import dev.lathe.compiler.paddle.proto.OpDesc;
import dev.lathe.compiler.paddle.proto.ProgramDesc;
import dev.lathe.compiler.paddle.proto.VarDesc;
import dev.lathe.compiler.tensor.FileBytes;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Reads a PaddlePaddle inference program into the graph IR. For an input that holds sequences (LoD) there is a second
 * one behind all others, {@code NAME.lod}: i64 [sequences + 1], the row where each begins, and the number of rows. Where
 * sequences are steps of others, {@code NAME.lod1} says the same of them, and so on.
 */
public final class PaddleImporter {
    private static final int MOST_LEVELS = 8;

    private final ProgramDesc program;
    private final ImportOptions options;
    private final Decomposer decomposer;
    private final GraphBuilder b = new GraphBuilder();
    private final Variables variables = new Variables(null);
    private final Set<String> symbols = new HashSet<>();
    private final Map<Value, Value> outerLods = new IdentityHashMap<>();
    /** The blocks that are being read, each inside the one before. */
    private final Set<BlockDesc> open = Collections.newSetFromMap(new IdentityHashMap<>());

    private PaddleImporter(ProgramDesc program, ImportOptions options, Folder folder) {
        this.program = program;
        this.options = options;
        this.decomposer = new Decomposer(folder);
    }

    public static Graph read(Path file, ImportOptions options, Folder folder) {
        ByteBuffer bytes = FileBytes.whole(file);
        boolean json = bytes.hasRemaining() && "{ \t\r\n".indexOf(bytes.get(0)) >= 0 && file.toString().endsWith(".json") || bytes.hasRemaining() && bytes.get(0) == '{';
        ProgramDesc p = json ? PirReader.read(bytes, file.toString()) : ProgramDesc.read(bytes, file.toString());
        try {
            return new PaddleImporter(p, options, folder).graph(file);
        } catch (LatheException e) {
            throw e.where().startsWith(file.toString()) || e.where().startsWith(file.toAbsolutePath().getParent().toString()) ? e
                    : e.within(file.getFileName().toString());
        }
    }

    /** The input that says where the sequences of another begin: those of its rows, and at levels above those of sequences below. */
    public static String lodName(String input, int level) {
        return input + ".lod" + (level == 0 ? "" : level);
    }

    /** Where the sequences begin whose steps are the sequences that {@code lod} tells apart; null: there are none. */
    Value outerLod(Value lod) {
        return outerLods.get(lod);
    }

    void outerLod(Value lod, Value outer) {
        outerLods.put(lod, outer);
    }

    Decomposer decomposer() {
        return decomposer;
    }

    private Graph graph(Path file) {
        PaddleTable.check(program.blocks());
        BlockDesc main = program.blocks().get(0);
        Map<Long, String> feeds = new TreeMap<>();
        Map<Long, String> fetches = new TreeMap<>();
        for (OpDesc o : main.ops()) {
            if (o.type().equals("feed")) {
                put(feeds, o, o.outputs().get("Out"));
            } else if (fetches(o)) {
                put(fetches, o, o.inputs().get("X"));
            }
        }
        if (fetches.isEmpty()) {
            throw new LatheException("", "the program has no fetch operation, so no outputs", "export it for inference (save_inference_model)");
        }
        List<String> inputs = new ArrayList<>(feeds.values());
        for (String f : feeds.values()) {
            int levels = main.vars().containsKey(f) ? main.vars().get(f).lodLevel() : 0;
            IntStream.range(0, Math.min(levels, MOST_LEVELS)).forEach(level -> inputs.add(lodName(f, level)));
        }
        options.checkNames(inputs);
        feeds.values().forEach(f -> input(f, main));
        feeds.values().forEach(f -> lodInput(f, main));
        parameters(file, main);
        operations(main, b, variables);
        List<Value> outputs = fetches.values().stream().map(variables::get).toList();
        return OutputNames.keep(b.finish(ModelNames.graph(file, List.of(".pdmodel", ".json"), List.of("__model__", "model", "inference")), outputs), List.copyOf(fetches.values()));
    }

    static boolean fetches(OpDesc o) {
        return o.type().equals("fetch") || o.type().equals("fetch_v2");
    }

    private static void put(Map<Long, String> into, OpDesc o, List<String> names) {
        if (names == null || names.size() != 1 || into.put(o.attrs().get("col") instanceof Long c ? c : Long.valueOf(into.size()), names.get(0)) != null) {
            throw new LatheException("", "the file is damaged: a " + o.type() + " operation names no variable, or two have the same number");
        }
    }

    // ---- inputs and parameters ----------------------------------------------------------------------------------

    private void input(String name, BlockDesc main) {
        VarDesc v = main.vars().get(name);
        if (v == null || v.tensor() == null) {
            throw new LatheException("input \"" + name + "\"", "the file is damaged: it has no type");
        }
        ElementType t = DataTypes.of(v.tensor().dataType());
        long[] declared = v.tensor().dims();
        int[] given = options.shape(name, declared.length);
        List<Dim> dims = new ArrayList<>();
        // PaddlePaddle itself doesn't hold inputs to the extents declared, so others may be given
        for (int i = 0; i < declared.length; i++) {
            boolean open = options.dynamic() || declared[i] < 0;
            dims.add(given != null ? Dim.of(given[i]) : !open ? Dim.of(declared[i]) : symbol(i == 0 && declared.length > 1 && v.lodLevel() == 0 ? "N" : name + "_" + i));
        }
        Tensor fixed = options.constants().get(name);
        variables.put(name, fixed != null ? b.constant(name, fixed) : b.input(name, Type.tensor(t, dims)));
    }

    // after all others, so that an input's position is that of its feed operation
    private void lodInput(String name, BlockDesc main) {
        VarDesc v = main.vars().get(name);
        if (v.lodLevel() > MOST_LEVELS) {
            throw new LatheException("input \"" + name + "\"", "the file is damaged: its rows are sequences at " + v.lodLevel() + " levels");
        }
        Value inner = null;
        GivenLods lods = new GivenLods(b, decomposer);
        for (int level = 0; level < v.lodLevel(); level++) {
            String lod = lodName(name, level);
            Tensor known = options.constants().get(lod);
            int[] shape = options.shapes().get(lod);
            Dim n = shape != null && shape.length == 1 ? Dim.of(shape[0]) : symbol(name + "_lod" + (level == 0 ? "" : level));
            Value x = known != null ? b.constant(lod, known) : b.input(lod, Type.tensor(ElementType.I64, List.of(n)));
            x = known != null ? x : level == 0 ? lods.checked(lod, x, variables.get(name).dim(0), "rows of '" + name + "'")
                    : lods.checked(lod, x, inner.dim(0).minus(1), "sequences in '" + lodName(name, level - 1) + "'");
            if (inner == null) {
                variables.lod(name, x);
            } else {
                outerLods.put(inner, x);
            }
            inner = x;
        }
    }

    // symbols are identifiers in the textual IR
    private Dim symbol(String wish) {
        String base = ModelNames.symbol(wish);
        String n = base;
        for (int k = 1; Dim.Kind.ofText(n) != null || !n.equals("N") && symbols.contains(n); k++) {
            n = base + "_" + k;
        }
        symbols.add(n);
        b.reserveSymbol(n);
        return Dim.sym(n);
    }

    private void parameters(Path file, BlockDesc main) {
        Map<String, VarDesc> wanted = new LinkedHashMap<>();
        for (BlockDesc block : program.blocks()) {
            for (VarDesc v : block.vars().values()) {
                if (v.persistable() && v.kind() == VarDesc.TENSOR) {
                    wanted.put(v.name(), v);
                }
            }
        }
        Map<String, Tensor> read = Parameters.read(file, wanted.values().stream().sorted(Comparator.comparing(VarDesc::name)).toList());
        Set<String> used = new HashSet<>();
        program.blocks().forEach(block -> block.ops().forEach(o -> o.inputs().values().forEach(used::addAll)));
        wanted.keySet().stream().filter(used::contains).forEach(n -> variables.put(n, b.constant(n, read.get(n))));
    }

    // ---- operations ---------------------------------------------------------------------------------------------

    /** An operation's name: its first result's, or its operator's where it has none. */
    static String name(OpDesc o) {
        return o.outputs().values().stream().filter(l -> !l.isEmpty()).findFirst().map(l -> l.get(0)).orElse(o.type());
    }

    private static String title(OpDesc o) {
        String name = name(o);
        return name.equals(o.type()) ? name : o.type() + ":" + name;
    }

    /** Adds a block's operations; {@code v} holds what its variables stand for, and afterwards what they were given. */
    void operations(BlockDesc block, GraphBuilder into, Variables v) {
        if (!open.add(block)) {
            throw new LatheException("", "the file is damaged: block " + block.index() + " contains itself");
        }
        for (OpDesc o : block.ops()) {
            if (!o.type().equals("feed") && !fetches(o)) {
                node(o, block, into, v);
            }
        }
        open.remove(block);
    }

    /** A block of the program by its number. */
    BlockDesc block(long number) {
        if (number < 1 || number >= program.blocks().size()) {
            throw new LatheException("", "the file is damaged: there is no block " + number);
        }
        return program.blocks().get((int) number);
    }

    /** What a variable is declared as in a block or in those around it; null when it isn't. */
    VarDesc declared(BlockDesc block, String name) {
        for (int depth = 0; depth < program.blocks().size(); depth++) {
            VarDesc v = block.vars().get(name);
            if (v != null || block.parent() < 0 || block.parent() >= program.blocks().size()) {
                return v;
            }
            block = program.blocks().get(block.parent());
        }
        return null;
    }

    /** True when the program was written by a version that has values of rank 0. */
    boolean scalars() {
        return program.version() >= 2_005_000;
    }

    /** True when a dimension is known before the program runs, given its inputs. */
    boolean known(Dim d) {
        return symbols.containsAll(d.symbols());
    }

    private void node(OpDesc o, BlockDesc block, GraphBuilder b, Variables variables) {
        Loc around = b.loc();
        b.at(Loc.of(title(o)));
        Map<String, Value> before = new LinkedHashMap<>();
        o.inputs().values().forEach(names -> names.forEach(n -> before.put(n, variables.find(n))));
        try {
            StoredWeights.open(o, b, variables);
            PaddleTable.find(o.type()).read(new PaddleNode(this, o, block, b, variables));
            inheritLod(o, before, variables);
        } catch (LatheException e) {
            throw e.within("operation \"" + title(o) + "\"");
        } catch (ArithmeticException | IndexOutOfBoundsException | IllegalArgumentException | IllegalStateException | NegativeArraySizeException
                | ClassCastException | NullPointerException e) {
            throw Faults.misfit("operation \"" + title(o) + "\"", e);
        } finally {
            b.at(around);
        }
    }

    // results with as many rows as an operand that holds sequences hold the same ones, unless the row said otherwise
    private static void inheritLod(OpDesc o, Map<String, Value> before, Variables variables) {
        for (Map.Entry<String, Value> e : before.entrySet()) {
            Value lod = variables.lod(e.getKey());
            Value x = e.getValue();
            if (lod == null || x == null || !(x.type() instanceof Type.TensorType) || x.rank() == 0) {
                continue;
            }
            o.outputs().values().forEach(names -> names.forEach(n -> {
                Value y = variables.find(n);
                if (y != null && variables.lod(n) == null && y.type() instanceof Type.TensorType t && t.rank() > 0 && t.dim(0).equals(x.dim(0))) {
                    variables.lod(n, lod);
                }
            }));
        }
    }
}
