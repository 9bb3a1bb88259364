package dev.lathe.codegen.lib;

/**
 * Random numbers by counter: number {@code i} of a seed is a function of the two (Philox 4x32 with 10 rounds, as Salmon,
 * Moraes, Dror and Shaw describe it), so that they don't depend on who computes them or in which order.
 */
public final class Philox {
    private Philox() {}

    /** 32 random bits. */
    public static int bits(long seed, long i) {
        int k0 = (int) seed;
        int k1 = (int) (seed >>> 32);
        int c0 = (int) (i >>> 2);
        int c1 = (int) (i >>> 34);
        int c2 = 0;
        int c3 = 0;
        for (int round = 0; round < 10; round++) {
            long p0 = (c0 & 0xFFFFFFFFL) * 0xD2511F53L;
            long p1 = (c2 & 0xFFFFFFFFL) * 0xCD9E8D57L;
            int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c1 = (int) p1;
            c3 = (int) p0;
            c0 = n0;
            c2 = n2;
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return switch ((int) i & 3) {
            case 0 -> c0;
            case 1 -> c1;
            case 2 -> c2;
            default -> c3;
        };
    }

    /** Uniform in [0, 1), of 24 bits. */
    public static float uniform(long seed, int i) {
        return (bits(seed, i) >>> 8) * 0x1p-24f;
    }

    /** Uniform in [0, 1), of 53 bits. */
    public static double uniform64(long seed, int i) {
        return ((bits(seed, 2L * i) & 0xFFFFFFFFL) << 21 ^ (bits(seed, 2L * i + 1) & 0xFFFFFFFFL) >>> 11) * 0x1p-53;
    }

    /** Normal with mean 0 and deviation 1 (Box and Muller). */
    public static double normal(long seed, int i) {
        double u = 1 - uniform64(seed, i & ~1);
        double angle = 2 * Math.PI * uniform64(seed, i | 1);
        double r = Math.sqrt(-2 * F64Math.log(u));
        return r * ((i & 1) == 0 ? F64Math.cos(angle) : F64Math.sin(angle));
    }
}
