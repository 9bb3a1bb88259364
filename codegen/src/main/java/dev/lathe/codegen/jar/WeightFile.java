package dev.lathe.codegen.jar;

import dev.lathe.codegen.program.Const;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.RawData;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights of a jar: every distinct constant of all paths and targets once, little-endian in its file element type,
 * each at a multiple of 64 bytes. A string is an int length and UTF-8.
 */
final class WeightFile {
    private static final int ALIGN = 64;
    private static final int CHUNK = 1 << 13;

    /** Every place of every layout; equal contents are looked for once, as that reads them all. */
    private final Map<ConstLayout.Place, Long> at = new IdentityHashMap<>();
    private final List<ConstLayout.Place> order = new ArrayList<>();
    private long size;

    WeightFile(Iterable<ConstLayout> layouts) {
        Map<ConstLayout.Contents, Long> known = new HashMap<>();
        for (ConstLayout layout : layouts) {
            for (ConstLayout.Place p : layout.places()) {
                if (p.length() > 0 && p.contents().derived() == null) {
                    Long before = known.putIfAbsent(new ConstLayout.Contents(p.contents(), p.storage()), size);
                    at.put(p, before == null ? size : before);
                    if (before == null) {
                        order.add(p);
                        size = (size + bytes(p) + ALIGN - 1) / ALIGN * ALIGN;
                    }
                }
            }
        }
    }

    long size() {
        return size;
    }

    /** Where a constant begins; 0 for an empty one, -1 for one that is not here but derived. */
    long at(ConstLayout.Place p) {
        return p.contents().derived() != null ? -1 : p.length() == 0 ? 0 : at.get(p);
    }

    /** The bytes that a constant takes. */
    static long bytes(ConstLayout.Place p) {
        Const c = p.contents();
        if (c.derived() != null) {
            return 0;
        }
        if (c.file() != ElementType.STR) {
            return RawData.bytes(c.file(), p.length());
        }
        long n = 0;
        for (Object s : (Object[]) c.data()) {
            n += 4 + utf8(s).length;
        }
        return n;
    }

    private static byte[] utf8(Object s) {
        return ((String) s).getBytes(StandardCharsets.UTF_8);
    }

    void write(OutputStream out) throws IOException {
        long done = 0;
        // one for all: there may be very many constants of a few elements
        ByteBuffer chunk = ByteBuffer.allocate(8 * CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        for (ConstLayout.Place p : order) {
            out.write(new byte[(int) (at(p) - done)]);
            Const c = p.contents();
            if (c.file() == ElementType.STR) {
                for (Object s : (Object[]) c.data()) {
                    byte[] b = utf8(s);
                    out.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(b.length).array());
                    out.write(b);
                }
            } else {
                for (int i = 0; i < p.length(); i += CHUNK) {
                    RawData.encode(c.file(), c.data(), i, Math.min(CHUNK, p.length() - i), chunk.clear());
                    out.write(chunk.array(), 0, chunk.position());
                }
            }
            done = at(p) + bytes(p);
        }
        out.write(new byte[(int) (size - done)]);
    }
}
