package dev.lathe.compiler.ir.op;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.MapType;
import dev.lathe.compiler.ir.Type.SeqType;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.op.Op.Call;
import dev.lathe.compiler.ir.op.Op.Kind;
import dev.lathe.runtime.ElementType;
import java.util.List;

/** Classical machine learning: look-ups in tables that were learnt. */
final class TableOps {
    private TableOps() {}

    static List<Op> rows() {
        return List.of(
                /*
                 * where each element stands among sorted keys [n] of the same type (i64, f64 or str): i64, n where it isn't one of them
                 * attributes: nan (int; may be absent): where NaN stands
                 */
                new Op("lookup", 2, 2, Kind.PURE, c -> {
                    c.check(c.tensor(0).elem() == c.tensor(1).elem(), () -> "operands are " + c.tensor(0) + " and " + c.tensor(1) + "; their element types must agree");
                    return List.of(c.tensor(0).withElem(ElementType.I64));
                }),
                /*
                 * decision trees on rows x [n, features] of f32 or f64. Tables, one entry for each branch: feature (i32), value (type of x), mode
                 * (i32: 0 <=, 1 <, 2 >=, 3 >, 4 ==, 5 !=, 6 is a member), where to go then, where else (i32: a branch, or a leaf as -1-leaf),
                 * whether NaN counts as yes (i32; may be absent); the roots (i32); for each leaf and one more where its weights begin (i32); for
                 * each weight its target (i32); the weights (type of x); for each branch and one more where its members begin (i32; may be
                 * absent); members. Result [n, targets]. attributes: targets (int), aggregate (sum, mean, min, max)
                 */
                new Op("trees", 11, 13, Kind.PURE, TableOps::trees),
                // probabilities of pairs of classes f32 [n, k*(k-1)/2] to those of classes f32 [n, k]; attributes: classes (int)
                new Op("couple", 1, 1, Kind.PURE, c -> List.of(c.tensor(0).withDims(List.of(c.tensor(0).dim(0), Dim.of(c.attrs().integer("classes")))))),
                // values [n, k] and keys [k] to a sequence of n maps
                new Op("zip_map", 2, 2, Kind.PURE, c -> List.of(new SeqType(new MapType(c.tensor(1).elem(), c.tensor(0).elem())))));
    }

    private static List<Type> trees(Call c) {
        TensorType x = c.tensor(0);
        c.check(x.rank() == 2 && (x.elem() == ElementType.F32 || x.elem() == ElementType.F64), () -> "the operand is " + x + "; it must be rows of f32 or f64");
        for (int i : new int[] {2, 10}) {
            c.check(c.tensor(i).elem() == x.elem(), () -> "operand " + i + " is " + c.tensor(i) + "; it must be of " + x.elem().text());
        }
        return List.of(x.withDims(List.of(x.dim(0), Dim.of(c.attrs().integer("targets")))));
    }
}
