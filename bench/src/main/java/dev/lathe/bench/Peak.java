package dev.lathe.bench;

import dev.lathe.codegen.emit.ClassEmitter;
import dev.lathe.codegen.emit.InMemoryLoader;
import dev.lathe.codegen.emit.Lines;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import dev.lathe.codegen.loop.X;
import dev.lathe.runtime.Target;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The most multiply-adds that this machine does from bytecode: independent chains of them on registers, in a kernel made as
 * all of Lathe's are, on the widest vectors there are.
 */
final class Peak implements AutoCloseable {
    /** Chains: two units times a latency of 4 to 5, and few enough for 16 registers with the factors. */
    private static final int CHAINS = 12;

    private final int lanes;
    private final int threads;
    private final MethodHandle kernel;
    private final ExecutorService team;

    Peak(int threads) {
        this.lanes = Target.best().lanes();
        this.threads = threads;
        this.kernel = compile(lanes);
        this.team = Executors.newFixedThreadPool(threads, r -> {
            Thread t = new Thread(r, "peak");
            t.setDaemon(true);
            return t;
        });
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

    private static MethodHandle compile(int lanes) {
        try {
            ClassLoader loader = new InMemoryLoader(ClassEmitter.emitKernels(List.of(kernel(lanes)), "lathe/Peak", Lines.NONE), Target.class.getClassLoader());
            Method m = Arrays.stream(loader.loadClass("lathe.Peak").getDeclaredMethods()).filter(x -> x.getName().equals("peak")).findFirst().orElseThrow();
            m.setAccessible(true);
            return MethodHandles.lookup().unreflect(m);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
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
        if (threads == 1) {
            return one(turns, nanos);
        }
        List<Callable<Double>> tasks = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            tasks.add(() -> one(turns, nanos));
        }
        try {
            double sum = 0;
            for (Future<Double> f : team.invokeAll(tasks)) {
                sum += f.get();
            }
            return sum;
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    // the best call: what the processor can do, not what it did while something else ran
    private double one(int turns, long nanos) {
        float[] factors = new float[2 * lanes];
        Arrays.fill(factors, 1);
        float[] sums = new float[CHAINS * lanes];
        long end = System.nanoTime() + nanos;
        long best = Long.MAX_VALUE;
        long now = System.nanoTime();
        try {
            while (now < end) {
                long start = now;
                kernel.invokeExact(factors, 0, sums, 0, turns);
                now = System.nanoTime();
                best = Math.min(best, now - start);
            }
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
        return 2.0 * CHAINS * lanes * turns / best;
    }

    @Override
    public void close() {
        team.shutdown();
    }
}
