package dev.lathe.compiler.paddle;

import dev.lathe.compiler.onnx.Missing;
import dev.lathe.compiler.onnx.Rows;
import dev.lathe.compiler.paddle.proto.BlockDesc;
import dev.lathe.compiler.paddle.proto.OpDesc;
import java.util.List;
import java.util.Map;

/** Which PaddlePaddle operators are read, and how; a family adds its rows. */
public final class PaddleTable {
    private static final Rows<String, OpRow> ROWS = new Rows<>();

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
        dev.lathe.compiler.paddle.ops.BeamRows.register();
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
        dev.lathe.compiler.paddle.ops.TextMatchRows.register();
        dev.lathe.compiler.paddle.ops.LateRows.register();
    }

    private PaddleTable() {}

    public static void add(String name, OpRow row) {
        ROWS.add(name, row);
    }

    static OpRow find(String op) {
        return ROWS.find(op);
    }

    public static Map<String, OpRow> all() {
        return ROWS.all();
    }

    /** Lists all operators that can't be read, before anything else is done. */
    static void check(List<BlockDesc> blocks) {
        Missing missing = new Missing("1 PaddlePaddle operator is", "PaddlePaddle operators are", "operation");
        for (BlockDesc b : blocks) {
            for (OpDesc o : b.ops()) {
                if (find(o.type()) == null && !o.type().equals("feed") && !PaddleImporter.fetches(o)) {
                    missing.add(o.type(), PaddleImporter.name(o));
                }
            }
        }
        missing.refuse("", "export the model with other operators");
    }
}
