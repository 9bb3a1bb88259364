package dev.lathe.compiler.pass;

import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.ContractionOps;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Folds scales and shifts by constants of one value per output channel into a contraction's weights and bias:
 * {@code (w*x + b) * s + t == (w*s)*x + (b*s + t)}. Computed in double and rounded once.
 */
public final class FoldBatchNorm extends RewritePass {
    private static final Set<String> CONTRACTIONS = Set.of("conv", "conv_transpose", "matmul");
    private static final Set<String> SCALES = Set.of("mul", "add", "sub", "div");

    public FoldBatchNorm() {
        super("fold-batch-norm", "fold scales and shifts per channel into the weights and bias of contractions", CONTRACTIONS, Walk::new);
    }

    @Override
    boolean concerns(Graph g) {
        return super.concerns(g) && Graphs.has(g, SCALES);
    }

    private static final class Walk extends Rewriter {
        private final Set<Node> folded = Collections.newSetFromMap(new IdentityHashMap<>());

        Walk(Rewriter outer) {
            super(outer, Walk::new);
        }

        @Override
        void visit(Node n, Node old) {
            if (folded.contains(old)) {
                return;
            }
            boolean contraction = CONTRACTIONS.contains(n.op());
            // exact sums of integers must stay so
            if (!contraction || n.attrs().flag("exact") || n.out().elem() != ElementType.F32 || !n.regions().isEmpty() || !fold(n, old)) {
                copy(n, old);
            }
        }

        private boolean fold(Node n, Node old) {
            Value v = old.out();
            int axis = n.is("matmul") || ContractionOps.channelsLast(n.attrs()) ? v.rank() - 1 : 1;
            if (!v.dim(axis).isConst() || v.dim(axis).is(0)) {
                return false;
            }
            Node next = info.onlyUser(v);
            if (next == null || !SCALES.contains(next.op())) {
                return false;
            }
            int channels = v.dim(axis).intValue();
            Tensor w = info.constant(old.in(1));
            Tensor bias = info.constant(old.in(2));
            boolean weights = w != null && w.type() == ElementType.F32 && flat(n, w);
            if (old.in(2) != null && (bias == null || bias.type() != ElementType.F32 || bias.size() != channels)) {
                return false;
            }
            double[] scale = new double[channels];
            double[] shift = new double[channels];
            Arrays.fill(scale, 1);
            boolean scaled = false;
            Loc loc = n.loc();
            List<Node> chain = new ArrayList<>();
            Value at = v;
            for (Node u = info.onlyUser(at); u != null; u = info.onlyUser(at)) {
                double[] c = channelConstant(u, at, axis, channels);
                boolean scales = u.is("mul") || u.is("div") || u.is("sub") && u.in(1) == at;
                if (c == null || scales && !weights || !apply(u, at, c, scale, shift)) {
                    break;
                }
                scaled |= scales;
                chain.add(u);
                loc = loc.and(u.loc());
                at = u.out();
            }
            if (chain.isEmpty()) {
                return false;
            }
            float[] b = new float[channels];
            for (int i = 0; i < channels; i++) {
                b[i] = (float) (shift[i] + (bias == null ? 0 : bias.floats()[i] * scale[i]));
            }
            float[] scaledWeights = scaled ? scaled(n, w, scale) : null;
            if (!finite(b) || scaled && !finite(scaledWeights)) {
                return false;
            }
            folded.addAll(chain);
            this.b.at(loc);
            Value weight = scaled ? constant(old.in(1).name(), new Tensor(ElementType.F32, w.dims(), scaledWeights)) : n.in(1);
            Value newBias = null;
            boolean anyBias = bias != null;
            for (double s : shift) {
                anyBias |= s != 0;
            }
            if (anyBias) {
                String name = old.in(2) != null ? old.in(2).name() : at.name() + "_bias";
                newBias = constant(name, Tensor.ofFloats(new int[] {channels}, b));
            }
            List<Value> in = newBias == null ? List.of(n.in(0), weight) : List.of(n.in(0), weight, newBias);
            emitAs(at, n.op(), n.attrs(), List.of(), loc, in);
            return true;
        }

        // a batch of weight matrices has no single matrix to scale, but its last dimension is still the channels
        private static boolean flat(Node n, Tensor w) {
            return w.rank() >= 2 && (!n.is("matmul") || w.size() > 0);
        }

        /** The other operand of {@code u} as one value per channel, or null. */
        private double[] channelConstant(Node u, Value at, int axis, int channels) {
            if (!SCALES.contains(u.op()) || !u.out().tensor().equals(at.tensor())) {
                return null;
            }
            Tensor c = info.constant(u.in(0) == at ? u.in(1) : u.in(0));
            if (c == null || c.type() != ElementType.F32 || c.rank() > at.rank()) {
                return null;
            }
            int own = axis - (at.rank() - c.rank());
            for (int i = 0; i < c.rank(); i++) {
                if (c.dims()[i] != 1 && (i != own || c.dims()[i] != channels)) {
                    return null;
                }
            }
            double[] r = new double[channels];
            for (int i = 0; i < channels; i++) {
                r[i] = c.floats()[c.size() == 1 ? 0 : i];
            }
            return r;
        }

        private static boolean apply(Node u, Value at, double[] c, double[] scale, double[] shift) {
            boolean first = u.in(0) == at;
            if (u.is("div") && (!first || Arrays.stream(c).anyMatch(x -> x == 0))) {
                return false;
            }
            for (int i = 0; i < c.length; i++) {
                switch (u.op()) {
                    case "add" -> shift[i] += c[i];
                    case "mul" -> {
                        scale[i] *= c[i];
                        shift[i] *= c[i];
                    }
                    case "sub" -> {
                        // v - c, or c - v
                        scale[i] = first ? scale[i] : -scale[i];
                        shift[i] = first ? shift[i] - c[i] : c[i] - shift[i];
                    }
                    default -> {
                        scale[i] /= c[i];
                        shift[i] /= c[i];
                    }
                }
            }
            return true;
        }

        private static float[] scaled(Node n, Tensor w, double[] scale) {
            float[] from = w.floats();
            float[] to = new float[from.length];
            int[] d = w.dims();
            int channels = scale.length;
            int inner = n.is("matmul") ? 1 : Tensor.count(d) / Math.max(1, d[0] * d[1]);
            int groups = n.is("matmul") ? 1 : n.attrs().intValue("groups");
            for (int i = 0; i < to.length; i++) {
                int channel;
                if (n.is("matmul")) {
                    channel = i % channels;
                } else if (n.is("conv")) {
                    channel = i / (inner * d[1]);
                } else {
                    // [in, out/groups, kernel...]: the group of an input channel says which outputs it feeds
                    int in = i / (inner * d[1]);
                    channel = in / (d[0] / groups) * d[1] + i / inner % d[1];
                }
                to[i] = (float) (from[i] * scale[channel]);
            }
            return to;
        }

        private static boolean finite(float[] a) {
            for (float f : a) {
                if (!Float.isFinite(f)) {
                    return false;
                }
            }
            return true;
        }
    }
}
