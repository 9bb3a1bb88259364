package dev.lathe.compiler.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Target;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Products of two matrices that are both computed, of one row, few and many: packed or not, each sum is the same chain. */
class AttentionTest {
    private static final int HEADS = 2;
    private static final int DEPTH = 24;

    /** (queries x keys + mask) x values, over batch and tokens that are known or open. */
    private static Graph graph(boolean open, int batch, int tokens) {
        Dim n = open ? Dim.sym("N") : Dim.of(batch);
        Dim t = open ? Dim.sym("T") : Dim.of(tokens);
        Dim heads = Dim.of(HEADS);
        Dim depth = Dim.of(DEPTH);
        GraphBuilder b = new GraphBuilder();
        Value queries = b.input("q", Type.tensor(ElementType.F32, List.of(n, heads, t, depth)));
        Value keys = b.input("k", Type.tensor(ElementType.F32, List.of(n, heads, depth, t)));
        Value mask = b.input("m", Type.tensor(ElementType.F32, List.of(n, Dim.ONE, Dim.ONE, t)));
        Value values = b.input("v", Type.tensor(ElementType.F32, List.of(n, heads, t, depth)));
        Value scores = b.op("add", b.op("matmul", queries, keys), mask);
        return b.finish("attention", List.of(scores, b.op("matmul", scores, values)));
    }

    private static float[] product(float[] a, float[] b, int matrices, int rows, int depth, int columns) {
        float[] r = new float[matrices * rows * columns];
        for (int i = 0; i < r.length; i++) {
            int column = i % columns;
            int row = i / columns;
            int matrix = row / rows;
            float sum = 0;
            for (int k = 0; k < depth; k++) {
                sum = Math.fma(a[row * depth + k], b[(matrix * depth + k) * columns + column], sum);
            }
            r[i] = sum;
        }
        return r;
    }

    @Test
    void allTargetsAndOpenExtentsGiveTheSameBits() {
        for (int[] d : new int[][] {{1, 1}, {3, 2}, {1, 3}, {2, 7}, {1, 16}, {2, 17}, {1, 40}}) {
            int n = d[0];
            int t = d[1];
            float[] q = Bits.floats(new Random(1), n * HEADS * t * DEPTH);
            float[] k = Bits.floats(new Random(2), n * HEADS * t * DEPTH);
            float[] m = Bits.floats(new Random(3), n * t);
            float[] v = Bits.floats(new Random(4), n * HEADS * t * DEPTH);
            float[] scores = product(q, k, n * HEADS, t, DEPTH, t);
            for (int i = 0; i < scores.length; i++) {
                scores[i] += m[i / (HEADS * t * t) * t + i % t];
            }
            String right = Bits.digest(List.of(scores, product(scores, v, n * HEADS, t, t, DEPTH)));
            List<Tensor> in = List.of(Tensor.ofFloats(new int[] {n, HEADS, t, DEPTH}, q), Tensor.ofFloats(new int[] {n, HEADS, DEPTH, t}, k),
                    Tensor.ofFloats(new int[] {n, 1, 1, t}, m), Tensor.ofFloats(new int[] {n, HEADS, t, DEPTH}, v));
            Graph known = graph(false, n, t);
            List<Target> targets = Bits.targets(known);
            assertEquals(Set.of(right), Bits.both(known, targets, graph(true, n, t), targets, in), Arrays.toString(d));
        }
    }
}
