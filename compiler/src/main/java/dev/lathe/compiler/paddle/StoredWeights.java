package dev.lathe.compiler.paddle;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.proto.OpDesc;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * Weights stored as whole numbers. Where an operation says what they stand for (attribute {@code NAME_quant_scale}, one scale or
 * one for each output channel) they become those numbers; where it works on whole numbers that are scaled later, floats.
 */
final class StoredWeights {
    private static final String SCALE = "_quant_scale";
    private static final Set<String> WEIGHTED = Set.of("conv2d", "depthwise_conv2d", "conv2d_transpose", "depthwise_conv2d_transpose", "mul", "matmul", "matmul_v2", "fc");
    private static final Set<ElementType> NARROW = Set.of(ElementType.I8, ElementType.I16);

    private StoredWeights() {}

    static void open(OpDesc o, GraphBuilder b, Variables variables) {
        if (!WEIGHTED.contains(o.type()) && !o.type().startsWith("lookup_table")) {
            return;
        }
        for (List<String> names : o.inputs().values()) {
            for (String name : names) {
                Value v = variables.find(name);
                if (v == null || !NARROW.contains(v.elem()) || b.constantOf(v) == null) {
                    continue;
                }
                if (o.attrs().get(name + SCALE) instanceof List<?> scales) {
                    variables.put(name, scaled(o, b, v, scales));
                } else if (WEIGHTED.contains(o.type())) {
                    variables.put(name, b.op("cast", Attrs.of("to", ElementType.F32), v));
                }
            }
        }
    }

    private static Value scaled(OpDesc o, GraphBuilder b, Value v, List<?> scales) {
        float[] s = new float[scales.size()];
        for (int i = 0; i < s.length; i++) {
            s[i] = ((Number) scales.get(i)).floatValue();
        }
        List<Dim> dims = new ArrayList<>(Collections.nCopies(v.rank(), Dim.ONE));
        if (s.length != 1) {
            // of convolutions the first dimension are the output channels, of matrices the last
            int axis = o.type().contains("conv2d_transpose") ? 1 : o.type().contains("conv2d") ? 0 : v.rank() - 1;
            if (!v.dim(axis).is(s.length)) {
                throw new LatheException("", s.length + " scales don't fit weights of " + v.type());
            }
            dims.set(axis, Dim.of(s.length));
        }
        Value by = b.op("reshape", Attrs.of("dims", dims), b.constant(Tensor.ofFloats(new int[] {s.length}, s)));
        return b.op("mul", b.op("cast", Attrs.of("to", ElementType.F32), v), by);
    }
}
