package dev.lathe.compiler.pass;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.Faults;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.OptType;
import dev.lathe.compiler.ir.Type.SeqType;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Types;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.ValueSet;
import dev.lathe.compiler.ir.op.Inferred;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/** Checks that a graph is well formed: order, single definition, operand counts, types, fused regions. Finds all faults. */
public final class GraphVerifier {
    private static final String FRESH = "?verify";

    /** Nodes in a row that a pass may have taken out for what follows to be found. */
    private static final int AHEAD = 64;

    private final BiConsumer<Node, String> fault;
    private final Set<String> names;
    // nodes whose types have been checked, and how many of them have been met or left behind
    private List<Node> sound = List.of();
    private int met;
    private int fresh;
    private final Inferred inferred = new Inferred(() -> Dim.sym(FRESH + fresh++));

    private GraphVerifier(Graph g, BiConsumer<Node, String> fault) {
        this.names = new HashSet<>(2 * g.nodes().size());
        this.fault = fault;
    }

    /** What is wrong, one line each; empty when nothing is. */
    public static List<String> verify(Graph g) {
        return verify(g, null);
    }

    /**
     * As {@link #verify(Graph)}.
     *
     * @param sound a graph in which nothing was wrong, or null: types of nodes that stand in it, too, need not be inferred again
     */
    static List<String> verify(Graph g, Graph sound) {
        List<String> errors = new ArrayList<>();
        GraphVerifier v = new GraphVerifier(g, (n, what) -> errors.add(n == null ? what : text(n) + ": " + what));
        v.sound = sound == null ? List.of() : sound.nodes();
        v.all(g);
        return errors;
    }

    /** A graph that someone wrote: as {@link #verify}, and every symbol must be an input's dimension or bound by a node before its use. */
    public static void check(Graph g, BiConsumer<Node, String> fault) {
        new GraphVerifier(g, fault).all(g);
        Set<String> used = new TreeSet<>();
        Set<String> bound = new HashSet<>();
        for (Value v : g.inputs()) {
            for (Dim d : v.type() instanceof TensorType t ? t.dims() : List.<Dim>of()) {
                used.addAll(d.symbols());
                bound.add(d.symbol());
            }
        }
        used.removeIf(bound::contains);
        used.forEach(s -> fault.accept(null, "the symbol " + s + " stands only in expressions: one dimension of an input must be " + s + " alone"));
        bound.addAll(used);
        unbound(g, bound, fault);
    }

    private static void unbound(Graph g, Set<String> outer, BiConsumer<Node, String> fault) {
        Set<String> bound = new HashSet<>(outer);
        g.inputs().forEach(v -> Types.symbols(v.type(), bound));
        for (Node n : g.nodes()) {
            Op row = OpTable.find(n.op());
            boolean binds = row == null || row.kind() == Op.Kind.BINDING || row.kind() == Op.Kind.CONTROL;
            Set<String> used = new TreeSet<>();
            for (Object a : n.attrs().asMap().values()) {
                for (Object d : a instanceof List<?> l ? l : List.of(a)) {
                    used.addAll(d instanceof Dim x ? x.symbols() : Set.of());
                }
            }
            Set<String> made = new HashSet<>(n.attrs().has("symbols") ? n.attrs().texts("symbols") : List.of());
            n.outputs().stream().filter(v -> v != null).forEach(v -> Types.symbols(v.type(), binds ? made : used));
            used.removeIf(bound::contains);
            if (!used.isEmpty()) {
                fault.accept(n, "nothing before it says what " + String.join(", ", used) + " is: a symbol is an input's dimension, a bind's, or one of a result whose extent is found while running");
            }
            bound.addAll(used);
            bound.addAll(made);
            if (binds) {
                Set<String> inside = new HashSet<>(bound);
                inside.add(n.attrs().text("turn", ""));
                n.regions().forEach(r -> unbound(r, inside, fault));
            }
        }
    }

    private void all(Graph g) {
        graph(g, new ValueSet(g.nodes().size()));
    }

    /** @param known the values around a region, which see nothing of its own */
    private void graph(Graph g, ValueSet known) {
        g.inputs().forEach(v -> define(v, known, null));
        for (Node n : g.nodes()) {
            node(n, known);
        }
        for (Value v : g.outputs()) {
            if (!known.has(v)) {
                fault.accept(null, "output " + v + " of " + g.name() + " is not defined");
            }
        }
    }

    private void region(Graph r, ValueSet known) {
        graph(r, known);
        r.inputs().forEach(known::remove);
        r.nodes().forEach(n -> n.outputs().forEach(known::remove));
    }

    private void define(Value v, ValueSet known, Node at) {
        if (!known.add(v) | !names.add(v.name())) {
            fault.accept(at, (at == null ? "input " : "") + v + " is defined twice");
        }
    }

    private static String text(Node n) {
        return n.outputs() + " = " + n.op() + n.inputs() + " at " + n.loc();
    }

    private void node(Node n, ValueSet known) {
        boolean ordered = true;
        for (Value v : n.inputs()) {
            if (v != null && !known.has(v)) {
                fault.accept(n, v + " is used before it is defined");
                ordered = false;
            }
        }
        Op row = OpTable.find(n.op());
        if (row == null) {
            fault.accept(n, "there is no operation " + n.op());
        } else if (n.inputs().size() < row.minIn() || n.inputs().size() > row.maxIn()) {
            fault.accept(n, "takes " + row.minIn() + " to " + row.maxIn() + " operands");
        } else if (ordered && !isSound(n)) {
            types(n, row);
        }
        if (row != null && row.kind() != Op.Kind.CONTROL && !n.regions().isEmpty()) {
            fused(n);
        } else {
            for (Graph r : n.regions()) {
                region(r, known);
            }
        }
        for (Value v : n.outputs()) {
            if (v != null) {
                define(v, known, n);
            }
        }
    }

    // passes keep the order of what they leave as it is
    private boolean isSound(Node n) {
        int end = Math.min(sound.size(), met + AHEAD);
        for (int i = met; i < end; i++) {
            if (sound.get(i) == n) {
                met = i + 1;
                return true;
            }
        }
        return false;
    }

    private void types(Node n, Op row) {
        List<Type> types;
        try {
            types = inferred.of(row, n.inputs(), n.attrs(), n.regions());
        } catch (RuntimeException e) {
            // rules may rely on operands and attributes that are not there
            fault.accept(n, n.op() + ": " + Faults.plain(e));
            return;
        }
        if (types.size() < n.outputs().size()) {
            fault.accept(n, "gives " + types.size() + " results");
            return;
        }
        for (int i = 0; i < n.outputs().size(); i++) {
            Value v = n.out(i);
            if (v != null && !same(types.get(i), v.type(), row.kind() == Op.Kind.CONTROL)) {
                fault.accept(n, v + " is " + v.type() + ", should be " + types.get(i));
            }
        }
    }

    /** @param loose a symbol may stand for an extent that has become known since */
    private static boolean same(Type want, Type have, boolean loose) {
        if (want == have) {
            return true;
        }
        if (want instanceof SeqType a && have instanceof SeqType b) {
            return same(a.elem(), b.elem(), loose);
        }
        if (want instanceof OptType a && have instanceof OptType b) {
            return same(a.elem(), b.elem(), loose);
        }
        if (!(want instanceof TensorType a && have instanceof TensorType b) || a.elem() != b.elem() || a.rank() != b.rank()) {
            return want.equals(have);
        }
        for (int i = 0; i < a.rank(); i++) {
            // an extent that is found while running may have any name
            if (!a.dim(i).equals(b.dim(i)) && !(loose && b.dim(i).symbol() != null) && a.dim(i).symbols().stream().noneMatch(s -> s.startsWith(FRESH))) {
                return false;
            }
        }
        return true;
    }

    // a region over elements: its arguments are the accumulated element (of a contraction) and the operands' elements
    private void fused(Node n) {
        Graph r = n.regions().get(0);
        boolean map = n.is("map");
        int want = map ? n.inputs().size() : Math.max(0, n.inputs().size() - 3) + 1;
        if (n.regions().size() != 1 || r.inputs().size() != want || r.outputs().isEmpty()) {
            fault.accept(n, "its region has " + r.inputs().size() + " arguments, should have " + want);
            return;
        }
        for (int i = 0; i < want; i++) {
            Value operand = map ? n.in(i) : i == 0 ? n.in(0) : n.in(i + 2);
            if (operand == null || operand.type() instanceof TensorType t && t.elem() != r.inputs().get(i).elem()) {
                fault.accept(n, "argument " + r.inputs().get(i) + " doesn't fit operand " + operand);
            }
        }
        for (Node m : r.nodes()) {
            Op row = OpTable.find(m.op());
            if (!m.is("const") && (row == null || row.kind() != Op.Kind.ELEMENTWISE || m.is("map"))) {
                fault.accept(n, m.op() + " can't stand in its region");
            }
            if (m.outputs().size() != 1 || m.out().rank() != 0) {
                fault.accept(n, m.outputs() + " in its region must be one element");
            }
        }
        // closed: it sees nothing of the graph around
        graph(r, new ValueSet());
    }
}
