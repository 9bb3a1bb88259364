package dev.lathe.compiler.cli;

import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import dev.lathe.runtime.ElementType;

/**
 * How far floating-point results may lie from what was recorded; all else must be equal.
 *
 * @param rtol relative to each element, or with {@code ofLargest} to the largest element of the tensor
 * @param atol on top of that
 */
record Tolerance(double rtol, double atol, boolean ofLargest) {
    /**
     * For whole models: errors of many layers add up, and small elements are differences of large ones. The absolute
     * part is ONNX's own: native engines' sigmoids are exact to about the last bit of 1 only, which shows when all that
     * was recorded lies near 0.
     */
    static final Tolerance WHOLE_MODEL = new Tolerance(1e-4, 1e-7, true);
    /** What ONNX's own runner of the backend suite uses. */
    static final Tolerance ONNX_CASE = new Tolerance(1e-3, 1e-7, false);

    /** The most that an element may be off. */
    double allowed(double want, double largest) {
        return atol + rtol * (ofLargest ? largest : Math.abs(want));
    }

    /** The same for results of a type whose numbers lie further apart than that: four steps of the largest one. */
    Tolerance of(ElementType t) {
        double step = t == ElementType.F16 ? 0x1p-11 : t == ElementType.BF16 ? 0x1p-8 : 0;
        return ofLargest && step > 0 ? new Tolerance(Math.max(rtol, 4 * step), atol, true) : this;
    }

    /** The same for what a graph computes: its results are no better than the narrowest floats on the way. */
    Tolerance of(Graph g) {
        return g == null ? this : of(narrow(g, ElementType.BF16) ? ElementType.BF16 : narrow(g, ElementType.F16) ? ElementType.F16 : ElementType.F32);
    }

    // weights may be kept as narrow floats that are widened before use: such a model computes in f32
    private static boolean narrow(Graph g, ElementType t) {
        for (Node n : g.nodes()) {
            Op row = OpTable.find(n.op());
            boolean computes = n.is("matmul") || n.is("conv") || row != null && row.kind() == Op.Kind.ELEMENTWISE && !n.is("cast");
            if (computes && n.outputs().stream().anyMatch(v -> v != null && v.type() instanceof TensorType x && x.elem() == t)
                    || n.regions().stream().anyMatch(r -> narrow(r, t))) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return ofLargest ? rtol + " of the largest element + " + atol : "atol " + atol + " + rtol " + rtol;
    }
}
