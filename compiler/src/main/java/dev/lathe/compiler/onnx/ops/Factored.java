package dev.lathe.compiler.onnx.ops;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A dequantised value as what it is made of: small integers in f32, and a scale. Products are taken of the integers, whose
 * sums f32 holds exactly or nearly so, and scaled once: what a quantised model rounds next then seldom falls on the other side
 * of a step.
 */
record Factored(Value integers, Value scale) {
    private static final double LARGEST = 1 << 16;

    /** The factors of {@code v}, or null when it is nothing dequantised. */
    private static Factored of(NodeImport n, Value v) {
        Node m = v.type().equals(f32(v)) ? n.b().producer(v) : null;
        return m != null && m.is("mul") && m.in(0).type().equals(v.type()) && (integers(n, m.in(0)) || known(n, m.in(0))) ? new Factored(m.in(0), m.in(1)) : null;
    }

    private static Object f32(Value v) {
        return v.tensor().withElem(ElementType.F32);
    }

    private static boolean integers(NodeImport n, Value v) {
        Node p = n.b().producer(v);
        return p != null && (p.is("cast") ? p.in(0).elem().isInteger() && p.in(0).elem().bits() <= 16
                : p.is("sub") && integers(n, p.in(0)) && (integers(n, p.in(1)) || known(n, p.in(1))));
    }

    private static boolean known(NodeImport n, Value v) {
        Tensor t = n.b().constantOf(v);
        for (int i = 0; t != null && i < t.size(); i++) {
            double x = t.number(i);
            if (x != Math.rint(x) || Math.abs(x) > LARGEST) {
                return false;
            }
        }
        return t != null;
    }

    private boolean one() {
        return scale.tensor().size().is(1);
    }

    /** Whether there is one scale, or one for each index of {@code axis}. */
    private boolean along(int axis) {
        boolean r = one() || scale.rank() == integers.rank();
        for (int i = 0; r && !one() && i < scale.rank(); i++) {
            r = i == axis || scale.dim(i).is(1);
        }
        return r;
    }

    /** The convolution of dequantised operands, or null when they aren't. */
    static Value conv(NodeImport n, Value x, Value w, Value bias) {
        Factored a = of(n, x);
        Factored b = a == null || !a.one() ? null : of(n, w);
        if (b == null || !b.along(0) || n.b().constantOf(b.integers) == null) {
            return null;
        }
        Calc c = new Calc(n);
        List<Dim> channels = new ArrayList<>(Collections.nCopies(w.rank() - 1, Dim.ONE));
        channels.set(0, w.dim(0));
        Value sums = NeuralImport.conv(n, Attrs.of("exact", true), a.integers, b.integers, null);
        Value r = c.mul(sums, c.mul(c.reshape(a.scale, List.of()), c.reshape(b.scale, b.one() ? List.of() : channels)));
        return bias == null ? r : c.add(r, c.reshape(bias, channels));
    }

    /** The matrix product of dequantised operands, or null when they aren't. */
    static Value matmul(NodeImport n, Value x, Value w) {
        Factored a = of(n, x);
        Factored b = a == null || !a.one() ? null : of(n, w);
        int columns = w.rank() - 1;
        if (b == null || !b.along(columns) || !b.one() && columns != 1) {
            return null;
        }
        Calc c = new Calc(n);
        Value scale = c.mul(c.reshape(a.scale, List.of()), c.reshape(b.scale, b.one() ? List.of() : List.of(w.dim(columns))));
        return c.mul(NeuralImport.matmul(n, Attrs.of("exact", true), a.integers, b.integers), scale);
    }

    /** A matrix with rows and columns exchanged; its factors stay factors. */
    static Value transposed(NodeImport n, Value v) {
        Attrs swap = Attrs.of("perm", new int[] {1, 0});
        Factored f = of(n, v);
        return f == null || f.scale.rank() == 1 ? n.op("transpose", swap, v)
                : n.op("mul", integers(n, swap, f.integers), f.scale.rank() == 0 ? f.scale : n.op("transpose", swap, f.scale));
    }

    // transposed integers are integers, which their producer must show
    private static Value integers(NodeImport n, Attrs swap, Value v) {
        Tensor t = n.b().constantOf(v);
        if (t == null) {
            Node p = n.b().producer(v);
            return p.is("cast") ? n.op("cast", p.attrs(), n.op("transpose", swap, p.in(0)))
                    : n.op("sub", integers(n, swap, p.in(0)), p.in(1).rank() < 2 ? p.in(1) : integers(n, swap, p.in(1)));
        }
        int rows = t.dims()[0];
        int columns = t.dims()[1];
        float[] f = new float[rows * columns];
        for (int i = 0; i < f.length; i++) {
            f[i] = t.floats()[i % rows * columns + i / rows];
        }
        return n.b().constant(new Tensor(ElementType.F32, new int[] {columns, rows}, f));
    }
}
