package dev.lathe.runtime;

/** Narrow floating-point types to and from their bits. */
final class NarrowBits {
    private NarrowBits() {}

    static float toFloat(ElementType t, int bits) {
        return switch (t) {
            case BF16 -> Float.intBitsToFloat(bits << 16);
            case F16 -> {
                int e = bits >> 10 & 31;
                int m = bits & 1023;
                float a = e == 0 ? m * 0x1p-24f : e == 31 ? Float.intBitsToFloat(0x7f800000 | m << 13)
                        : Float.intBitsToFloat(e + 112 << 23 | m << 13);
                yield (bits & 0x8000) == 0 ? a : -a;
            }
            default -> throw new UnsupportedOperationException(t.text());
        };
    }

    static int ofFloat(ElementType t, float x) {
        int b = Float.floatToRawIntBits(x);
        return switch (t) {
            case BF16 -> x != x ? b >>> 16 | 64 : b + 0x7fff + (b >>> 16 & 1) >>> 16;
            case F16 -> {
                int sign = b >>> 16 & 0x8000;
                float a = Math.abs(x);
                if (x != x) {
                    yield sign | 0x7e00 | b >>> 13 & 0x1ff;
                }
                if (a >= 65520f) {
                    yield sign | 0x7c00;
                }
                if (a < 0x1p-14f) {
                    yield sign | (int) Math.rint(a * 0x1p24);
                }
                int r = Float.floatToRawIntBits(a);
                yield sign | (r + 0xfff + (r >>> 13 & 1) >>> 13) - (112 << 10);
            }
            default -> throw new UnsupportedOperationException(t.text());
        };
    }
}
