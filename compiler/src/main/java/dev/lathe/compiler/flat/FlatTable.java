package dev.lathe.compiler.flat;

import dev.lathe.compiler.diag.LatheException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A table of a flatbuffer. Fields go by their position in the schema; all that leads out of the file is refused. */
public final class FlatTable {
    private final ByteBuffer b;
    private final String source;
    private final int at;
    private final int vtable;
    private final int fields;

    private FlatTable(ByteBuffer b, String source, int at) {
        this.b = b;
        this.source = source;
        this.at = check(at, 4);
        this.vtable = check(Math.subtractExact(at, b.getInt(at)), 4);
        this.fields = ((b.getShort(vtable) & 0xffff) - 4) / 2;
        check(vtable, 4 + 2 * Math.max(0, fields));
    }

    public static FlatTable root(ByteBuffer bytes, String source) {
        ByteBuffer b = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        if (b.limit() < 8) {
            throw damaged(source, "it has " + b.limit() + " bytes");
        }
        try {
            return new FlatTable(b, source, b.getInt(0));
        } catch (ArithmeticException e) {
            throw damaged(source, "its root leads out of the file");
        }
    }

    public static LatheException damaged(String source, String why) {
        return new LatheException(source, "the file is truncated or damaged: " + why, "export or download the file again");
    }

    private int check(int position, long size) {
        if (position < 0 || size < 0 || position + size > b.limit()) {
            throw damaged(source, "an offset leads to byte " + (position + size) + " of " + b.limit());
        }
        return position;
    }

    /** Where a field's value stands; 0 when it is left out. */
    private int field(int index, int size) {
        int offset = index < fields ? b.getShort(vtable + 4 + 2 * index) & 0xffff : 0;
        return offset == 0 ? 0 : check(at + offset, size);
    }

    public int int8(int index, int absent) {
        int p = field(index, 1);
        return p == 0 ? absent : b.get(p);
    }

    public boolean flag(int index) {
        return int8(index, 0) != 0;
    }

    public int int32(int index, int absent) {
        int p = field(index, 4);
        return p == 0 ? absent : b.getInt(p);
    }

    public long int64(int index) {
        int p = field(index, 8);
        return p == 0 ? 0 : b.getLong(p);
    }

    public float real(int index, float absent) {
        int p = field(index, 4);
        return p == 0 ? absent : b.getFloat(p);
    }

    private int follow(int p) {
        long to = p + (b.getInt(p) & 0xffffffffL);
        return check((int) Math.min(to, Integer.MAX_VALUE), 4);
    }

    public FlatTable table(int index) {
        int p = field(index, 4);
        return p == 0 ? null : new FlatTable(b, source, follow(p));
    }

    /** The position of a vector's first element; its length is in the 4 bytes before. 0 when it is left out. */
    private int vector(int index, int width) {
        int p = field(index, 4);
        if (p == 0) {
            return 0;
        }
        int v = follow(p);
        check(v + 4, (b.getInt(v) & 0xffffffffL) * width);
        return v + 4;
    }

    private int length(int first) {
        return first == 0 ? 0 : b.getInt(first - 4);
    }

    public List<FlatTable> tables(int index) {
        int v = vector(index, 4);
        List<FlatTable> r = new ArrayList<>();
        for (int i = 0; i < length(v); i++) {
            r.add(new FlatTable(b, source, follow(v + 4 * i)));
        }
        return r;
    }

    public int[] ints(int index) {
        ByteBuffer bytes = bytes(index, Integer.BYTES);
        int[] r = new int[bytes.remaining() / Integer.BYTES];
        bytes.asIntBuffer().get(r);
        return r;
    }

    public float[] floats(int index) {
        ByteBuffer bytes = bytes(index, Float.BYTES);
        float[] r = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(r);
        return r;
    }

    public long[] longs(int index) {
        ByteBuffer bytes = bytes(index, Long.BYTES);
        long[] r = new long[bytes.remaining() / Long.BYTES];
        bytes.asLongBuffer().get(r);
        return r;
    }

    public ByteBuffer bytes(int index) {
        return bytes(index, 1);
    }

    /** The bytes of a vector whose elements have {@code width} of them. */
    public ByteBuffer bytes(int index, int width) {
        int v = vector(index, width);
        return b.slice(v, length(v) * width).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Bytes anywhere in the file. */
    public ByteBuffer region(long from, long size) {
        if (from < 0 || size < 0 || from > b.limit() || size > b.limit() - from) {
            throw damaged(source, "a buffer ends at byte " + (from + size) + " of " + b.limit());
        }
        return b.slice((int) from, (int) size).order(ByteOrder.LITTLE_ENDIAN);
    }

    public String string(int index) {
        return StandardCharsets.UTF_8.decode(bytes(index)).toString();
    }

    public List<String> strings(int index) {
        int v = vector(index, 4);
        List<String> r = new ArrayList<>();
        for (int i = 0; i < length(v); i++) {
            int at = follow(v + 4 * i);
            int size = b.getInt(at);
            check(at + 4, size & 0xffffffffL);
            r.add(StandardCharsets.UTF_8.decode(b.slice(at + 4, size)).toString());
        }
        return r;
    }

    /** True when a field is there, with a default value or another. */
    public boolean has(int index) {
        return field(index, 1) != 0;
    }
}
