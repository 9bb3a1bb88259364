package dev.lathe.compiler.lower;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class LoweringsTest {
    @Test
    void everyCoreOperationHasALoweringAndNothingElseHas() {
        assertEquals(OpTable.all().stream().map(Op::name).collect(Collectors.toCollection(TreeSet::new)), new TreeSet<>(Lowerings.names()));
    }
}
