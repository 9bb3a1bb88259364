package dev.lathe.runtime;

/**
 * The memory that generated code works on: a session's arenas, symbols and growing buffers, and the model's
 * constants. Public for generated classes and helpers only.
 */
public final class State {
    /** Arenas, by storage. */
    public float[] f;
    public double[] g;
    public int[] i;
    public long[] j;
    public Object[] r;

    /** Constants, by storage; shared by all sessions of a model and never written. */
    public final float[] cf;
    public final double[] cg;
    public final int[] ci;
    public final long[] cj;
    public final Object[] cr;

    /** The arrays of OWN buffers, by buffer id. */
    public final Object[] own;

    /** Symbols and buffer offsets; the generated class and its plan agree on the indices. */
    public final int[] d;

    /** True when steps run as direct calls; false when each goes through {@link #step}. */
    public boolean direct = true;

    /** Takes the steps when they don't run as direct calls; null for plain dispatch. */
    PathState path;

    public State(float[] cf, double[] cg, int[] ci, long[] cj, Object[] cr, int buffers, int symbols) {
        this.cf = cf;
        this.cg = cg;
        this.ci = ci;
        this.cj = cj;
        this.cr = cr;
        this.own = new Object[buffers];
        this.d = new int[symbols];
    }

    /** Runs one step by way of {@link Compiled#dispatch}: split among threads, measured, or with dead buffers poisoned. */
    public void step(Compiled code, int step, int extent) {
        if (path == null) {
            code.dispatch(step, this, 0, extent);
        } else {
            path.step(code, step, extent);
        }
    }

    /** The common extent of two dimensions under broadcasting. */
    public static long broadcast(long a, long b) {
        if (a != b && a != 1 && b != 1) {
            throw new ArithmeticException("dimensions " + a + " and " + b + " don't broadcast");
        }
        return a == 1 ? b : a;
    }

    public static int broadcast(int a, int b) {
        return (int) broadcast((long) a, (long) b);
    }

    /** The arena of a storage. */
    Object arena(int storage) {
        return switch (storage) {
            case 0 -> f;
            case 1 -> g;
            case 2 -> i;
            case 3 -> j;
            default -> r;
        };
    }

    /** The array of OWN buffer {@code id} after making sure that it holds {@code n} elements; old contents stay when {@code keep}. */
    public Object reserve(int id, int storage, int n, boolean keep) {
        Object a = own[id];
        int have = a == null ? -1 : java.lang.reflect.Array.getLength(a);
        if (have < n) {
            Object b = Storage.values()[storage].allocate(Math.max(n, (int) Math.min(Integer.MAX_VALUE - 8L, have * 3L / 2)));
            if (keep && a != null) {
                System.arraycopy(a, 0, b, 0, have);
            }
            own[id] = b;
        }
        return own[id];
    }
}
