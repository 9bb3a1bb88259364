package dev.lathe.compiler.pass;

import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Collects elementwise nodes into a region that computes one element. */
final class ElementRegion {
    /** Of a kernel: the JIT compiles none over 8,000, and what isn't a node's takes some. */
    static final int MOST_BYTES = 7_000;

    private final GraphBuilder names;
    private final List<Value> args = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Value, Value> elements = new IdentityHashMap<>();

    /** @param names makes names that are new in the graph */
    ElementRegion(GraphBuilder names) {
        this.names = names;
    }

    /** The next argument, which stands for an element of {@code operand}. */
    void argument(Value operand, String name) {
        Value a = new Value(names.fresh(name), Type.tensor(operand.elem()));
        args.add(a);
        elements.put(operand, a);
    }

    /** A literal for a constant of one element. */
    void literal(Value operand, Tensor t) {
        Value v = new Value(names.fresh(operand.name()), Type.tensor(t.type()));
        nodes.add(new Node("const", List.of(), v, Attrs.of("value", t.reshaped()), names.loc()));
        elements.put(operand, v);
    }

    boolean knows(Value operand) {
        return elements.containsKey(operand);
    }

    /** Adds the element form of {@code n}, whose operands are known; the region of a {@code map} is spliced in. */
    void add(Node n) {
        if (n.is("map")) {
            Graph r = n.regions().get(0);
            Map<Value, Value> by = new IdentityHashMap<>();
            for (int i = 0; i < n.inputs().size(); i++) {
                by.put(r.inputs().get(i), elements.get(n.in(i)));
            }
            r.nodes().forEach(m -> nodes.add(Graphs.substitute(m, by)));
            Value result = r.outputs().get(0);
            elements.put(n.out(), by.getOrDefault(result, result));
            return;
        }
        List<Value> in = new ArrayList<>();
        n.inputs().forEach(v -> in.add(elements.get(v)));
        Value v = new Value(names.fresh(n.out().name()), Type.tensor(n.out().elem()));
        nodes.add(new Node(n.op(), in, v, n.attrs(), n.loc()));
        elements.put(n.out(), v);
    }

    Graph finish(Value result) {
        return new Graph("", args, nodes, List.of(elements.get(result)));
    }

    /**
     * The bytecode that {@code n} adds to a kernel of vectors, about, on the target where it takes most: what counts is the functions
     * and conversions that are written out. What stands for no vector code is far shorter; then this is too much.
     */
    static int bytes(Node n) {
        if (n.is("map")) {
            return n.regions().get(0).nodes().stream().mapToInt(ElementRegion::bytes).sum();
        }
        return n.is("const") ? 0 : operation(n) + rounding(n);
    }

    private static int operation(Node n) {
        return switch (n.op()) {
            case "exp", "expm1" -> 480;
            case "log", "log1p" -> 560;
            case "tanh" -> 640;
            case "erf" -> 780;
            case "sigmoid" -> 380;
            case "eq", "ne", "lt", "le", "gt", "ge", "is_nan", "is_inf" -> 110;
            // out of range and NaN become what the JVM makes of them
            case "cast" -> !n.in(0).elem().isFloat() || n.out().elem().isFloat() ? 20 : n.out().elem() == ElementType.BOOL ? 110 : 320;
            default -> 40;
        };
    }

    // what brings a result into a narrow type
    private static int rounding(Node n) {
        return switch (n.out().elem()) {
            case F16 -> n.is("cast") ? 300 : 0;
            case BF16 -> 220;
            case I8, I16, U8, U16 -> 50;
            default -> 0;
        };
    }

    /** How many nodes {@code n} adds. */
    static int size(Node n) {
        return n.is("map") ? n.regions().get(0).nodes().size() : 1;
    }

    /** A constant that may become a literal: one element, any rank, no string, not complex. */
    static boolean isLiteral(Tensor t) {
        return t != null && t.size() == 1 && !t.type().isComplex() && t.type().storage() != dev.lathe.runtime.Storage.REF;
    }
}
