package dev.lathe.compiler.paddle;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.paddle.proto.BlockDesc;
import dev.lathe.compiler.paddle.proto.OpDesc;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Which PaddlePaddle operators are read, and how; a family adds its rows. */
public final class PaddleTable {
    private static final Map<String, OpRow> ROWS = new TreeMap<>();

    static {
        dev.lathe.compiler.paddle.ops.ActivationRows.register();
        dev.lathe.compiler.paddle.ops.ArithmeticRows.register();
        dev.lathe.compiler.paddle.ops.ConvRows.register();
        dev.lathe.compiler.paddle.ops.PoolRows.register();
        dev.lathe.compiler.paddle.ops.NormRows.register();
        dev.lathe.compiler.paddle.ops.ShapeRows.register();
        dev.lathe.compiler.paddle.ops.TensorRows.register();
        dev.lathe.compiler.paddle.ops.SliceRows.register();
        dev.lathe.compiler.paddle.ops.ReduceRows.register();
        dev.lathe.compiler.paddle.ops.IndexRows.register();
        dev.lathe.compiler.paddle.ops.ResizeRows.register();
        dev.lathe.compiler.paddle.ops.SequenceRows.register();
        dev.lathe.compiler.paddle.ops.RecurrentRows.register();
        dev.lathe.compiler.paddle.ops.CrfRows.register();
        dev.lathe.compiler.paddle.ops.PriorRows.register();
        dev.lathe.compiler.paddle.ops.DetectionRows.register();
        dev.lathe.compiler.paddle.ops.QuantRows.register();
        dev.lathe.compiler.paddle.ops.ControlRows.register();
        dev.lathe.compiler.paddle.ops.ArrayRows.register();
        dev.lathe.compiler.paddle.ops.RankRows.register();
        dev.lathe.compiler.paddle.ops.ProposalRows.register();
        dev.lathe.compiler.paddle.ops.NmsRows.register();
        dev.lathe.compiler.paddle.ops.SequenceEditRows.register();
        dev.lathe.compiler.paddle.ops.WindowRows.register();
        dev.lathe.compiler.paddle.ops.ValueRows.register();
        dev.lathe.compiler.paddle.ops.PlaceRows.register();
        dev.lathe.compiler.paddle.ops.CellRows.register();
        dev.lathe.compiler.paddle.ops.SearchRows.register();
        dev.lathe.compiler.paddle.ops.PerspectiveRows.register();
        dev.lathe.compiler.paddle.ops.AttentionRows.register();
    }

    private PaddleTable() {}

    public static void add(String name, OpRow row) {
        if (ROWS.put(name, row) != null) {
            throw new IllegalStateException("operator " + name + " stands twice");
        }
    }

    static OpRow find(String op) {
        return ROWS.get(op);
    }

    public static Map<String, OpRow> all() {
        return Collections.unmodifiableMap(ROWS);
    }

    /** Lists all operators that can't be read, before anything else is done. */
    static void check(List<BlockDesc> blocks) {
        Map<String, Integer> missing = new TreeMap<>();
        for (BlockDesc b : blocks) {
            for (OpDesc o : b.ops()) {
                if (!ROWS.containsKey(o.type()) && !o.type().equals("feed") && !PaddleImporter.fetches(o)) {
                    missing.merge(o.type(), 1, Integer::sum);
                }
            }
        }
        if (missing.isEmpty()) {
            return;
        }
        StringBuilder s = new StringBuilder(missing.size() == 1 ? "1 PaddlePaddle operator is" : missing.size() + " PaddlePaddle operators are").append(" not supported:");
        missing.forEach((op, n) -> s.append("\n  ").append(op).append(": ").append(n).append(n == 1 ? " operation" : " operations"));
        throw new LatheException("", s.toString(), "export the model with other operators");
    }
}
