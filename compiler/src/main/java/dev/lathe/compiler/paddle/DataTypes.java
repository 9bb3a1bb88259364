package dev.lathe.compiler.paddle;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.ElementType;
import java.util.Map;

/** PaddlePaddle's numbers of element types. */
final class DataTypes {
    private static final Map<Integer, ElementType> TYPES = Map.ofEntries(Map.entry(0, ElementType.BOOL), Map.entry(1, ElementType.I16),
            Map.entry(2, ElementType.I32), Map.entry(3, ElementType.I64), Map.entry(4, ElementType.F16), Map.entry(5, ElementType.F32),
            Map.entry(6, ElementType.F64), Map.entry(19, ElementType.U64), Map.entry(20, ElementType.U8), Map.entry(21, ElementType.I8),
            Map.entry(22, ElementType.BF16), Map.entry(23, ElementType.C64), Map.entry(24, ElementType.C128));

    private DataTypes() {}

    static ElementType of(long number) {
        ElementType t = TYPES.get((int) number);
        if (t == null || number != (int) number) {
            throw new LatheException("", "element type " + number + " is not known");
        }
        return t;
    }
}
