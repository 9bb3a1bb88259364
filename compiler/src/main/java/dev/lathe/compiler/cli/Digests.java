package dev.lathe.compiler.cli;

import dev.lathe.runtime.Datum;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.MapValue;
import dev.lathe.runtime.OptionalValue;
import dev.lathe.runtime.SequenceValue;
import dev.lathe.runtime.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;

/** One SHA-256 over values: their elements' bytes in order, little-endian in their element type; a string is its length and UTF-8. */
final class Digests {
    private Digests() {}

    static String sha256(Collection<Datum> values) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            values.forEach(v -> add(v, digest));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void add(Datum d, MessageDigest digest) {
        if (d instanceof SequenceValue s) {
            s.items().forEach(v -> add(v, digest));
        } else if (d instanceof OptionalValue o) {
            if (o.isPresent()) {
                add(o.value(), digest);
            }
        } else if (d instanceof MapValue m) {
            add(m.keys(), digest);
            add(m.values(), digest);
        } else if (d instanceof Tensor t && t.type() == ElementType.STR) {
            for (String s : t.toStrings()) {
                byte[] b = s.getBytes(StandardCharsets.UTF_8);
                digest.update(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(0, b.length));
                digest.update(b);
            }
        } else {
            digest.update(((Tensor) d).toBytes());
        }
    }
}
