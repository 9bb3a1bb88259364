package dev.lathe.compiler.hostile;

import java.util.Arrays;
import java.util.Random;

/** Damages files: changed, repeated, removed and swapped bytes, and cut ends; the same for the same seed. */
final class Mutation {
    private Mutation() {}

    static byte[] of(byte[] good, long seed) {
        Random r = new Random(seed);
        byte[] b = good.clone();
        // headers and names stand in front: most damage goes there
        int front = Math.min(b.length, new int[] {200, 4000, b.length}[r.nextInt(3)]);
        int times = new int[] {1, 2, 3, 20}[r.nextInt(4)];
        for (int i = 0; i < times; i++) {
            int at = r.nextInt(front);
            b[at] = switch (r.nextInt(4)) {
                case 0 -> (byte) r.nextInt(256);
                case 1 -> (byte) (b[at] ^ 1 << r.nextInt(8));
                case 2 -> new byte[] {0, -1, 127, -128, 1}[r.nextInt(5)];
                default -> b[r.nextInt(front)];
            };
        }
        return switch (r.nextInt(10)) {
            case 0 -> Arrays.copyOf(b, r.nextInt(b.length));
            case 1 -> splice(b, r);
            default -> b;
        };
    }

    /** A piece stands in another place, too. */
    private static byte[] splice(byte[] b, Random r) {
        int from = r.nextInt(b.length);
        int n = Math.min(1 + r.nextInt(64), b.length - from);
        int to = r.nextInt(b.length - n + 1);
        System.arraycopy(b.clone(), from, b, to, n);
        return b;
    }
}
