package dev.lathe.compiler.lower;

import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The lowering of each core operation. */
public final class Lowerings {
    private static final Map<String, Lowering> ROWS = new HashMap<>();

    static {
        for (Op op : OpTable.all()) {
            if (op.kind() == Op.Kind.ELEMENTWISE) {
                ROWS.put(op.name(), MapKernel::lower);
            }
        }
        StructureLowering.rows().forEach(Lowerings::add);
        ContractionLowering.rows().forEach(Lowerings::add);
        ReductionLowering.rows().forEach(Lowerings::add);
        IndexLowering.rows().forEach(Lowerings::add);
        RecurrentLowering.rows().forEach(Lowerings::add);
        SignalLowering.rows().forEach(Lowerings::add);
        InterpolateLowering.rows().forEach(Lowerings::add);
        SelectionLowering.rows().forEach(Lowerings::add);
        ControlLowering.rows().forEach(Lowerings::add);
        SequenceLowering.rows().forEach(Lowerings::add);
        TextLowering.rows().forEach(Lowerings::add);
        TableLowering.rows().forEach(Lowerings::add);
    }

    private Lowerings() {}

    private static void add(String op, Lowering l) {
        if (ROWS.put(op, l) != null) {
            throw new IllegalStateException("lowering of " + op + " stands twice");
        }
    }

    public static Lowering get(String op) {
        Lowering l = ROWS.get(op);
        if (l == null) {
            throw new IllegalStateException("operation " + op + " has no lowering");
        }
        return l;
    }

    public static Set<String> names() {
        return ROWS.keySet();
    }
}
