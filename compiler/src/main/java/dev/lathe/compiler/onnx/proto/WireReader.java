package dev.lathe.compiler.onnx.proto;

import dev.lathe.compiler.diag.LatheException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads the fields of one protobuf message, in file order, without copying: nested messages and byte fields are views
 * of the same buffer. Whatever is malformed is a {@link LatheException} that names the file, the byte and the field.
 *
 * <pre>{@code
 * while (r.next()) {
 *     switch (r.field()) {
 *         case 1 -> name = r.string("name");
 *         default -> r.skip();
 *     }
 * }
 * }</pre>
 */
public final class WireReader {
    /** Protobuf's own default; a file that nests deeper can't be read by other tools either. */
    private static final int MAX_DEPTH = 100;

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final ByteBuffer buffer;
    private final String source;
    private final String message;
    private final int start;
    private final int end;
    private final int depth;
    private int at;
    private int fieldStart;
    private int field;
    private int wire;

    private WireReader(ByteBuffer buffer, String source, String message, int start, int end, int depth) {
        this.buffer = buffer;
        this.source = source;
        this.message = message;
        this.start = start;
        this.end = end;
        this.depth = depth;
        this.at = start;
        this.fieldStart = start;
    }

    /**
     * @param bytes the whole file
     * @param source the file's name, for messages
     * @param message the kind of message that the file holds, for messages
     */
    public static WireReader of(ByteBuffer bytes, String source, String message) {
        ByteBuffer whole = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        return new WireReader(whole, source, message, 0, whole.limit(), 1);
    }

    /** A reader of the same message, from its first field. */
    public WireReader restarted() {
        return new WireReader(buffer, source, message, start, end, depth);
    }

    public String source() {
        return source;
    }

    /** The position of the message's first byte in the file. */
    public int start() {
        return start;
    }

    /** Goes to the next field; false at the end of the message. */
    public boolean next() {
        if (at >= end) {
            return false;
        }
        fieldStart = at;
        long tag = rawVarint("a field's tag");
        wire = (int) tag & 7;
        long number = tag >>> 3;
        if (number < 1 || number > 0x1fffffff) {
            throw damaged("a field's tag", "field number " + number + " is not possible");
        }
        field = (int) number;
        if (wire != VARINT && wire != FIXED64 && wire != BYTES && wire != FIXED32) {
            throw damaged("field " + field, "wire type " + wire + " is not used by this format");
        }
        return true;
    }

    /** The number of the current field. */
    public int field() {
        return field;
    }

    public void skip() {
        String name = "field " + field;
        switch (wire) {
            case VARINT -> rawVarint(name);
            case FIXED64 -> take(8, name);
            case FIXED32 -> take(4, name);
            default -> take(length(name), name);
        }
    }

    public long int64(String name) {
        expect(VARINT, name);
        return rawVarint(name);
    }

    /** An {@code int32} or an enum; like protobuf, keeps the low 32 bits. */
    public int int32(String name) {
        return (int) int64(name);
    }

    public float float32(String name) {
        expect(FIXED32, name);
        return buffer.getFloat(take(4, name));
    }

    public double float64(String name) {
        expect(FIXED64, name);
        return buffer.getDouble(take(8, name));
    }

    public String string(String name) {
        expect(BYTES, name);
        int length = length(name);
        int from = take(length, name);
        byte[] plain = new byte[length];
        buffer.get(from, plain);
        boolean ascii = true;
        for (byte b : plain) {
            ascii &= b >= 0;
        }
        if (ascii) {
            return new String(plain, StandardCharsets.ISO_8859_1);
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(plain)).toString();
        } catch (CharacterCodingException e) {
            throw damaged(name, "the text is not valid UTF-8");
        }
    }

    /** A view, not a copy; little endian. */
    public ByteBuffer bytes(String name) {
        expect(BYTES, name);
        int length = length(name);
        return buffer.slice(take(length, name), length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A reader for the nested message in the current field. */
    public WireReader message(String name, String type) {
        expect(BYTES, name);
        int length = length(name);
        if (depth >= MAX_DEPTH) {
            throw new LatheException(source + ": byte " + fieldStart, "the model is nested too deeply: its messages stand in each other more than " + MAX_DEPTH
                    + " levels deep, which is as far as the format's own tools read", "export it with fewer regions inside each other");
        }
        int from = take(length, name);
        return new WireReader(buffer, source, type, from, from + length, depth + 1);
    }

    /** Like {@link #message}, for a field that may stand only once: {@code previous} must be null. */
    public WireReader only(Object previous, String name, String type) {
        if (previous != null) {
            throw damaged(name, "the field stands twice");
        }
        return message(name, type);
    }

    /** How many numbers the current field adds to a repeated integer field, packed or not; goes past them. */
    public int countVarints(String name) {
        if (wire == VARINT) {
            rawVarint(name);
            return 1;
        }
        int stop = packedEnd(name, 1);
        int count = 0;
        boolean cutOff = false;
        for (; at < stop; at++) {
            cutOff = buffer.get(at) < 0;
            if (!cutOff) {
                count++;
            }
        }
        if (cutOff) {
            throw damaged(name, "the last number is cut off");
        }
        return count;
    }

    /** Reads the current field's numbers to {@code list} from {@code index}; returns the index behind them. */
    public int fillVarints(long[] list, int index, String name) {
        int i = index;
        if (wire == VARINT) {
            list[i++] = rawVarint(name);
            return i;
        }
        int stop = packedEnd(name, 1);
        while (at < stop) {
            list[i++] = rawVarint(name);
        }
        return i;
    }

    /** How many floats the current field adds to a repeated float field, packed or not; goes past them. */
    public int countFloats(String name) {
        return countFixed(FIXED32, 4, name);
    }

    /** How many doubles the current field adds to a repeated double field, packed or not; goes past them. */
    public int countDoubles(String name) {
        return countFixed(FIXED64, 8, name);
    }

    public int fillFloats(float[] list, int index, String name) {
        if (wire == FIXED32) {
            list[index] = float32(name);
            return index + 1;
        }
        int stop = packedEnd(name, 4);
        int count = (stop - at) / 4;
        buffer.slice(at, stop - at).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(list, index, count);
        at = stop;
        return index + count;
    }

    public int fillDoubles(double[] list, int index, String name) {
        if (wire == FIXED64) {
            list[index] = float64(name);
            return index + 1;
        }
        int stop = packedEnd(name, 8);
        int count = (stop - at) / 8;
        buffer.slice(at, stop - at).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(list, index, count);
        at = stop;
        return index + count;
    }

    /** The fault of this file at the current field. */
    public LatheException damaged(String name, String why) {
        return new LatheException(source + ": byte " + fieldStart,
            "the file is truncated or damaged: " + message + ", " + name + ": " + why,
            "export or download the file again");
    }

    private int countFixed(int single, int width, String name) {
        if (wire == single) {
            take(width, name);
            return 1;
        }
        int stop = packedEnd(name, width);
        int count = (stop - at) / width;
        at = stop;
        return count;
    }

    private int packedEnd(String name, int width) {
        expect(BYTES, name);
        int length = length(name);
        if (length % width != 0) {
            throw damaged(name, length + " bytes are not a whole number of " + width + "-byte values");
        }
        if (length > end - at) {
            throw beyond(length, name);
        }
        return at + length;
    }

    private void expect(int wanted, String name) {
        if (wire != wanted) {
            throw damaged(name, "wire type " + wire + " where " + wanted + " belongs");
        }
    }

    private int length(String name) {
        long length = rawVarint(name);
        if (length < 0 || length > Integer.MAX_VALUE) {
            throw damaged(name, "a length of " + Long.toUnsignedString(length) + " bytes is not possible");
        }
        return (int) length;
    }

    /** Goes past {@code length} bytes; returns where they start. */
    private int take(int length, String name) {
        if (length > end - at) {
            throw beyond(length, name);
        }
        int from = at;
        at += length;
        return from;
    }

    private LatheException beyond(int length, String name) {
        return damaged(name, length + " bytes are announced, " + (end - at) + " are left");
    }

    private long rawVarint(String name) {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (at >= end) {
                throw damaged(name, "it ends in the middle of a number");
            }
            byte b = buffer.get(at++);
            if (shift == 63 && (b & 0xfe) != 0) {
                break;
            }
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw damaged(name, "a number is longer than 64 bits");
    }
}
