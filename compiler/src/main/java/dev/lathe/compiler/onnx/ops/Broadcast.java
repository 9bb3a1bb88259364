package dev.lathe.compiler.onnx.ops;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import java.util.ArrayList;
import java.util.List;

/** The broadcasting of opsets before 7: attribute {@code axis} says where the second operand's dimensions begin. */
final class Broadcast {
    private Broadcast() {}

    /** Operand 1, brought to the rank that numpy's rule needs. */
    static Value second(NodeImport n) {
        Value b = n.need(1);
        if (n.opset() >= 7 || !n.flag("broadcast", false) || !n.hasAttr("axis")) {
            return b;
        }
        int axis = n.axis("axis", 0, n.rank(0));
        int after = n.rank(0) - axis - b.rank();
        if (after <= 0) {
            return b;
        }
        List<Dim> dims = new ArrayList<>(b.tensor().dims());
        for (int i = 0; i < after; i++) {
            dims.add(Dim.ONE);
        }
        return n.op("reshape", Attrs.of("dims", dims), b);
    }
}
