package dev.lathe.runtime;

import java.util.Locale;

/** The instruction sets that a jar can hold code for. All compute the same bits. */
public enum Target {
    /** plain bytecode, for any JVM from 17 */
    PORTABLE(1),
    /** 128-bit vectors; runs on x86 too when forced */
    NEON(4),
    /** 256-bit vectors, 16 registers */
    AVX2(8),
    /** 512-bit vectors, 32 registers */
    AVX512(16);

    private final int lanes;

    Target(int lanes) {
        this.lanes = lanes;
    }

    /** Floats in one vector; 1 for portable code. */
    public int lanes() {
        return lanes;
    }

    /** The name that options and files use: {@code avx2}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The target with this name, or null. */
    public static Target ofText(String text) {
        for (Target t : values()) {
            if (t.text().equals(text)) {
                return t;
            }
        }
        return null;
    }

    /** The best target for this machine and this JVM as it was started. */
    public static Target best() {
        return Machine.get().best(java.util.EnumSet.allOf(Target.class));
    }
}
