package dev.lathe.compiler.interp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.List;
import org.junit.jupiter.api.Test;

class FoldsTest {
    private static Value value() {
        return new Value("x", Type.tensor(ElementType.F32, 2));
    }

    private static Node node(String op, Attrs attrs, Value... in) {
        return new Node(op, List.of(in), value(), attrs, Loc.NONE);
    }

    @Test
    void likeNodesOfTheSameConstantsAreComputedOnce() {
        Folds folds = new Folds();
        Tensor a = Tensor.ofFloats(new int[] {2}, 1, 2);
        Tensor b = Tensor.ofFloats(new int[] {2}, 10, 20);
        Tensor sum = folds.fold(node("add", Attrs.NONE, value(), value()), List.of(a, b)).get(0);
        assertArrayEquals(new float[] {11, 22}, sum.floats());
        assertSame(sum, folds.fold(node("add", Attrs.NONE, value(), value()), List.of(a, b)).get(0));
    }

    @Test
    void whatDiffersIsComputed() {
        Folds folds = new Folds();
        Tensor a = Tensor.ofFloats(new int[] {2}, 1, 2);
        Tensor b = Tensor.ofFloats(new int[] {2}, 10, 20);
        folds.fold(node("sub", Attrs.NONE, value(), value()), List.of(a, b));
        assertArrayEquals(new float[] {9, 18}, folds.fold(node("sub", Attrs.NONE, value(), value()), List.of(b, a)).get(0).floats());
        assertArrayEquals(new float[] {10, 40}, folds.fold(node("mul", Attrs.NONE, value(), value()), List.of(a, b)).get(0).floats());
        Value whole = new Value("y", Type.tensor(ElementType.I64, 2));
        Node cast = new Node("cast", List.of(value()), whole, Attrs.of("to", ElementType.I64), Loc.NONE);
        assertArrayEquals(new long[] {1, 2}, (long[]) folds.fold(cast, List.of(a)).get(0).data());
        assertArrayEquals(new float[] {1, 2}, folds.fold(node("cast", Attrs.of("to", ElementType.F32), value()), List.of(a)).get(0).floats());
    }

    @Test
    void theSameElementsInAnotherShapeAreOthers() {
        Folds folds = new Folds();
        Tensor row = Tensor.ofFloats(new int[] {1, 2}, 1, 2);
        Tensor column = row.reshaped(new int[] {2, 1});
        Value square = new Value("y", Type.tensor(ElementType.F32, 2, 2));
        Node add = new Node("add", List.of(value(), value()), square, Attrs.NONE, Loc.NONE);
        assertArrayEquals(new float[] {2, 3, 3, 4}, folds.fold(add, List.of(row, column)).get(0).floats());
        Value flat = new Value("y", Type.tensor(ElementType.F32, 1, 2));
        Node same = new Node("add", List.of(value(), value()), flat, Attrs.NONE, Loc.NONE);
        assertArrayEquals(new float[] {2, 4}, folds.fold(same, List.of(row, row)).get(0).floats());
        assertSame(folds.fold(same, List.of(row, row)).get(0), folds.fold(same, List.of(row, row.reshaped(new int[] {1, 2}))).get(0));
    }

    @Test
    void whatIsLeftToTheModelIsLeftAgain() {
        Folds folds = new Folds();
        Tensor a = Tensor.ofFloats(new int[] {2}, 1, 2);
        Node open = new Node("reshape", List.of(value()), new Value("y", Type.tensor(ElementType.F32, List.of(dev.lathe.codegen.dim.Dim.sym("N")))),
                Attrs.of("dims", List.of(dev.lathe.codegen.dim.Dim.sym("N"))), Loc.NONE);
        assertNull(folds.fold(open, List.of(a)));
        assertNull(folds.fold(open, List.of(a)));
    }
}
