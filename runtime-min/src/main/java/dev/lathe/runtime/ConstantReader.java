package dev.lathe.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads just the constants that the plans of one target need, in one pass over the weights and with no copy of the
 * whole. What comes out is one array for each storage, shared by all sessions and never written.
 */
final class ConstantReader {
    private static final int CHUNK = 1 << 16;

    private final String what;
    private final List<Plan> plans = new ArrayList<>();
    // the constants by their place: the number of a plan that has it, and its buffer there
    private final Map<Long, int[]> pieces = new TreeMap<>();
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
        plans.add(p);
        for (int b = 0; b < p.storage.length; b++) {
            if (p.kind[b] == Plan.CONST && p.size[b] > 0) {
                long place = p.constAt[b];
                int[] old = place < 0 ? null : pieces.putIfAbsent(place, new int[] {plans.size() - 1, b});
                if (old != null && !same(p, b, plans.get(old[0]), old[1])) {
                    throw new JarException(what + ": the plans disagree about the constant at " + place);
                }
                derived += place < 0 ? p.size[b] + 2L * ArenaPlanner.ALIGN : 0;
                lengths[p.storage[b]] = Math.max(lengths[p.storage[b]], p.offset[b] + p.size[b]);
            }
        }
    }

    private static boolean same(Plan p, int b, Plan q, int c) {
        return p.constBytes[b] == q.constBytes[c] && p.constType[b] == q.constType[c] && p.offset[b] == q.offset[c] && p.size[b] == q.size[c];
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
        check();
        Object[] arrays = new Object[lengths.length];
        for (int s = 0; s < arrays.length; s++) {
            arrays[s] = Storage.values()[s].allocate((int) lengths[s]);
        }
        for (int[] piece : pieces.values()) {
            Plan p = plans.get(piece[0]);
            int b = piece[1];
            skipTo(p.constAt[b]);
            if (p.constType[b] == ElementType.STR) {
                strings(p, b, (Object[]) arrays[Storage.REF.ordinal()]);
            } else {
                numbers(p.constType[b], arrays[p.storage[b]], p.offset[b], (int) p.size[b]);
            }
        }
        skipTo(size);
        if (in != null && (in.read() >= 0 || !sum.text().equals(want))) {
            throw new JarException(what + " is damaged: its checksum does not match");
        }
        return arrays;
    }

    private void check() {
        long end = 0;
        long[] used = new long[lengths.length];
        // what is computed takes at most 8 times the space of what it is computed from
        used[0] = Math.min(derived, 2 * size);
        for (int[] piece : pieces.values()) {
            Plan p = plans.get(piece[0]);
            int b = piece[1];
            if (p.constAt[b] < end || p.constBytes[b] > size - p.constAt[b]) {
                throw new JarException(what + " is missing, or a constant lies outside or inside of another");
            }
            end = p.constAt[b] + p.constBytes[b];
            used[p.storage[b]] += p.size[b] + 2L * ArenaPlanner.ALIGN;
        }
        for (int s = 0; s < used.length; s++) {
            // arrays far longer than their contents come only from a plan that lies
            if (lengths[s] > used[s] || lengths[s] > ArenaPlanner.MAX_LENGTH) {
                throw new JarException(what + ": the constants have holes");
            }
        }
    }

    private void numbers(ElementType type, Object to, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            // a multiple of 8 elements, so that packed ones end with a byte
            int n = Math.min(length - done, CHUNK / 8);
            take((int) RawData.bytes(type, n));
            if (type == ElementType.F32) {
                buffer.asFloatBuffer().get((float[]) to, offset + done, n);
            } else {
                RawData.decode(type, buffer, 0, to, offset + done, n);
            }
            done += n;
        }
    }

    private void strings(Plan p, int b, Object[] to) throws IOException {
        long left = p.constBytes[b];
        for (int k = 0; k < p.size[b]; k++) {
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
            to[p.offset[b] + k] = new String(text, StandardCharsets.UTF_8);
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
