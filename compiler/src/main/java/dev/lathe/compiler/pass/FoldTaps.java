package dev.lathe.compiler.pass;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.ContractionOps;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * Gives convolutions of one to three output channels more of them, so that they fill vectors: taps become channels of a
 * convolution with a smaller window, and the result is the sum of its parts, each moved by its tap. Where there are no taps to
 * take (a window of 1, strides), two or three channels become four, one of them unused.
 */
public final class FoldTaps extends RewritePass {
    /** Output channels that leave most of a vector empty. */
    private static final int FEW = 3;

    /** Channels that are enough. */
    private static final int ENOUGH = 7;

    /** Input channels below which the sum of parts costs more than the products. */
    private static final int FEWEST_INPUTS = 8;

    public FoldTaps() {
        super("fold-taps", "turn taps of convolutions with few output channels into channels", Set.of("conv"), Walk::new);
    }

    @Override
    boolean concerns(Graph g) {
        return Graphs.any(g, n -> n.is("conv") && isNarrow(n.in(1)));
    }

    /** Whether these may be the weights of a convolution that is changed. */
    private static boolean isNarrow(Value w) {
        return w.type() instanceof TensorType t && t.isStatic() && t.dim(0).value() <= FEW && t.dim(1).value() >= FEWEST_INPUTS;
    }

    private static final class Walk extends Rewriter {
        Walk(Rewriter outer) {
            super(outer, Walk::new);
        }

        @Override
        void visit(Node n, Node old) {
            Tensor w = n.is("conv") ? tensor(n.in(1)) : null;
            if (w == null || w.type() != ElementType.F32 || n.in(0).elem() != ElementType.F32 || n.out().elem() != ElementType.F32
                    || !ContractionOps.channelsLast(n.attrs()) || n.attrs().flag("exact") || n.attrs().intValue("groups") != 1 || !n.regions().isEmpty()
                    || w.dims()[0] > FEW || w.dims()[1] < FEWEST_INPUTS) {
                copy(n, old);
                return;
            }
            int fold = folded(w.dims(), n.attrs().ints("strides"));
            if (fold > 0) {
                fold(n, w, fold);
            } else if (w.dims()[0] > 1) {
                widen(n, old, w);
            } else {
                copy(n, old);
            }
        }

        // how many of the last dimensions give their taps
        private static int folded(int[] wd, int[] strides) {
            int d = strides.length;
            int channels = wd[0];
            int fold = 0;
            while (fold < d && channels < ENOUGH && strides[d - 1 - fold] == 1) {
                fold++;
                channels *= wd[2 + d - fold];
            }
            return channels > wd[0] ? fold : 0;
        }

        private void fold(Node n, Tensor w, int fold) {
            int[] wd = w.dims();
            int d = wd.length - 2;
            int columns = wd[0];
            int[] small = wd.clone();
            int taps = 1;
            for (int i = d - fold; i < d; i++) {
                taps *= wd[2 + i];
                small[2 + i] = 1;
            }
            small[0] = Math.max(taps * columns, FEW + 1);
            int rest = w.size() / columns / taps;
            float[] to = new float[small[0] * rest];
            for (int t = 0; t < taps; t++) {
                for (int o = 0; o < columns; o++) {
                    for (int r = 0; r < rest; r++) {
                        to[(t * columns + o) * rest + r] = w.floats()[(o * rest + r) * taps + t];
                    }
                }
            }
            Value parts = emit("conv", n.attrs(), n.out().name() + "_parts", n.in(0), constant(n.in(1).name(), Tensor.ofFloats(small, to)));
            int[] dilations = n.attrs().ints("dilations");
            List<Dim> sizes = n.out().tensor().dims();
            Value sum = null;
            for (int t = 0; t < taps; t++) {
                List<Dim> starts = new ArrayList<>(Collections.nCopies(d + 2, Dim.ZERO));
                int left = t;
                for (int i = d - 1; i >= d - fold; i--) {
                    starts.set(1 + i, Dim.of((long) left % wd[2 + i] * dilations[i]));
                    left /= wd[2 + i];
                }
                starts.set(d + 1, Dim.of((long) t * columns));
                Value part = slice(parts, starts, sizes);
                if (sum != null && t == taps - 1 && n.in(2) == null) {
                    emitAs(n.out(), "add", Attrs.NONE, n.loc(), sum, part);
                    return;
                }
                sum = sum == null ? part : emit("add", Attrs.NONE, n.out().name() + "_sum", sum, part);
            }
            emitAs(n.out(), "add", Attrs.NONE, n.loc(), sum, n.in(2));
        }

        private Value slice(Value v, List<Dim> starts, List<Dim> sizes) {
            return emit("slice", Attrs.of("starts", starts, "sizes", sizes, "steps", ones(starts.size())), v.name() + "_part", v);
        }

        private static int[] ones(int n) {
            int[] r = new int[n];
            Arrays.fill(r, 1);
            return r;
        }

        private void widen(Node n, Node old, Tensor w) {
            Tensor bias = n.in(2) == null ? null : tensor(n.in(2));
            if (n.in(2) != null && (bias == null || bias.type() != ElementType.F32)) {
                copy(n, old);
                return;
            }
            int[] wd = w.dims().clone();
            wd[0] = FEW + 1;
            List<Value> in = new ArrayList<>(List.of(n.in(0), constant(n.in(1).name(), Tensor.ofFloats(wd, Arrays.copyOf(w.floats(), Tensor.count(wd))))));
            if (bias != null) {
                in.add(constant(n.in(2).name(), Tensor.ofFloats(new int[] {wd[0]}, Arrays.copyOf(bias.floats(), wd[0]))));
            }
            Value wide = emit("conv", n.attrs(), n.out().name() + "_wide", in.toArray(Value[]::new));
            int rank = wd.length;
            emitAs(n.out(), "slice", Attrs.of("starts", Collections.nCopies(rank, Dim.ZERO), "sizes", n.out().tensor().dims(), "steps", ones(rank)),
                    n.loc(), wide);
        }
    }
}
