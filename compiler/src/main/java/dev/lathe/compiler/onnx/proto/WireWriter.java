package dev.lathe.compiler.onnx.proto;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes the fields of one protobuf message. */
public final class WireWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    public WireWriter int64(int field, long value) {
        varint((long) field << 3);
        varint(value);
        return this;
    }

    public WireWriter float32(int field, float value) {
        varint((long) field << 3 | 5);
        raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
        return this;
    }

    public WireWriter string(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    public WireWriter message(int field, WireWriter value) {
        return bytes(field, value.toBytes());
    }

    public WireWriter bytes(int field, byte[] value) {
        varint((long) field << 3 | 2);
        varint(value.length);
        raw(value);
        return this;
    }

    public WireWriter packed(int field, long... values) {
        WireWriter list = new WireWriter();
        for (long v : values) {
            list.varint(v);
        }
        return bytes(field, list.toBytes());
    }

    /** The message so far. */
    public byte[] toBytes() {
        return out.toByteArray();
    }

    private void raw(byte[] bytes) {
        out.write(bytes, 0, bytes.length);
    }

    private void varint(long value) {
        long v = value;
        while ((v & ~0x7fL) != 0) {
            out.write((int) (v & 0x7f | 0x80));
            v >>>= 7;
        }
        out.write((int) v);
    }
}
