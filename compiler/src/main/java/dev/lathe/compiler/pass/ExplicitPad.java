package dev.lathe.compiler.pass;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.ContractionOps;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives the zero border of a channels-last convolution a node of its own, so that convolutions of one value share it
 * and the value's producer can write into its interior.
 */
public final class ExplicitPad extends RewritePass {
    public ExplicitPad() {
        super("explicit-pad", "give the borders of convolutions nodes of their own", Set.of("conv"), Walk::new);
    }

    private static final class Walk extends Rewriter {
        private record Key(String value, List<Long> pads) {}

        private final Map<Key, Value> padded = new HashMap<>();
        private final Map<List<Long>, Attrs> paddings = new HashMap<>();

        Walk(Rewriter outer) {
            super(outer, Walk::new);
        }

        @Override
        void visit(Node n, Node old) {
            Tensor w = n.is("conv") ? tensor(n.in(1)) : null;
            if (w == null || !ContractionOps.channelsLast(n.attrs()) || w.type() != ElementType.F32 || n.in(0).elem() != ElementType.F32) {
                copy(n, old);
                return;
            }
            int[] pads = n.attrs().ints("pads");
            // a picture is copied with its border, in an order of its own
            Node source = producer(n.in(0));
            boolean phased = source != null && source.is("transpose") && ContractionOps.stridesOverPicture(n, w.dims());
            if (phased || !adds(pads)) {
                copy(n, old);
                return;
            }
            Key key = new Key(n.in(0).name(), n.attrs().integers("pads"));
            Value x = padded.get(key);
            if (x == null) {
                x = emit("pad", paddings.computeIfAbsent(key.pads(), Walk::padding), n.in(0).name() + "_padded", n.in(0));
                padded.put(key, x);
            }
            List<Value> in = new ArrayList<>(n.inputs());
            in.set(0, x);
            emitAs(n.out(), "conv", n.attrs().with("pads", new int[pads.length]), n.regions(), n.loc(), in);
        }

        private static boolean adds(int[] pads) {
            int most = 0;
            for (int p : pads) {
                if (p < 0) {
                    return false;
                }
                most = Math.max(most, p);
            }
            return most > 0;
        }

        private static Attrs padding(List<Long> pads) {
            int d = pads.size() / 2;
            Dim[] before = new Dim[d + 2];
            Dim[] after = new Dim[d + 2];
            Arrays.fill(before, Dim.ZERO);
            Arrays.fill(after, Dim.ZERO);
            for (int i = 0; i < d; i++) {
                before[1 + i] = Dim.of(pads.get(i));
                after[1 + i] = Dim.of(pads.get(d + i));
            }
            return Attrs.of("before", List.of(before), "after", List.of(after), "mode", "constant");
        }
    }
}
