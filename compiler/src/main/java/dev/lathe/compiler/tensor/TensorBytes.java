package dev.lathe.compiler.tensor;

import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.NarrowFloats;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Tensors as plain bytes, row major, the encoding that ONNX's raw data, npy and safetensors files share: narrow types
 * in their own width, sub-byte elements packed from the low bits up, booleans one byte each. Not for strings.
 */
public final class TensorBytes {
    private static final int CHUNK = 1 << 14;

    private TensorBytes() {
    }

    /** The bytes that {@code count} elements take. */
    public static long size(ElementType type, long count) {
        if (type == ElementType.STR) {
            throw new IllegalArgumentException("strings have no fixed size");
        }
        return type.bits() < 8 ? (count * type.bits() + 7) / 8 : Math.multiplyExact(count, type.bits() / 8);
    }

    /** Decodes in the buffer's byte order; the buffer holds exactly the bytes needed. */
    public static Tensor decode(ElementType type, int[] dims, ByteBuffer bytes) {
        int count = Tensor.count(dims);
        if (bytes.remaining() != size(type, count)) {
            throw new IllegalArgumentException(bytes.remaining() + " bytes for " + count + " " + type.text());
        }
        ByteBuffer b = bytes.duplicate().order(bytes.order());
        Object data = switch (type) {
            case F32, C64 -> {
                float[] values = new float[b.remaining() / 4];
                b.asFloatBuffer().get(values);
                yield values;
            }
            case F64, C128 -> {
                double[] values = new double[b.remaining() / 8];
                b.asDoubleBuffer().get(values);
                yield values;
            }
            case I64, U64 -> {
                long[] values = new long[count];
                b.asLongBuffer().get(values);
                yield values;
            }
            case I32 -> {
                int[] values = new int[count];
                b.asIntBuffer().get(values);
                yield values;
            }
            case U32 -> {
                long[] values = new long[count];
                for (int i = 0; i < count; i++) {
                    values[i] = b.getInt() & 0xffffffffL;
                }
                yield values;
            }
            case F16, BF16, F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0, F4E2M1 -> {
                float[] values = new float[count];
                for (int i = 0; i < count; i++) {
                    values[i] = NarrowFloats.decode(type, code(type.bits(), b, i));
                }
                yield values;
            }
            case I8, U8, I16, U16, I4, U4, I2, U2, BOOL -> {
                int[] values = new int[count];
                for (int i = 0; i < count; i++) {
                    values[i] = narrowInteger(type, code(type.bits(), b, i));
                }
                yield values;
            }
            case STR -> throw new IllegalStateException();
        };
        return new Tensor(type, dims, data);
    }

    /** The value that the low bits of {@code code} stand for, of an integer type of at most 16 bits or a boolean. */
    public static int narrowInteger(ElementType type, int code) {
        if (type == ElementType.BOOL) {
            return (code & 0xff) != 0 ? 1 : 0;
        }
        int unused = 32 - type.bits();
        return type.isUnsigned() ? code << unused >>> unused : code << unused >> unused;
    }

    /** Element {@code i} of elements of at most 16 bits; bits above an element of 8 or 16 bits are undefined. */
    private static int code(int bits, ByteBuffer b, int i) {
        return switch (bits) {
            case 16 -> b.getShort(b.position() + 2 * i);
            case 8 -> b.get(b.position() + i);
            case 4 -> b.get(b.position() + (i >> 1)) >> ((i & 1) << 2) & 0xf;
            default -> b.get(b.position() + (i >> 2)) >> ((i & 3) << 1) & 3;
        };
    }

    /** The little-endian bytes of a tensor of less than 2 GiB. */
    public static byte[] encode(Tensor tensor) {
        int size = Math.toIntExact(size(tensor.type(), tensor.size()));
        ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        put(tensor, 0, tensor.size(), out);
        return out.array();
    }

    /** Writes the little-endian bytes in pieces, so that no copy of the whole is made. */
    public static void write(Tensor tensor, OutputStream out) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK * 16).order(ByteOrder.LITTLE_ENDIAN);
        int count = tensor.size();
        for (int from = 0; from < count; from += Math.min(CHUNK, count - from)) {
            chunk.clear();
            put(tensor, from, Math.min(count, from + Math.min(CHUNK, count - from)), chunk);
            out.write(chunk.array(), 0, chunk.position());
        }
    }

    /** {@code from} starts a byte. */
    private static void put(Tensor tensor, int from, int to, ByteBuffer out) {
        ElementType type = tensor.type();
        int parts = type.isComplex() ? 2 : 1;
        switch (type) {
            case F32, C64 -> {
                float[] values = tensor.floats();
                for (int i = from * parts; i < to * parts; i++) {
                    // raw bits: a NaN keeps its payload
                    out.putInt(Float.floatToRawIntBits(values[i]));
                }
            }
            case F64, C128 -> {
                double[] values = tensor.doubles();
                for (int i = from * parts; i < to * parts; i++) {
                    out.putLong(Double.doubleToRawLongBits(values[i]));
                }
            }
            case I64, U64 -> {
                long[] values = tensor.longs();
                for (int i = from; i < to; i++) {
                    out.putLong(values[i]);
                }
            }
            case U32 -> {
                long[] values = tensor.longs();
                for (int i = from; i < to; i++) {
                    out.putInt((int) values[i]);
                }
            }
            case I32 -> {
                int[] values = tensor.ints();
                for (int i = from; i < to; i++) {
                    out.putInt(values[i]);
                }
            }
            case STR -> throw new IllegalArgumentException("strings have no fixed size");
            default -> putNarrow(tensor, from, to, out);
        }
    }

    private static void putNarrow(Tensor tensor, int from, int to, ByteBuffer out) {
        ElementType type = tensor.type();
        int bits = type.bits();
        int mask = (1 << bits) - 1;
        int pending = 0;
        int filled = 0;
        for (int i = from; i < to; i++) {
            int code = type.isFloat() ? exactCode(type, tensor.floats()[i]) : tensor.ints()[i];
            if (bits == 16) {
                out.putShort((short) code);
                continue;
            }
            pending |= (code & mask) << filled;
            filled += bits;
            if (filled == 8) {
                out.put((byte) pending);
                pending = 0;
                filled = 0;
            }
        }
        if (filled > 0) {
            out.put((byte) pending);
        }
    }

    private static int exactCode(ElementType type, float value) {
        return NarrowFloats.encode(type, value, false);
    }
}
