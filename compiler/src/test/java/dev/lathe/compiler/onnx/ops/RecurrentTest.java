package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ops.OneNode.random;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.compiler.onnx.proto.TensorProto;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Recurrent layers against the equations of the ONNX specification, written out in f64. */
class RecurrentTest {
    private static final DoubleUnaryOperator SIGMOID = x -> 1 / (1 + Math.exp(-x));

    private final int steps = 3;
    private int batch = 5;
    private int units = 20;
    private int inputs = 4;
    private int directions = 1;
    private boolean reverse;
    private double clip = Double.MAX_VALUE;
    private DoubleUnaryOperator f = SIGMOID;
    private DoubleUnaryOperator g = Math::tanh;

    private double clipped(double x) {
        return Math.max(-clip, Math.min(clip, x));
    }

    /** One gate of one unit: W x + R h + biases. */
    private double gate(Tensor x, Tensor w, Tensor r, Tensor b, double[] h, int d, int t, int n, int row, int gates, boolean own) {
        double s = 0;
        int all = gates * units;
        for (int i = 0; i < inputs && !own; i++) {
            s += x.number((t * batch + n) * inputs + i) * w.number((d * all + row) * inputs + i);
        }
        for (int i = 0; i < units && h != null; i++) {
            s += h[i] * r.number((d * all + row) * units + i);
        }
        return s + (own ? 0 : b.number(d * 2 * all + row)) + (h == null ? 0 : b.number(d * 2 * all + all + row));
    }

    private interface Cell {
        void step(double[] h, double[] c, int d, int t, int n);
    }

    private void check(List<Tensor> got, Tensor h0, Tensor c0, int[] lengths, Cell cell) {
        double[] y = new double[steps * directions * batch * units];
        double[] last = new double[directions * batch * units];
        for (int d = 0; d < directions; d++) {
            for (int n = 0; n < batch; n++) {
                double[] h = new double[units];
                double[] c = new double[units];
                for (int i = 0; i < units; i++) {
                    h[i] = h0 == null ? 0 : h0.number((d * batch + n) * units + i);
                    c[i] = c0 == null ? 0 : c0.number((d * batch + n) * units + i);
                }
                int length = lengths == null ? steps : lengths[n];
                for (int s = 0; s < length; s++) {
                    int t = reverse || d == 1 ? length - 1 - s : s;
                    cell.step(h, c, d, t, n);
                    System.arraycopy(h, 0, y, ((t * directions + d) * batch + n) * units, units);
                }
                System.arraycopy(h, 0, last, (d * batch + n) * units, units);
            }
        }
        OneNode.near(got.get(0), 1e-5, y);
        OneNode.near(got.get(1), 1e-5, last);
    }

    @ParameterizedTest
    @CsvSource({"forward,true,1", "forward,false,5", "reverse,true,9", "bidirectional,true,2", "bidirectional,false,3"})
    void lstm(String direction, boolean constant, int sequences) {
        batch = sequences;
        directions = direction.equals("bidirectional") ? 2 : 1;
        reverse = direction.equals("reverse");
        clip = 0.8;
        Tensor x = random(1, steps, batch, inputs);
        Tensor w = random(2, directions, 4 * units, inputs);
        Tensor r = random(3, directions, 4 * units, units);
        Tensor b = random(4, directions, 8 * units);
        Tensor h0 = random(5, directions, batch, units);
        Tensor c0 = random(6, directions, batch, units);
        Tensor p = random(7, directions, 3 * units);
        OneNode node = OneNode.of("LSTM", 14).attr("hidden_size", units).attr("direction", direction).attr("clip", clip).in(x);
        node = constant ? node.constant(w).constant(r).constant(b) : node.in(w).in(r).in(b);
        check(node.absent().in(h0).in(c0).in(p).run(3), h0, c0, null, (h, c, d, t, n) -> {
            double[] z = new double[4 * units];
            for (int k = 0; k < z.length; k++) {
                z[k] = gate(x, w, r, b, h, d, t, n, k, 4, false);
            }
            for (int k = 0; k < units; k++) {
                int at = d * 3 * units + k;
                double i = f.applyAsDouble(clipped(z[k] + p.number(at) * c[k]));
                double forget = f.applyAsDouble(clipped(z[2 * units + k] + p.number(at + 2 * units) * c[k]));
                c[k] = forget * c[k] + i * g.applyAsDouble(clipped(z[3 * units + k]));
                double o = f.applyAsDouble(clipped(z[units + k] + p.number(at + units) * c[k]));
                // the cell itself is not bounded
                h[k] = o * Math.tanh(c[k]);
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"0,true", "0,false", "1,true", "1,false"})
    void gru(int linearBeforeReset, boolean constant) {
        directions = 2;
        Tensor x = random(1, steps, batch, inputs);
        Tensor w = random(2, directions, 3 * units, inputs);
        Tensor r = random(3, directions, 3 * units, units);
        Tensor b = random(4, directions, 6 * units);
        OneNode node = OneNode.of("GRU", 14).attr("hidden_size", units).attr("direction", "bidirectional").attr("linear_before_reset", linearBeforeReset).in(x);
        node = constant ? node.constant(w).constant(r).constant(b) : node.in(w).in(r).in(b);
        check(node.run(2), null, null, null, (h, c, d, t, n) -> {
            double[] gated = new double[units];
            double[] z = new double[units];
            double[] reset = new double[units];
            for (int k = 0; k < units; k++) {
                z[k] = f.applyAsDouble(gate(x, w, r, b, h, d, t, n, k, 3, false));
                reset[k] = f.applyAsDouble(gate(x, w, r, b, h, d, t, n, units + k, 3, false));
                gated[k] = reset[k] * h[k];
            }
            double[] next = new double[units];
            for (int k = 0; k < units; k++) {
                int row = 2 * units + k;
                double in = linearBeforeReset == 0
                        ? gate(x, w, r, b, gated, d, t, n, row, 3, false)
                        : gate(x, w, r, b, null, d, t, n, row, 3, false) + reset[k] * gate(x, w, r, b, h, d, t, n, row, 3, true);
                next[k] = (1 - z[k]) * g.applyAsDouble(in) + z[k] * h[k];
            }
            System.arraycopy(next, 0, h, 0, units);
        });
    }

    @Test
    void sequencesOfUnlikeLengths() {
        batch = 3;
        reverse = true;
        Tensor x = random(1, steps, batch, inputs);
        Tensor w = random(2, 1, units, inputs);
        Tensor r = random(3, 1, units, units);
        Tensor b = random(4, 1, 2 * units);
        int[] lengths = {3, 1, 2};
        List<Tensor> got = OneNode.of("RNN", 14).attr("hidden_size", units).attr("direction", "reverse").attr("activations", new String[] {"Affine"})
                .attr("activation_alpha", new float[] {0.5f}).attr("activation_beta", new float[] {0.25f}).in(x).in(w).in(r).in(b).in(Tensor.ofInts(new int[] {3}, lengths)).run(2);
        check(got, null, null, lengths, (h, c, d, t, n) -> {
            double[] next = new double[units];
            for (int k = 0; k < units; k++) {
                next[k] = 0.5 * gate(x, w, r, b, h, d, t, n, k, 1, false) + 0.25;
            }
            System.arraycopy(next, 0, h, 0, units);
        });
    }

    /** Other element types, and units that nothing but the weights' type tells. */
    @ParameterizedTest
    @CsvSource({"F64,1e-6", "F16,0.01", "BF16,0.1"})
    void otherTypes(ElementType type, double tolerance) {
        batch = 2;
        Tensor[] f = {random(1, steps, batch, inputs), random(2, 1, 3 * units, inputs), random(3, 1, 3 * units, units), random(4, 1, 6 * units)};
        OneNode wide = OneNode.of("GRU", 14).attr("linear_before_reset", 1);
        OneNode other = OneNode.of("GRU", 14).attr("linear_before_reset", 1);
        for (Tensor t : f) {
            wide.in(t);
            other.in(OneNode.of("Cast", 13).attr("to", TensorProto.dataType(type)).in(t).run(1).get(0));
        }
        Tensor want = wide.run(1).get(0);
        Tensor got = other.run(1).get(0);
        assertEquals(type, got.type());
        for (int i = 0; i < want.size(); i++) {
            assertEquals(want.number(i), got.number(i), tolerance);
        }
    }
}
