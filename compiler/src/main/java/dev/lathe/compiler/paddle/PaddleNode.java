package dev.lathe.compiler.paddle;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.Building;
import dev.lathe.compiler.onnx.Decomposer;
import dev.lathe.compiler.paddle.proto.BlockDesc;
import dev.lathe.compiler.paddle.proto.OpDesc;
import dev.lathe.compiler.paddle.proto.VarDesc;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** One operator as an {@link OpRow} sees it: operands as values by slot, attributes with defaults, and the builder. */
public final class PaddleNode implements Building {
    private static final int MOST_DEPTH = 50;
    /** A slot of operands that is written to. */
    public static final String WRITTEN = "Dst_LoDTensor";
    /** Slots for what PaddlePaddle keeps while a block runs. */
    private static final Set<String> SCOPES = Set.of("StepScopes", "Scope", "step_scopes");

    private final PaddleImporter importer;
    private final OpDesc desc;
    private final BlockDesc block;
    private final GraphBuilder builder;
    private final Variables variables;

    PaddleNode(PaddleImporter importer, OpDesc desc, BlockDesc block, GraphBuilder builder, Variables variables) {
        this.importer = importer;
        this.desc = desc;
        this.block = block;
        this.builder = builder;
        this.variables = variables;
    }

    @Override
    public GraphBuilder b() {
        return builder;
    }

    @Override
    public Decomposer decomposer() {
        return importer.decomposer();
    }

    public String type() {
        return desc.type();
    }

    // ---- operands -----------------------------------------------------------------------------------------------

    /** The variables of a slot. */
    public List<String> names(String slot) {
        return desc.inputs().getOrDefault(slot, List.of());
    }

    public boolean has(String slot) {
        return !names(slot).isEmpty();
    }

    /** The values of a slot; empty when there are none. */
    public List<Value> ins(String slot) {
        return names(slot).stream().map(variables::get).toList();
    }

    /** The value of a slot with this number. */
    public Value ins(String slot, int i) {
        if (i < 0 || i >= names(slot).size()) {
            throw new LatheException("", "input " + slot + " has no variable " + i);
        }
        return variables.get(names(slot).get(i));
    }

    /** The only value of a slot, or null. */
    public Value in(String slot) {
        List<String> names = names(slot);
        return names.isEmpty() ? null : variables.get(names.get(0));
    }

    public Value need(String slot) {
        Value v = in(slot);
        if (v == null) {
            throw new LatheException("", "input " + slot + " is missing");
        }
        return v;
    }

    /** Where the sequences begin that a slot's rows stand for, and one more for the end: i64 [sequences + 1]; or null. */
    public Value lod(String slot) {
        List<String> names = names(slot);
        return names.isEmpty() ? null : variables.lod(names.get(0));
    }

    /** Where the sequences begin whose steps are the sequences that {@code lod} tells apart; null: there are none. */
    public Value outerLod(Value lod) {
        return lod == null ? null : importer.outerLod(lod);
    }

    /** Says whose steps the sequences are that {@code lod} tells apart. */
    public void outerLod(Value lod, Value outer) {
        importer.outerLod(lod, outer);
    }

    public Value needLod(String slot) {
        Value v = lod(slot);
        if (v == null) {
            throw new LatheException("", "input " + slot + " is not known to hold sequences: no input of the model with a LoD leads to it");
        }
        return v;
    }

    /** Dimensions given by a tensor, by a list of scalars, or by an attribute; in this order. */
    public List<Dim> dims(String tensor, String list, String attr) {
        if (has(tensor)) {
            return dims(need(tensor));
        }
        if (has(list)) {
            List<Dim> r = new ArrayList<>();
            for (Value v : ins(list)) {
                r.addAll(dims(v));
            }
            return r;
        }
        return Arrays.stream(integers(attr)).mapToObj(Dim::of).toList();
    }

    // ---- attributes ---------------------------------------------------------------------------------------------

    private <T> T attr(String name, Class<T> of, T absent) {
        Object v = desc.attrs().get(name);
        if (v == null) {
            return absent;
        }
        if (!of.isInstance(v)) {
            throw new LatheException("", "attribute " + name + " is " + v + ", not a " + of.getSimpleName());
        }
        return of.cast(v);
    }

    public boolean hasAttr(String name) {
        return desc.attrs().containsKey(name);
    }

    public long integer(String name, long absent) {
        Object v = desc.attrs().get(name);
        return v instanceof Boolean b ? b ? 1 : 0 : v instanceof Double d && d == Math.rint(d) ? d.longValue() : attr(name, Long.class, absent);
    }

    public int intValue(String name, int absent) {
        return Math.toIntExact(integer(name, absent));
    }

    public float real(String name, double absent) {
        return attr(name, Number.class, absent).floatValue();
    }

    /** A number, true and false being 1 and 0; 0 when it is absent. */
    public Number number(String name) {
        Object v = desc.attrs().get(name);
        return v instanceof Boolean b ? b ? 1L : 0L : attr(name, Number.class, 0L);
    }

    public boolean flag(String name, boolean absent) {
        return desc.attrs().get(name) instanceof Long x ? x != 0 : attr(name, Boolean.class, absent);
    }

    public String text(String name, String absent) {
        return attr(name, String.class, absent);
    }

    /** An attribute as a text, whatever it is. */
    public String word(String name) {
        return String.valueOf(desc.attrs().get(name));
    }

    /** An integer list, or a single number as a list of one; empty when absent. */
    public long[] integers(String name) {
        if (desc.attrs().get(name) instanceof Long x) {
            return new long[] {x};
        }
        return list(name).stream().mapToLong(x -> ((Number) x).longValue()).toArray();
    }

    public int[] ints(String name, int... absent) {
        return hasAttr(name) ? Arrays.stream(integers(name)).mapToInt(Math::toIntExact).toArray() : absent;
    }

    public double[] reals(String name) {
        return list(name).stream().mapToDouble(x -> ((Number) x).doubleValue()).toArray();
    }

    public List<?> list(String name) {
        return attr(name, List.class, List.of());
    }

    public ElementType elem(String name, ElementType absent) {
        long n = integer(name, -1);
        return n < 0 ? absent : DataTypes.of(n);
    }

    // ---- results ------------------------------------------------------------------------------------------------

    public boolean wants(String slot) {
        return !outs(slot).isEmpty();
    }

    public List<String> outs(String slot) {
        return desc.outputs().getOrDefault(slot, List.of());
    }

    public void out(Value v) {
        out("Out", v);
    }

    public void out(String slot, Value v) {
        if (wants(slot)) {
            variables.put(outs(slot).get(0), v);
        }
    }

    public void outs(String slot, List<Value> values) {
        List<String> names = outs(slot);
        for (int i = 0; i < names.size() && i < values.size(); i++) {
            variables.put(names.get(i), values.get(i));
        }
    }

    /** Says which sequences a result's rows stand for. */
    public void outLod(String slot, Value lod) {
        outs(slot).forEach(n -> variables.lod(n, lod));
    }

    // ---- variables and blocks -----------------------------------------------------------------------------------

    /** What a variable holds; null: nothing yet. */
    public Value find(String name) {
        return variables.find(name);
    }

    public void put(String name, Value v) {
        variables.put(name, v);
    }

    /** Says which sequences a variable's rows stand for. */
    public void putLod(String name, Value lod) {
        variables.lod(name, lod);
    }

    public Value findLod(String name) {
        return variables.lod(name);
    }

    /** What a variable is declared as; null when it isn't. */
    public VarDesc declared(String name) {
        return importer.declared(block, name);
    }

    /** The element type that a variable is declared with. */
    public ElementType declaredElem(String name, ElementType absent) {
        VarDesc v = declared(name);
        return v == null || v.tensor() == null ? absent : DataTypes.of(v.tensor().dataType());
    }

    /** True when a dimension is known before the program runs, given its inputs. */
    public boolean known(Dim d) {
        return importer.known(d);
    }

    /** The block that this operation runs. */
    public BlockDesc inner() {
        return inner("sub_block");
    }

    public BlockDesc inner(String attr) {
        if (!hasAttr(attr)) {
            throw new LatheException("", "attribute " + attr + " is missing");
        }
        return importer.block(integer(attr, 0));
    }

    /** The variables outside a block to which it gives values, in the order in which it does. */
    public Set<String> written(BlockDesc inner) {
        Set<String> r = new LinkedHashSet<>();
        written(inner, r, 0);
        return r;
    }

    private void written(BlockDesc inner, Set<String> into, int depth) {
        if (depth > MOST_DEPTH) {
            throw new LatheException("", "the file is damaged: its blocks are nested more than " + MOST_DEPTH + " deep, or contain themselves");
        }
        Set<String> all = new LinkedHashSet<>();
        for (OpDesc o : inner.ops()) {
            if (o.attrs().get("sub_block") instanceof Long number) {
                written(importer.block(number), all, depth + 1);
            }
            all.addAll(o.inputs().getOrDefault(WRITTEN, List.of()));
            o.outputs().forEach((slot, names) -> {
                if (!SCOPES.contains(slot)) {
                    all.addAll(names);
                }
            });
        }
        all.removeAll(inner.vars().keySet());
        into.addAll(all);
    }

    /**
     * Adds a block's operations to a region.
     *
     * @param begin what variables hold before, where it isn't what they hold outside
     * @return what each of the variables holds afterwards; null: nothing
     */
    public Function<String, Value> run(BlockDesc inner, GraphBuilder region, Map<String, Value> begin) {
        return run(inner, region, begin, Map.of()).values();
    }

    /** What variables hold after a block, and which sequences their rows stand for. */
    public record After(Function<String, Value> values, Function<String, Value> lods) {}

    /** As the other. @param lods which sequences the rows of variables stand for before, where it isn't those outside */
    public After run(BlockDesc inner, GraphBuilder region, Map<String, Value> begin, Map<String, Value> lods) {
        Variables inside = new Variables(variables);
        begin.forEach(inside::put);
        lods.forEach(inside::lod);
        importer.operations(inner, region, inside);
        return new After(inside::find, inside::lod);
    }

    // ---- operations ---------------------------------------------------------------------------------------------

    public List<Value> binding(String op, Attrs attrs, Value... a) {
        return importer.decomposer().binding(builder, op, attrs, Arrays.asList(a));
    }

    /** Running sums. @param exclusive without the element itself */
    public Value runningSum(Value v, int axis, boolean exclusive) {
        return op("cumulate", Attrs.of("kind", "sum", "axis", axis, "exclusive", exclusive, "reverse", false), v);
    }

    /** The first elements of the last dimension in descending or ascending order, and where they stood. */
    public List<Value> sorted(Value v, Dim count, boolean largest) {
        return builder.add("topk", List.of(v), Attrs.of("count", count, "largest", largest), List.of(), (String[]) null);
    }

    /** Where a vector isn't 0: i64, as many as are found while running. */
    public Value places(Value v) {
        Value at = binding("nonzero", Attrs.NONE, v).get(0);
        return reshape(at, at.dim(1));
    }

    /** An i64 scalar. */
    public Value number(long v) {
        return builder.scalar(ElementType.I64, v);
    }

    /** An operation with another operand that is one number. */
    public Value op(String op, Value a, double by) {
        return op(op, a, like(a, by));
    }

    /** The result of an operator's fused activation, named as the operators of activations are. */
    public Value activate(Value x, String name) {
        return switch (name) {
            case "", "identity", "linear" -> x;
            case "relu", "sigmoid", "tanh" -> op(name, x);
            case "relu6" -> op("min", op("relu", x), like(x, 6));
            case "gelu" -> onnx("Gelu", x);
            case "swish", "silu" -> op("mul", x, op("sigmoid", x));
            case "hard_swish" -> onnx("HardSwish", x);
            default -> throw unsupported("activation " + name);
        };
    }

    /** True when values of rank 0 are that, and not vectors of one element as before version 2.5. */
    public boolean scalars() {
        return importer.scalars();
    }
}
