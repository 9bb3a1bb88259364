package dev.lathe.compiler.mnn.ops;

import static dev.lathe.compiler.mnn.MnnTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.mnn.MnnNode;
import dev.lathe.compiler.mnn.MnnWeights;
import java.util.ArrayList;
import java.util.List;

/** Products of matrices. */
public final class MatrixRows {
    private MatrixRows() {}

    public static void register() {
        add("MatMul", n -> {
            Value y = product(n, n.flag(1), n.flag(2));
            return n.has(2) ? n.op("add", y, n.need(2)) : y;
        });
        add("BatchMatMul", n -> product(n, n.flag(0), n.flag(1)));
        add("InnerProduct", MatrixRows::connected);
    }

    private static Value turned(MnnNode n, Value v, boolean turn) {
        return turn && v.rank() > 1 ? n.turned(v) : v;
    }

    private static Value product(MnnNode n, boolean first, boolean second) {
        Value y = n.in().size() > 1 ? n.need(1) : null;
        if (y == null) {
            // the weights stand with the operator
            float[] w = MnnWeights.sized(n.needMain().floats(3), n.needMain().floats(3).length, "weights", false);
            int inner = n.need(0).dim(first ? -2 : -1).intValue();
            if (inner <= 0 || w.length % inner != 0) {
                throw new LatheException("", w.length + " weights don't fit " + inner + " columns");
            }
            int outer = w.length / inner;
            y = ConvRows.constant(n, w, second ? outer : inner, second ? inner : outer);
        }
        Value r = n.onnx("MatMul", turned(n, n.need(0), first), turned(n, y, second));
        float[] bias = n.type().equals("MatMul") && n.in().size() == 1 ? n.needMain().floats(4) : new float[0];
        return bias.length == 0 ? r : n.op("add", r, ConvRows.constant(n, bias, bias.length));
    }

    /** Operand 0 as a matrix from an axis on, by weights [outputs, inputs]. */
    private static Value connected(MnnNode n) {
        int out = n.integer(0, 0);
        MnnWeights.Layer layer = n.weights().layer(n.needMain(), 3, 4, 7, -1);
        int in = out <= 0 ? 0 : layer.weight().length / out;
        float[] w = MnnWeights.sized(layer.weight(), Math.multiplyExact(in, out), "weights", false);
        Value x = n.need(0);
        int axis = n.axis(n.integer(5, 0) == 0 ? 1 : n.integer(5, 0), x.rank());
        List<Dim> dims = new ArrayList<>(x.tensor().dims().subList(0, axis));
        Value matrix = n.reshape(x, Dim.product(dims), Dim.of(in));
        boolean turned = n.flag(6);
        Value weights = ConvRows.constant(n, w, turned ? in : out, turned ? out : in);
        Value y = n.op("matmul", matrix, turned ? weights : n.transpose(weights, 1, 0));
        if (layer.bias().length > 0) {
            y = n.op("add", y, ConvRows.constant(n, MnnWeights.sized(layer.bias(), out, "bias", true), out));
        }
        dims.add(Dim.of(out));
        return n.reshape(y, dims);
    }
}
