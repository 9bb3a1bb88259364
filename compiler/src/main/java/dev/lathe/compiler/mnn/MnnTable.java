package dev.lathe.compiler.mnn;

import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.Missing;
import dev.lathe.compiler.onnx.Rows;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Which MNN operators are read, and how; a family adds its rows. */
public final class MnnTable {
    /** One result. */
    @FunctionalInterface
    public interface Single {
        Value read(MnnNode n);
    }

    private static final Rows<Integer, OpRow> ROWS = new Rows<>();

    static {
        dev.lathe.compiler.mnn.ops.ConvRows.register();
        dev.lathe.compiler.mnn.ops.PoolRows.register();
        dev.lathe.compiler.mnn.ops.ElementRows.register();
        dev.lathe.compiler.mnn.ops.MatrixRows.register();
        dev.lathe.compiler.mnn.ops.NormRows.register();
        dev.lathe.compiler.mnn.ops.ShapeRows.register();
        dev.lathe.compiler.mnn.ops.SliceRows.register();
        dev.lathe.compiler.mnn.ops.IndexRows.register();
        dev.lathe.compiler.mnn.ops.ImageRows.register();
        dev.lathe.compiler.mnn.ops.Int8Rows.register();
        dev.lathe.compiler.mnn.ops.DetectRows.register();
        dev.lathe.compiler.mnn.ops.RecurrentRows.register();
        dev.lathe.compiler.mnn.ops.BlockRows.register();
        dev.lathe.compiler.mnn.ops.RareRows.register();
        dev.lathe.compiler.mnn.ops.PatchRows.register();
    }

    private MnnTable() {}

    public static void all(String name, OpRow row) {
        ROWS.add(OpNames.number(name), row);
    }

    public static void add(String name, Single row) {
        all(name, n -> List.of(row.read(n)));
    }

    static OpRow find(int type) {
        return ROWS.find(type);
    }

    /** The names of the operators that are read; those that are no computation, too. */
    public static Set<String> names() {
        Set<String> r = new TreeSet<>(List.of("Input", "Const", "TrainableParam"));
        ROWS.all().keySet().forEach(k -> r.add(OpNames.of(k)));
        return r;
    }

    /** Lists all operators that can't be read, before anything else is done. */
    static void check(List<FlatTable> ops, Function<FlatTable, String> called) {
        Missing missing = new Missing("1 MNN operator is", "MNN operators are", "operation");
        for (FlatTable o : ops) {
            String name = OpNames.of(o.int32(5, 0));
            if (!names().contains(name)) {
                FlatTable main = name.equals("Extra") || name.equals("Plugin") ? o.table(2) : null;
                missing.add(main == null ? name : name + " " + main.string(0), called.apply(o));
            }
        }
        missing.refuse("", "convert the model again without them");
    }
}
