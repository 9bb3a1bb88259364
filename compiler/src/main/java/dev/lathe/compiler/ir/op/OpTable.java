package dev.lathe.compiler.ir.op;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** All core operations. A family adds its rows; a name stands once. */
public final class OpTable {
    private static final Map<String, Op> ROWS = new LinkedHashMap<>();

    static {
        ElementwiseOps.rows().forEach(OpTable::add);
        StructureOps.rows().forEach(OpTable::add);
        ContractionOps.rows().forEach(OpTable::add);
        ReductionOps.rows().forEach(OpTable::add);
        IndexOps.rows().forEach(OpTable::add);
        RecurrentOps.rows().forEach(OpTable::add);
        SignalOps.rows().forEach(OpTable::add);
        SamplingOps.rows().forEach(OpTable::add);
        SelectionOps.rows().forEach(OpTable::add);
        ControlOps.rows().forEach(OpTable::add);
        SequenceOps.rows().forEach(OpTable::add);
        TextOps.rows().forEach(OpTable::add);
        TableOps.rows().forEach(OpTable::add);
    }

    private OpTable() {}

    private static void add(Op op) {
        if (ROWS.put(op.name(), op) != null) {
            throw new IllegalStateException("operation " + op.name() + " stands twice");
        }
    }

    /** The row of {@code name}, or null. */
    public static Op find(String name) {
        return ROWS.get(name);
    }

    public static Op get(String name) {
        Op op = ROWS.get(name);
        if (op == null) {
            throw new IllegalArgumentException("no operation " + name);
        }
        return op;
    }

    public static Collection<Op> all() {
        return Collections.unmodifiableCollection(ROWS.values());
    }
}
