package dev.lathe.compiler.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Transposed operands, walked in blocks: extents that blocks divide and that they don't, the dimension across first or further in, known and open. */
class CrossWalkTest {
    /** [outer, rows, columns] to [outer, columns, rows], plain or added to something that lies as the result does. */
    private static Graph graph(boolean open, int[] d, boolean added) {
        GraphBuilder b = new GraphBuilder();
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < d.length; i++) {
            dims.add(open ? Dim.sym("D" + i) : Dim.of(d[i]));
        }
        Value x = b.input("x", Type.tensor(ElementType.F32, dims));
        int r = d.length;
        int[] perm = new int[r];
        for (int i = 0; i < r; i++) {
            perm[i] = i < r - 2 ? i : 2 * r - 3 - i;
        }
        Value y = b.op("transpose", Attrs.of("perm", perm), x);
        if (added) {
            List<Dim> turned = new ArrayList<>(dims.subList(0, r - 2));
            turned.addAll(List.of(dims.get(r - 1), dims.get(r - 2)));
            y = b.op("add", y, b.input("y", Type.tensor(ElementType.F32, turned)));
        }
        return b.finish("cross", List.of(y));
    }

    private static float[] expected(int[] d, float[] x, float[] y) {
        int rows = d[d.length - 2];
        int columns = d[d.length - 1];
        float[] r = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            int at = i - i % (rows * columns) + i % columns * rows + i / columns % rows;
            r[at] = x[i] + (y == null ? 0 : y[at]);
        }
        return r;
    }

    @Test
    void allTargetsAndOpenExtentsGiveTheElementsInTheirNewPlaces() {
        int[][] shapes = {{128, 96}, {131, 77}, {16, 600}, {700, 17}, {3, 64, 48}, {2, 100, 55}, {2, 3, 41, 40}, {40, 15, 20}, {9, 1000, 2}, {1, 90, 91}};
        for (int i = 0; i < shapes.length; i++) {
            int[] d = shapes[i];
            boolean added = i % 2 == 1;
            int n = Arrays.stream(d).reduce(1, (a, b) -> a * b);
            float[] x = Bits.floats(new Random(1), n);
            float[] y = Bits.floats(new Random(2), n);
            int[] turned = d.clone();
            turned[d.length - 2] = d[d.length - 1];
            turned[d.length - 1] = d[d.length - 2];
            List<Tensor> in = added ? List.of(Tensor.ofFloats(d, x), Tensor.ofFloats(turned, y)) : List.of(Tensor.ofFloats(d, x));
            Graph known = graph(false, d, added);
            List<Target> targets = Bits.targets(known);
            String right = Bits.digest(List.of(expected(d, x, added ? y : null)));
            assertEquals(Set.of(right), Bits.both(known, targets, graph(true, d, added), targets, in), Arrays.toString(d));
        }
    }
}
