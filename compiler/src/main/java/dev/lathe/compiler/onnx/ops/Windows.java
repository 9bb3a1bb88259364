package dev.lathe.compiler.onnx.ops;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What a window slides over: an operand and the pads around it. Where {@code auto_pad} makes pads depend on symbolic
 * extents, the operand is padded first and no pads are left.
 *
 * @param explicit true when the operand is padded already
 */
record Windows(Value x, int[] pads, boolean explicit) {
    /** @param fill a scalar that fills borders that must be explicit; null for zero */
    static Windows of(NodeImport n, Value x, List<Dim> kernel, int[] strides, int[] dilations, Value fill) {
        int d = kernel.size();
        String auto = n.text("auto_pad", "NOTSET");
        boolean late = false;
        for (int i = 0; auto.startsWith("SAME") && i < d; i++) {
            late |= !kernel.get(i).isConst() || !x.dim(2 + i).isConst() && strides[i] != 1;
        }
        if (!late) {
            int[] known = kernel.stream().mapToInt(k -> k.isConst() ? k.intValue() : 1).toArray();
            return new Windows(x, NeuralImport.pads(n, x, known, strides, dilations), false);
        }
        List<Dim> before = new ArrayList<>(Collections.nCopies(d + 2, Dim.ZERO));
        List<Dim> after = new ArrayList<>(before);
        for (int i = 0; i < d; i++) {
            Dim in = x.dim(2 + i);
            Dim out = in.ceilDiv(Dim.of(strides[i]));
            Dim span = kernel.get(i).minus(1).times(dilations[i]).plus(1);
            Dim total = out.minus(1).times(strides[i]).plus(span).minus(in).max(Dim.ZERO);
            Dim less = total.floorDiv(2);
            Dim more = total.minus(less);
            before.set(2 + i, auto.equals("SAME_UPPER") ? less : more);
            after.set(2 + i, auto.equals("SAME_UPPER") ? more : less);
        }
        Attrs a = Attrs.of("before", before, "after", after, "mode", "constant");
        return new Windows(fill == null ? n.op("pad", a, x) : n.op("pad", a, x, fill), new int[2 * d], true);
    }
}
