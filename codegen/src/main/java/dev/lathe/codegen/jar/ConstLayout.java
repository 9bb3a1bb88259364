package dev.lathe.codegen.jar;

import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Const;
import dev.lathe.codegen.program.Program;
import dev.lathe.runtime.ArenaPlanner;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the constants of all paths of one model for one target lie in the arrays that the sessions share. Constants
 * with the same contents share a place, whichever path they belong to. Class emission and jar writing both ask here.
 */
public final class ConstLayout {
    /**
     * One distinct constant.
     *
     * @param offset element in the array of its storage
     */
    public record Place(Const contents, Storage storage, int offset, int length) {}

    private final Map<Program, Place[]> byProgram = new IdentityHashMap<>();
    private final List<Place> places = new ArrayList<>();

    private ConstLayout() {}

    /** Lays out the constants of all paths of one target, in the order given. */
    public static ConstLayout of(List<Program> paths) {
        ConstLayout layout = new ConstLayout();
        long[] ends = new long[Storage.values().length];
        Map<Contents, Place> known = new LinkedHashMap<>();
        for (Program p : paths) {
            Place[] at = new Place[p.buffers().size()];
            for (Const c : p.consts()) {
                Buffer b = p.buffers().get(c.buffer());
                Contents key = new Contents(c, b.storage());
                Place place = known.get(key);
                if (place == null) {
                    int s = b.storage().ordinal();
                    int n = java.lang.reflect.Array.getLength(c.data());
                    // nothing at all lies at 0: there may be no element before it
                    long begin = n == 0 ? 0 : ArenaPlanner.first(b.storage()) + ends[s];
                    place = new Place(c, b.storage(), Math.toIntExact(begin), n);
                    ends[s] = (ends[s] + n + ArenaPlanner.ALIGN - 1) / ArenaPlanner.ALIGN * ArenaPlanner.ALIGN;
                    if (ends[s] + ArenaPlanner.first(b.storage()) > ArenaPlanner.MAX_LENGTH) {
                        throw new ArithmeticException("the constants of storage " + b.storage() + " need more than " + ArenaPlanner.MAX_LENGTH + " elements");
                    }
                    known.put(key, place);
                    layout.places.add(place);
                }
                at[c.buffer()] = place;
            }
            layout.byProgram.put(p, at);
        }
        return layout;
    }

    /** The offset of CONST buffer {@code id} of {@code path} in the array of its storage. */
    public int offset(Program path, int id) {
        return place(path, id).offset();
    }

    /** The place of CONST buffer {@code id} of {@code path}. */
    public Place place(Program path, int id) {
        Place[] at = byProgram.get(path);
        if (at == null || at[id] == null) {
            throw new IllegalArgumentException("buffer " + id + " is no constant of a program in this layout");
        }
        return at[id];
    }

    /** True when this path is the first to have the constant of this buffer: it sees to what is derived. */
    boolean isFirst(Program path, Const c) {
        return place(path, c.buffer()).contents() == c;
    }

    /** The distinct constants, in the order of their first use. */
    public List<Place> places() {
        return List.copyOf(places);
    }

    /** Compares constants by their bits. */
    static final class Contents {
        private final ElementType file;
        private final boolean derived;
        private final Storage storage;
        private final Object data;
        private final int hash;

        Contents(Const c, Storage storage) {
            this.file = c.file();
            this.derived = c.derived() != null;
            Object data = c.data();
            this.storage = storage;
            this.data = data;
            int h = switch (storage) {
                case F32 -> Arrays.hashCode((float[]) data);
                case F64 -> Arrays.hashCode((double[]) data);
                case I32 -> Arrays.hashCode((int[]) data);
                case I64 -> Arrays.hashCode((long[]) data);
                case REF -> Arrays.hashCode((Object[]) data);
            };
            this.hash = 31 * h + file.hashCode();
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Contents o && hash == o.hash && file == o.file && derived == o.derived && storage == o.storage && same(o.data);
        }

        private boolean same(Object o) {
            return data == o || switch (storage) {
                // not Arrays.equals, which takes all NaNs for one
                case F32 -> sameBits((float[]) data, (float[]) o);
                case F64 -> sameBits((double[]) data, (double[]) o);
                case I32 -> Arrays.equals((int[]) data, (int[]) o);
                case I64 -> Arrays.equals((long[]) data, (long[]) o);
                case REF -> Arrays.equals((Object[]) data, (Object[]) o);
            };
        }

        private static boolean sameBits(float[] a, float[] b) {
            if (a.length != b.length) {
                return false;
            }
            for (int i = 0; i < a.length; i++) {
                if (Float.floatToRawIntBits(a[i]) != Float.floatToRawIntBits(b[i])) {
                    return false;
                }
            }
            return true;
        }

        private static boolean sameBits(double[] a, double[] b) {
            if (a.length != b.length) {
                return false;
            }
            for (int i = 0; i < a.length; i++) {
                if (Double.doubleToRawLongBits(a[i]) != Double.doubleToRawLongBits(b[i])) {
                    return false;
                }
            }
            return true;
        }
    }
}
