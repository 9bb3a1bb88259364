package dev.lathe.bench;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import dev.lathe.codegen.loop.X;
import dev.lathe.runtime.Target;
import java.util.ArrayList;
import java.util.List;

/**
 * How fast this machine reads memory in order, from bytecode, on the widest vectors there are: arrays as large as what a model
 * holds (weights and arena), so that caches help it as far as they can help the model.
 */
final class Bandwidth implements AutoCloseable {
    /** Loads of a turn, each into a sum of its own. */
    private static final int CHAINS = 8;
    private static final long MOST = 1L << 28;

    private final int lanes = Target.best().lanes();
    private final int turns;
    private final float[][] arrays;
    private final KernelTimer timer;

    /** @param bytes of all threads' arrays together */
    Bandwidth(long bytes, int threads) {
        turns = (int) Math.max(64, Math.min(MOST, bytes / 4) / threads / (CHAINS * lanes));
        arrays = new float[threads][turns * CHAINS * lanes];
        timer = new KernelTimer(List.of(kernel(lanes)), threads);
    }

    static Kernel kernel(int lanes) {
        VType type = new VType(Scalar.F32, lanes);
        List<Stmt> body = new ArrayList<>();
        List<Stmt> turn = new ArrayList<>();
        List<Stmt> end = new ArrayList<>();
        for (int c = 0; c < CHAINS; c++) {
            Expr.Var sum = new Expr.Var("s" + c, type);
            body.add(new Stmt.Mut(sum.name(), X.load("o", X.i(c * lanes), type)));
            turn.add(new Stmt.Set(sum.name(), X.add(sum, X.load("a", X.add(X.mul(X.ivar("i"), X.i(CHAINS * lanes)), X.i(c * lanes)), type))));
            end.add(new Stmt.Store("o", X.i(c * lanes), sum));
        }
        body.add(new Stmt.For("i", X.i(0), X.ivar("n"), 1, turn, false));
        body.addAll(end);
        return new Kernel("bandwidth", List.of(new Kernel.BufParam("a", Scalar.F32, false), new Kernel.BufParam("o", Scalar.F32, true)), List.of("n"), body, false);
    }

    /** Until the kernel is compiled: short calls first. */
    void warmUp() {
        measure(64, 300_000_000L);
        measure(turns, 100_000_000L);
    }

    /** GB/s of all threads together. */
    double measure(long nanos) {
        return measure(turns, nanos);
    }

    private double measure(int of, long nanos) {
        int[] next = new int[1];
        return timer.measure(4.0 * CHAINS * lanes * of, () -> {
            float[] mine = arrays[next[0]++];
            float[] sums = new float[CHAINS * lanes];
            return k -> {
                k.invokeExact(mine, 0, sums, 0, of);
            };
        }, nanos);
    }

    @Override
    public void close() {
        timer.close();
    }
}
