package dev.lathe.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads just the constants that the plans of one target need, in one pass over the weights and with no copy of the
 * whole. What comes out is one array for each storage, shared by all sessions and never written.
 */
final class ConstantReader {
    private static final int CHUNK = 1 << 16;

    /** One constant: {@code bytes} from {@code at} on go to {@code length} elements from {@code offset} on. */
    private static final class Piece implements Comparable<Piece> {
        final long at;
        final long bytes;
        final ElementType type;
        final int offset;
        final int length;

        Piece(Plan p, int buffer) {
            at = p.constAt[buffer];
            bytes = p.constBytes[buffer];
            type = p.constType[buffer];
            offset = p.offset[buffer];
            length = (int) p.size[buffer];
        }

        @Override
        public int compareTo(Piece o) {
            return Long.compare(at, o.at);
        }

        boolean same(Piece o) {
            return bytes == o.bytes && type == o.type && offset == o.offset && length == o.length;
        }
    }

    private final String what;
    private final Map<Long, Piece> pieces = new HashMap<>();
    private final long[] lengths = new long[Storage.values().length];
    private final Checksum sum = new Checksum();
    private final byte[] bytes = new byte[CHUNK];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    private InputStream in;
    private long size;
    private long derived;
    private long at;

    ConstantReader(String what) {
        this.what = what;
    }

    /** Notes what a plan needs. */
    void add(Plan p) {
        for (int b = 0; b < p.storage.length; b++) {
            if (p.kind[b] == PlanFormat.CONST && p.size[b] > 0) {
                Piece c = new Piece(p, b);
                Piece old = c.at < 0 ? null : pieces.putIfAbsent(c.at, c);
                if (old != null && !old.same(c)) {
                    throw new JarException(what + ": the plans disagree about the constant at " + c.at);
                }
                derived += c.at < 0 ? c.length + 2L * ArenaPlanner.ALIGN : 0;
                lengths[p.storage[b]] = Math.max(lengths[p.storage[b]], (long) c.offset + c.length);
            }
        }
    }

    /**
     * Reads the constants.
     *
     * @param stream null when the jar has no weights
     * @param length bytes that it must have
     * @param want the checksum of all of them
     * @return the arrays by {@link Storage#ordinal()}
     */
    Object[] read(InputStream stream, long length, String want) throws IOException {
        in = stream;
        size = length;
        List<Piece> order = new ArrayList<>(pieces.values());
        java.util.Collections.sort(order);
        check(order);
        Object[] arrays = new Object[lengths.length];
        for (int s = 0; s < arrays.length; s++) {
            arrays[s] = Storage.values()[s].allocate((int) lengths[s]);
        }
        for (Piece p : order) {
            skipTo(p.at);
            if (p.type == ElementType.STR) {
                strings(p, (Object[]) arrays[Storage.REF.ordinal()]);
            } else {
                numbers(p, arrays[p.type.storage().ordinal()]);
            }
        }
        skipTo(size);
        if (in != null && (in.read() >= 0 || !sum.text().equals(want))) {
            throw new JarException(what + " is damaged: its checksum does not match");
        }
        return arrays;
    }

    private void check(List<Piece> order) {
        long end = 0;
        long[] used = new long[lengths.length];
        // what is computed takes at most 8 times the space of what it is computed from
        used[0] = Math.min(derived, 2 * size);
        for (Piece p : order) {
            if (p.at < end || p.bytes > size - p.at) {
                throw new JarException(what + " is missing, or a constant lies outside or inside of another");
            }
            end = p.at + p.bytes;
            used[p.type.storage().ordinal()] += p.length + 2L * ArenaPlanner.ALIGN;
        }
        for (int s = 0; s < used.length; s++) {
            // arrays far longer than their contents come only from a plan that lies
            if (lengths[s] > used[s] || lengths[s] > ArenaPlanner.MAX_LENGTH) {
                throw new JarException(what + ": the constants have holes");
            }
        }
    }

    private void numbers(Piece p, Object to) throws IOException {
        int done = 0;
        while (done < p.length) {
            // a multiple of 8 elements, so that packed ones end with a byte
            int n = Math.min(p.length - done, CHUNK / 8);
            take((int) RawData.bytes(p.type, n));
            if (p.type == ElementType.F32) {
                buffer.asFloatBuffer().get((float[]) to, p.offset + done, n);
            } else {
                RawData.decode(p.type, buffer, 0, to, p.offset + done, n);
            }
            done += n;
        }
    }

    private void strings(Piece p, Object[] to) throws IOException {
        long left = p.bytes;
        for (int k = 0; k < p.length; k++) {
            left -= 4;
            int n = -1;
            if (left >= 0) {
                take(4);
                n = buffer.getInt(0);
                left -= n;
            }
            if (n < 0 || left < 0) {
                throw new JarException(what + ": a string ends outside its constant");
            }
            byte[] text = new byte[n];
            for (int done = 0; done < n; done += CHUNK) {
                int part = Math.min(CHUNK, n - done);
                take(part);
                System.arraycopy(bytes, 0, text, done, part);
            }
            to[p.offset + k] = new String(text, StandardCharsets.UTF_8);
        }
    }

    /** Reads the next {@code n} bytes to the beginning of the buffer. */
    private void take(int n) throws IOException {
        int got = in.readNBytes(bytes, 0, n);
        at += got;
        if (got < n) {
            throw new JarException(what + " is truncated: it ends after " + at + " of " + size + " bytes");
        }
        sum.update(bytes, 0, n);
    }

    private void skipTo(long place) throws IOException {
        while (at < place) {
            take((int) Math.min(CHUNK, place - at));
        }
    }
}
