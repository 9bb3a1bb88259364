package dev.lathe.compiler.lower;

/**
 * What lowering needs to know of a target.
 *
 * @param lanes f32 lanes of a vector register; 1 for plain bytecode
 * @param registers vector registers
 */
public record TargetInfo(String name, int lanes, int registers) {
    public static final TargetInfo PORTABLE = new TargetInfo("portable", 1, 16);
    public static final TargetInfo AVX2 = new TargetInfo("avx2", 8, 16);
    public static final TargetInfo AVX512 = new TargetInfo("avx512", 16, 32);
    public static final TargetInfo NEON = new TargetInfo("neon", 4, 32);

    public static TargetInfo of(String name) {
        return switch (name) {
            case "portable" -> PORTABLE;
            case "avx2" -> AVX2;
            case "avx512" -> AVX512;
            case "neon" -> NEON;
            default -> throw new IllegalArgumentException("no target " + name);
        };
    }
}
