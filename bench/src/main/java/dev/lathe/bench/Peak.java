package dev.lathe.bench;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import dev.lathe.codegen.loop.X;
import dev.lathe.runtime.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The most multiply-adds that this machine does from bytecode: independent chains of them on registers, in a kernel made as
 * all of Lathe's are, on the widest vectors there are.
 */
final class Peak implements AutoCloseable {
    /** Chains: two units times a latency of 4 to 5, and few enough for 16 registers with the factors. */
    private static final int CHAINS = 12;

    private final int lanes = Target.best().lanes();
    private final KernelTimer timer;

    Peak(int threads) {
        this.timer = new KernelTimer(List.of(kernel(lanes)), threads);
    }

    static Kernel kernel(int lanes) {
        VType type = new VType(Scalar.F32, lanes);
        List<Stmt> body = new ArrayList<>();
        List<Stmt> turn = new ArrayList<>();
        List<Stmt> end = new ArrayList<>();
        body.add(new Stmt.Let("x", X.load("a", X.i(0), type)));
        body.add(new Stmt.Let("y", X.load("a", X.i(lanes), type)));
        for (int c = 0; c < CHAINS; c++) {
            Expr.Var chain = new Expr.Var("s" + c, type);
            body.add(new Stmt.Mut(chain.name(), X.load("o", X.i(c * lanes), type)));
            turn.add(new Stmt.Set(chain.name(), X.fma(new Expr.Var("x", type), new Expr.Var("y", type), chain)));
            end.add(new Stmt.Store("o", X.i(c * lanes), chain));
        }
        body.add(new Stmt.For("i", X.i(0), X.ivar("n"), 1, turn, false));
        body.addAll(end);
        return new Kernel("peak", List.of(new Kernel.BufParam("a", Scalar.F32, false), new Kernel.BufParam("o", Scalar.F32, true)), List.of("n"), body, false);
    }

    /** Short calls, so that the method is compiled as a whole; until three measurements in a row bring nothing more. */
    void warmUp() {
        double best = 0;
        for (int i = 0, since = 0; i < 50 && since < 3; i++) {
            double g = measure(200, 100_000_000L);
            since = g > 1.1 * best ? 0 : since + 1;
            best = Math.max(best, g);
        }
    }

    /** GFLOP/s of all threads together. */
    double measure(long nanos) {
        return measure(20_000, nanos);
    }

    private double measure(int turns, long nanos) {
        return timer.measure(2.0 * CHAINS * lanes * turns, () -> {
            float[] factors = new float[2 * lanes];
            Arrays.fill(factors, 1);
            float[] sums = new float[CHAINS * lanes];
            return k -> {
                k.invokeExact(factors, 0, sums, 0, turns);
            };
        }, nanos);
    }

    @Override
    public void close() {
        timer.close();
    }
}
