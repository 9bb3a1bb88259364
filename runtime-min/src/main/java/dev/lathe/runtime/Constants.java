package dev.lathe.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A model's constants, by storage; shared by all its sessions and never written. */
final class Constants {
    final float[] f;
    final double[] g;
    final int[] i;
    final long[] j;
    final Object[] r;

    private Constants(long[] lengths) {
        f = new float[(int) lengths[0]];
        g = new double[(int) lengths[1]];
        i = new int[(int) lengths[2]];
        j = new long[(int) lengths[3]];
        r = new Object[(int) lengths[4]];
    }

    Object array(int storage) {
        return switch (Storage.values()[storage]) {
            case F32 -> f;
            case F64 -> g;
            case I32 -> i;
            case I64 -> j;
            case REF -> r;
        };
    }

    /** Bytes in the heap, without strings. */
    long bytes() {
        return 4L * f.length + 8L * g.length + 4L * i.length + 8L * j.length + 4L * r.length;
    }

    private record Piece(long at, long bytes, ElementType type, int offset, int length) {}

    /** Collects what the plans need and reads just that from the weights, in one pass with no copy of the whole. */
    static final class Builder {
        private static final int CHUNK = 1 << 16;

        private final String what;
        private final Map<Long, Piece> pieces = new HashMap<>();
        private final long[] lengths = new long[Storage.values().length];

        Builder(String what) {
            this.what = what;
        }

        void add(Plan p) {
            for (int b = 0; b < p.storage.length; b++) {
                if (p.kind[b] == PlanFormat.CONST && p.size[b] > 0) {
                    Piece c = new Piece(p.constAt[b], p.constBytes[b], p.constType[b], p.offset[b], (int) p.size[b]);
                    Piece old = pieces.putIfAbsent(c.at, c);
                    if (old != null && !old.equals(c)) {
                        throw new JarException(what + ": the plans disagree about the constant at " + c.at);
                    }
                    lengths[p.storage[b]] = Math.max(lengths[p.storage[b]], (long) c.offset + c.length);
                }
            }
        }

        Constants none() {
            if (!pieces.isEmpty()) {
                throw new JarException(what + " is missing");
            }
            return new Constants(lengths);
        }

        /**
         * Reads the constants.
         *
         * @throws JarException when the stream is not {@code size} bytes long or its SHA-256 differs
         */
        Constants read(InputStream in, long size, byte[] sum) throws IOException {
            List<Piece> order = new ArrayList<>(pieces.values());
            order.sort((a, b) -> Long.compare(a.at, b.at));
            check(order, size);
            Constants c = new Constants(lengths);
            Source source = new Source(in, size);
            for (Piece p : order) {
                source.skipTo(p.at);
                if (p.type == ElementType.STR) {
                    strings(source, p, c.r);
                } else {
                    numbers(source, p, c.array(p.type.storage().ordinal()));
                }
            }
            source.skipTo(size);
            if (in.read() >= 0 || !Arrays.equals(source.digest.digest(), sum)) {
                throw new JarException(what + " is damaged: its checksum does not match");
            }
            return c;
        }

        private void check(List<Piece> order, long size) {
            long end = 0;
            long[] used = new long[lengths.length];
            for (Piece p : order) {
                if (p.at < end || p.bytes > size - p.at) {
                    throw new JarException(what + ": a constant lies outside or inside of another");
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

        private void numbers(Source source, Piece p, Object to) throws IOException {
            int done = 0;
            while (done < p.length) {
                // a multiple of 8 elements, so that packed ones end with a byte
                int n = Math.min(p.length - done, CHUNK / 8);
                ByteBuffer b = source.take((int) RawData.bytes(p.type, n));
                if (p.type == ElementType.F32) {
                    b.asFloatBuffer().get((float[]) to, p.offset + done, n);
                } else {
                    RawData.decode(p.type, b, 0, to, p.offset + done, n);
                }
                done += n;
            }
        }

        private void strings(Source source, Piece p, Object[] to) throws IOException {
            long left = p.bytes;
            for (int k = 0; k < p.length; k++) {
                left -= 4;
                int n = left < 0 ? -1 : source.take(4).getInt(0);
                left -= n;
                if (n < 0 || left < 0) {
                    throw new JarException(what + ": a string ends outside its constant");
                }
                byte[] bytes = new byte[n];
                for (int done = 0; done < n; done += CHUNK) {
                    source.take(Math.min(CHUNK, n - done)).get(bytes, done, Math.min(CHUNK, n - done));
                }
                to[p.offset + k] = new String(bytes, StandardCharsets.UTF_8);
            }
        }

        /** A stream read through a small buffer and a digest. */
        private final class Source {
            private final InputStream in;
            private final long size;
            private final MessageDigest digest = Stamp.sha256();
            private final byte[] bytes = new byte[CHUNK];
            private final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            private long at;

            Source(InputStream in, long size) {
                this.in = in;
                this.size = size;
            }

            ByteBuffer take(int n) throws IOException {
                int got = in.readNBytes(bytes, 0, n);
                at += got;
                if (got < n) {
                    throw new JarException(what + " is truncated: it ends after " + at + " of " + size + " bytes");
                }
                digest.update(bytes, 0, n);
                return buffer.clear();
            }

            void skipTo(long place) throws IOException {
                while (at < place) {
                    take((int) Math.min(CHUNK, place - at));
                }
            }
        }
    }
}
