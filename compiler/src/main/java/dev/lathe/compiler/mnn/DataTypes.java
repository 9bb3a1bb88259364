package dev.lathe.compiler.mnn;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.ElementType;

/** MNN's numbers of element types. It computes with f32 and i32 alone: wider and truth values come as these. */
public final class DataTypes {
    static final int HALF = 19;
    static final int DOUBLE = 2;
    static final int INT64 = 9;

    private DataTypes() {}

    public static ElementType of(int number) {
        return switch (number) {
            case 0, 1, 2, 14, 19 -> ElementType.F32;
            case 3, 9, 10, 13 -> ElementType.I32;
            case 4, 12 -> ElementType.U8;
            case 5, 15 -> ElementType.I16;
            case 6, 11 -> ElementType.I8;
            case 16, 17 -> ElementType.U16;
            default -> throw new LatheException("", "element type " + number + " is not supported");
        };
    }
}
