package dev.lathe.compiler.mnn;

import dev.lathe.compiler.diag.LatheException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Small numbers as MNN packs them: the weights' shape, the values that occur in rising order, and for each weight the
 * position of its value in as few bits as will do, from the high bits down.
 */
final class WeightCodes {
    /** More weights than this in one layer are taken for damage. */
    static final int MOST = 1 << 27;

    private WeightCodes() {}

    /** Every weight has its bits. */
    static byte[] dense(ByteBuffer data, boolean wide) {
        ByteBuffer b = data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        try {
            int count = count(shape(b, wide));
            byte[] values = values(b);
            Arrays.sort(values);
            int bits = Math.max(1, bitsFor(values.length));
            return pick(values, fields(b, count, bits));
        } catch (BufferUnderflowException e) {
            throw truncated();
        }
    }

    /** Only weights that aren't zero have bits; how far one is from the last stands before. */
    static byte[] sparse(ByteBuffer data, boolean wide, float[] scales) {
        ByteBuffer b = data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        try {
            int[] shape = shape(b, wide);
            byte[] r = new byte[count(shape)];
            int filled = b.getInt();
            int stepBits = b.get() & 0xff;
            if (filled < 0 || filled > r.length || stepBits > 8) {
                throw new LatheException("", filled + " of " + r.length + " weights are filled, in steps of " + stepBits + " bits: the file is damaged");
            }
            int[] steps = fields(b, filled, stepBits);
            byte[] values = values(b);
            byte[] rising = distinct(values);
            int bits = Math.max(1, 32 - Integer.numberOfLeadingZeros(values.length - 1));
            byte[] picked = pick(rising, fields(b, filled, bits));
            if (shape.length > 0 && scales.length == 2 * shape[0]) {
                zeros(r, shape[0], scales, bits);
            }
            int at = 0;
            for (int i = 0; i < filled; i++) {
                at += steps[i];
                r[at] = picked[i];
            }
            return r;
        } catch (BufferUnderflowException e) {
            throw truncated();
        }
    }

    /** What stands for zero in each channel that has a least value and a scale. */
    private static void zeros(byte[] r, int channels, float[] scales, int bits) {
        int area = r.length / channels;
        int least = -(1 << (bits - 1));
        for (int c = 0; c < channels; c++) {
            float scale = scales[2 * c + 1];
            int zero = scale > 1e-6f ? Math.round(-scales[2 * c] / scale) + least : least;
            Arrays.fill(r, c * area, (c + 1) * area, (byte) zero);
        }
    }

    private static LatheException truncated() {
        return new LatheException("", "its quantised weights end too early: the file is damaged");
    }

    private static int[] shape(ByteBuffer b, boolean wide) {
        int rank = b.get() & 0xff;
        if (rank > 4) {
            throw new LatheException("", "its quantised weights have " + rank + " dimensions: the file is damaged");
        }
        int[] r = new int[rank];
        for (int i = 0; i < rank; i++) {
            r[i] = wide ? b.getInt() : b.getShort() & 0xffff;
        }
        return r;
    }

    private static int count(int[] shape) {
        long n = 1;
        for (int d : shape) {
            n = d < 0 ? -1 : Math.min(n * d, MOST);
            if (n < 0 || n == MOST) {
                throw new LatheException("", "its quantised weights are " + Arrays.toString(shape) + ": the file is damaged");
            }
        }
        return (int) n;
    }

    private static byte[] values(ByteBuffer b) {
        int n = b.get() & 0xff;
        byte[] r = new byte[n == 0 ? 256 : n];
        b.get(r);
        return r;
    }

    private static byte[] distinct(byte[] values) {
        byte[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = 0;
        for (int i = 0; i < sorted.length; i++) {
            if (i == 0 || sorted[i] != sorted[i - 1]) {
                sorted[n++] = sorted[i];
            }
        }
        return Arrays.copyOf(sorted, n);
    }

    private static int bitsFor(int n) {
        return 32 - Integer.numberOfLeadingZeros(n - 1);
    }

    private static int[] fields(ByteBuffer b, int count, int bits) {
        long bytes = ((long) count * bits + 7) / 8;
        if (bytes > b.remaining()) {
            throw new BufferUnderflowException();
        }
        int[] r = new int[count];
        int from = b.position();
        long bit = 0;
        for (int i = 0; i < count; i++, bit += bits) {
            int at = from + (int) (bit >> 3);
            int two = (b.get(at) & 0xff) << 8 | (at + 1 < b.limit() ? b.get(at + 1) & 0xff : 0);
            r[i] = two >> (16 - bits - (int) (bit & 7)) & (1 << bits) - 1;
        }
        b.position(from + (int) bytes);
        return r;
    }

    private static byte[] pick(byte[] values, int[] at) {
        byte[] r = new byte[at.length];
        for (int i = 0; i < r.length; i++) {
            if (at[i] >= values.length) {
                throw new LatheException("", "a quantised weight is value number " + at[i] + " of " + values.length + ": the file is damaged");
            }
            r[i] = values[at[i]];
        }
        return r;
    }
}
