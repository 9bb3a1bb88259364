package dev.lathe.compiler.mnn;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.ir.Value;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which MNN operators are read, and how; a family adds its rows. */
public final class MnnTable {
    /** One result. */
    @FunctionalInterface
    public interface Single {
        Value read(MnnNode n);
    }

    private static final Map<Integer, OpRow> ROWS = new TreeMap<>();

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
    }

    private MnnTable() {}

    public static void all(String name, OpRow row) {
        if (ROWS.put(OpNames.number(name), row) != null) {
            throw new IllegalStateException("operator " + name + " stands twice");
        }
    }

    public static void add(String name, Single row) {
        all(name, n -> List.of(row.read(n)));
    }

    static OpRow find(int type) {
        return ROWS.get(type);
    }

    /** The names of the operators that are read; those that are no computation, too. */
    public static Set<String> names() {
        Set<String> r = new TreeSet<>(List.of("Input", "Const", "TrainableParam"));
        ROWS.keySet().forEach(k -> r.add(OpNames.of(k)));
        return r;
    }

    /** Lists all operators that can't be read, before anything else is done. */
    static void check(List<FlatTable> ops) {
        Map<String, Integer> missing = new TreeMap<>();
        for (FlatTable o : ops) {
            String name = OpNames.of(o.int32(5, 0));
            if (!ROWS.containsKey(o.int32(5, 0)) && !names().contains(name)) {
                FlatTable main = name.equals("Extra") || name.equals("Plugin") ? o.table(2) : null;
                missing.merge(main == null ? name : name + " " + main.string(0), 1, Integer::sum);
            }
        }
        if (!missing.isEmpty()) {
            StringBuilder s = new StringBuilder(missing.size() == 1 ? "1 MNN operator is" : missing.size() + " MNN operators are").append(" not supported:");
            missing.forEach((op, n) -> s.append("\n  ").append(op).append(": ").append(n).append(n == 1 ? " operation" : " operations"));
            throw new LatheException("", s.toString(), "convert the model again without them");
        }
    }
}
