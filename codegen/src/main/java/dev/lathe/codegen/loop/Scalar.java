package dev.lathe.codegen.loop;

import dev.lathe.runtime.Storage;
import java.util.Locale;

/** The element type of a value in the loop IR. BOOL exists only as a value, never in a buffer. */
public enum Scalar {
    F32, F64, I32, I64, BOOL, REF;

    private final VType scalar = new VType(this, 1);

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Scalar of(Storage s) {
        return valueOf(s.name());
    }

    public Storage storage() {
        return Storage.valueOf(name());
    }

    public VType scalar() {
        return scalar;
    }

    public boolean isFloat() {
        return this == F32 || this == F64;
    }
}
