package dev.lathe.compiler.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Matrix products whose reductions are longer than a tile takes in one piece, or of a length that nobody knows. */
class LongRunTest {
    private static Graph graph(boolean open, int rows, int depth, int columns) {
        GraphBuilder b = new GraphBuilder();
        Dim k = open ? Dim.sym("K") : Dim.of(depth);
        Value x = b.input("x", Type.tensor(ElementType.F32, List.of(Dim.of(rows), k)));
        Value y = b.input("y", Type.tensor(ElementType.F32, List.of(k, Dim.of(columns))));
        return b.finish("long", List.of(b.op("matmul", x, y)));
    }

    @Test
    void allElementsCount() {
        int[][] shapes = {{9, 1, 40}, {12, 511, 32}, {7, 512, 64}, {13, 1000, 100}, {5, 1001, 48}, {10, 2600, 70}};
        for (int[] s : shapes) {
            float[] x = Bits.floats(new Random(1), s[0] * s[1]);
            float[] y = Bits.floats(new Random(2), s[1] * s[2]);
            List<Tensor> in = List.of(Tensor.ofFloats(new int[] {s[0], s[1]}, x), Tensor.ofFloats(new int[] {s[1], s[2]}, y));
            Graph known = graph(false, s[0], s[1], s[2]);
            List<Target> targets = Bits.targets(known);
            assertEquals(1, Bits.both(known, targets, graph(true, s[0], s[1], s[2]), targets, in).size(), "K = " + s[1]);
            float[] want = new float[s[0] * s[2]];
            for (int i = 0; i < want.length; i++) {
                double sum = 0;
                for (int k = 0; k < s[1]; k++) {
                    sum += (double) x[i / s[2] * s[1] + k] * y[k * s[2] + i % s[2]];
                }
                want[i] = (float) sum;
            }
            try (Model m = Bits.load(known, targets.get(targets.size() - 1), 1); Session session = m.newSession()) {
                Bits.digest(m, session, in);
                assertArrayEquals(want, session.output(m.outputs().get(0).name()).toFloats(), 1e-4f, "K = " + s[1]);
            }
        }
    }
}
