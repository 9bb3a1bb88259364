package dev.lathe.compiler.pass;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.ContractionOps;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Turns convolutions and pooling to channels-last and carries that layout through everything that can follow, so that
 * transposes remain only at the edges. A value has a twin in the other layout; which of the two is computed, and where
 * a transpose makes the other, is decided in graph order, from shapes' ranks and who has a twin already, never from
 * whether an extent is known.
 */
public final class ChooseLayout extends RewritePass {
    /** Operations with an attribute {@code layout}; operand 0 and the result are laid out by it. */
    private static final Set<String> LAYOUT_OPS = Set.of("conv", "conv_transpose", "pool");

    public ChooseLayout() {
        super("choose-layout", "lay out convolutional activations channels-last", LAYOUT_OPS, outer -> new Walk((Walk) outer));
    }

    /** Adds the channels-last form of a node, or says no. */
    private interface Rule {
        boolean apply(Walk w, Node n);
    }

    private static final Map<String, Rule> RULES = Map.ofEntries(
            Map.entry("identity", Walk::identity),
            Map.entry("concat", Walk::concat),
            Map.entry("pad", Walk::pad),
            Map.entry("slice", Walk::slice),
            Map.entry("expand", Walk::expand),
            Map.entry("reduce", Walk::reduce),
            Map.entry("arg_reduce", Walk::argReduce),
            Map.entry("softmax", Walk::alongAxis),
            Map.entry("log_softmax", Walk::alongAxis),
            Map.entry("gather", Walk::alongAxis),
            Map.entry("interpolate", Walk::alongAxis),
            Map.entry("transpose", Walk::transpose),
            Map.entry("reshape", Walk::reshape));

    private static final class Walk extends Rewriter {
        private final Twins twins;
        private final Set<Integer> ranks = new HashSet<>();

        Walk(Walk outer) {
            super(outer, o -> new Walk((Walk) o));
            twins = new Twins(this, outer == null ? null : outer.twins);
        }

        @Override
        Graph run(Graph g) {
            g.nodes().stream().filter(Walk::laidOut).forEach(n -> ranks.add(n.in(0).rank()));
            return super.run(g);
        }

        // a region sees values in their own layout
        @Override
        void beforeRegions(Node n) {
            n.regions().forEach(r -> Graphs.captured(r).forEach(twins::first));
        }

        @Override
        void finishing(Graph g) {
            g.outputs().forEach(twins::first);
        }

        @Override
        void visit(Node n, Node old) {
            if (laidOut(old)) {
                anchor(old);
                return;
            }
            Op row = OpTable.find(old.op());
            boolean elementwise = row != null && row.kind() == Op.Kind.ELEMENTWISE && old.outputs().size() == 1;
            Rule rule = elementwise ? Walk::elementwise : RULES.get(old.op());
            if (rule == null || !rule.apply(this, old)) {
                List<Value> in = new ArrayList<>();
                old.inputs().forEach(v -> in.add(v == null ? null : twins.first(v)));
                copy(n.withInputs(in), old);
            }
        }

        private static boolean laidOut(Node n) {
            return LAYOUT_OPS.contains(n.op()) && !ContractionOps.channelsLast(n.attrs()) && n.in(0).rank() >= 3
                    && n.in(0).elem().storage() == Storage.F32 && !n.in(0).elem().isComplex();
        }

        private void anchor(Node n) {
            List<Value> in = new ArrayList<>();
            in.add(twins.last(n.in(0)));
            for (int i = 1; i < n.inputs().size(); i++) {
                // weights and bias have no layout; operands of an epilogue do
                Value v = n.in(i);
                in.add(v == null ? null : i >= 3 ? twins.broadcast(v, n.out().rank()) : twins.first(v));
            }
            result(n, n.withAttrs(n.attrs().with("layout", "last")), in);
        }

        /** Adds the channels-last form of {@code n}, computed by {@code as} from {@code in}. */
        private void result(Node n, Node as, List<Value> in) {
            twins.put(n.out(), b.add(as.op(), in, as.attrs(), as.regions(), n.out().name() + "_last").get(0));
        }

        // whether at least as many of the large operands have a twin as have none
        private boolean favoured(Node n, List<Value> operands) {
            int with = 0;
            int without = 0;
            for (Value v : operands) {
                boolean large = v.rank() == n.out().rank() && (n.is("concat") || v.tensor().dims().equals(n.out().tensor().dims()));
                if (v.rank() == n.out().rank() && twins.has(v)) {
                    with++;
                } else if (large && info.constant(v) == null) {
                    without++;
                }
            }
            return with > 0 && with >= without;
        }

        private boolean elementwise(Node n) {
            int rank = n.out().rank();
            if (rank < 3 || !favoured(n, n.inputs())) {
                return false;
            }
            result(n, n, n.inputs().stream().map(v -> twins.broadcast(v, rank)).toList());
            return true;
        }

        private boolean identity(Node n) {
            if (!twins.has(n.in(0))) {
                return false;
            }
            twins.put(n.out(), twins.last(n.in(0)));
            return true;
        }

        private boolean concat(Node n) {
            int rank = n.out().rank();
            if (rank < 3 || !favoured(n, n.inputs())) {
                return false;
            }
            result(n, n.withAttrs(n.attrs().with("axis", Perms.lastAxis(n.attrs().intValue("axis"), rank))), n.inputs().stream().map(twins::last).toList());
            return true;
        }

        private boolean pad(Node n) {
            if (!twins.has(n.in(0))) {
                return false;
            }
            Attrs a = permuted(permuted(n.attrs(), "before"), "after");
            List<Value> in = new ArrayList<>(List.of(twins.last(n.in(0))));
            if (n.in(1) != null) {
                in.add(twins.first(n.in(1)));
            }
            result(n, n.withAttrs(a), in);
            return true;
        }

        private static Attrs permuted(Attrs a, String name) {
            List<?> l = (List<?>) a.asMap().get(name);
            return a.with(name, Perms.apply(l, Perms.toLast(l.size())));
        }

        private boolean slice(Node n) {
            if (!twins.has(n.in(0))) {
                return false;
            }
            Attrs a = permuted(permuted(permuted(n.attrs(), "starts"), "sizes"), "steps");
            result(n, n.withAttrs(a), List.of(twins.last(n.in(0))));
            return true;
        }

        private boolean expand(Node n) {
            if (!twins.has(n.in(0)) || n.attrs().dims("dims").size() != n.in(0).rank()) {
                return false;
            }
            result(n, n.withAttrs(permuted(n.attrs(), "dims")), List.of(twins.last(n.in(0))));
            return true;
        }

        private boolean alongAxis(Node n) {
            // a look-up by a matrix of indices changes the rank
            if (!twins.has(n.in(0)) || n.out().rank() != n.in(0).rank()) {
                return false;
            }
            int axis = Perms.lastAxis(n.attrs().intValue("axis"), n.in(0).rank());
            List<Value> in = new ArrayList<>(List.of(twins.last(n.in(0))));
            // tables have no layout
            n.inputs().subList(1, n.inputs().size()).forEach(v -> in.add(twins.first(v)));
            result(n, n.withAttrs(n.attrs().with("axis", axis)), in);
            return true;
        }

        private boolean argReduce(Node n) {
            if (n.attrs().flag("keep")) {
                return alongAxis(n);
            }
            if (!twins.has(n.in(0))) {
                return false;
            }
            // without channels the others stand in their old order
            int rank = n.in(0).rank();
            int axis = Perms.lastAxis(n.attrs().intValue("axis"), rank);
            if (axis != rank - 1) {
                return false;
            }
            emitAs(n.out(), "arg_reduce", n.attrs().with("axis", axis), n.loc(), twins.last(n.in(0)));
            return true;
        }

        private boolean reduce(Node n) {
            if (!twins.has(n.in(0))) {
                return false;
            }
            int rank = n.in(0).rank();
            int[] axes = Arrays.stream(n.attrs().ints("axes")).map(a -> Perms.lastAxis(a, rank)).sorted().toArray();
            Attrs a = n.attrs().with("axes", axes);
            if (n.attrs().flag("keep")) {
                result(n, n.withAttrs(a), List.of(twins.last(n.in(0))));
                return true;
            }
            // what remains must stand in its old order; channels alone or batch alone always do
            int[] left = Arrays.stream(Perms.toLast(rank)).filter(d -> Arrays.stream(n.attrs().ints("axes")).noneMatch(x -> x == d)).toArray();
            if (!Arrays.equals(left, Arrays.stream(left).sorted().toArray())) {
                return false;
            }
            emitAs(n.out(), "reduce", a, n.loc(), twins.last(n.in(0)));
            return true;
        }

        private boolean transpose(Node n) {
            Value v = n.in(0);
            int[] perm = n.attrs().ints("perm");
            int rank = perm.length;
            if (twins.hasSplit(v) && Perms.swapsChannels(perm)) {
                int[] swap = IntStream.range(0, rank).toArray();
                swap[rank - 2] = rank - 1;
                swap[rank - 1] = rank - 2;
                twins.putSplit(n.out(), emit("transpose", Attrs.of("perm", swap), n.out().name() + "_last", twins.split(v)));
                return true;
            }
            if (twins.has(v)) {
                // from the twin at once: t(v) == t(first(twin))
                int[] p = Perms.compose(Perms.toFirst(rank), perm);
                if (Perms.isIdentity(p)) {
                    replace(n.out(), twins.last(v));
                } else {
                    emitAs(n.out(), "transpose", Attrs.of("perm", p), n.loc(), twins.last(v));
                }
                return true;
            }
            if (ranks.contains(rank) && Arrays.equals(perm, Perms.toFirst(rank))) {
                // a convolutional model itself changes from channels-last: that is the twin
                twins.put(n.out(), twins.first(v));
                return true;
            }
            return false;
        }

        private boolean reshape(Node n) {
            Value v = n.in(0);
            List<Dim> from = v.tensor().dims();
            List<Dim> to = n.attrs().dims("dims");
            int r = to.size();
            if (twins.hasSplit(v)) {
                // joins the two channel dimensions again
                if (r == from.size() - 1 && r >= 3 && to.get(0).equals(from.get(0)) && to.get(1).equals(from.get(1).times(from.get(2)))
                        && to.subList(2, r).equals(from.subList(3, r + 1))) {
                    twins.put(n.out(), emit("reshape", dims(Perms.apply(to, Perms.toLast(r))), n.out().name() + "_last", twins.split(v)));
                    return true;
                }
                return false;
            }
            if (!twins.has(v)) {
                return false;
            }
            // batch and channels stay: spatial dimensions are joined or split
            if (r >= 3 && to.get(0).equals(from.get(0)) && to.get(1).equals(from.get(1))) {
                twins.put(n.out(), emit("reshape", dims(Perms.apply(to, Perms.toLast(r))), n.out().name() + "_last", twins.last(v)));
                return true;
            }
            // channels are split in two
            if (r == from.size() + 1 && to.get(0).equals(from.get(0)) && to.subList(3, r).equals(from.subList(2, r - 1))
                    && to.get(1).times(to.get(2)).equals(from.get(1))) {
                twins.putSplit(n.out(), emit("reshape", dims(Perms.apply(to, Perms.splitToLast(r))), n.out().name() + "_last", twins.last(v)));
                return true;
            }
            // no two dimensions that are not 1 change places: the elements stand in the same order
            if (Perms.keepsOrder(from, Perms.toLast(from.size()))) {
                emitAs(n.out(), "reshape", n.attrs(), n.loc(), twins.last(v));
                return true;
            }
            return false;
        }
    }
}
