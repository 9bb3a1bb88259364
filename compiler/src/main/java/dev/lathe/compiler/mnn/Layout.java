package dev.lathe.compiler.mnn;

import dev.lathe.compiler.diag.LatheException;

/** The order in which a tensor's dimensions are named, by MNN's numbers. */
public enum Layout {
    /** Batch, channels, then space. */
    FIRST,
    /** Batch, space, then channels. */
    LAST,
    /** As {@link #FIRST}; in MNN's memory four channels stand together. */
    PACKED;

    /** The layout of this number in the format. */
    public static Layout of(int number) {
        return switch (number) {
            case 0, 4 -> FIRST;
            case 1, 3 -> LAST;
            case 2 -> PACKED;
            default -> throw new LatheException("", "data format " + number + " is not known");
        };
    }

    public boolean channelsLast() {
        return this == LAST;
    }
}
