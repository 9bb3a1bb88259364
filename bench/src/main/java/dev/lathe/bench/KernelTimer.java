package dev.lathe.bench;

import dev.lathe.codegen.emit.ClassEmitter;
import dev.lathe.codegen.emit.InMemoryLoader;
import dev.lathe.codegen.emit.Lines;
import dev.lathe.codegen.loop.Kernel;
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
import java.util.function.Supplier;

/** A kernel made as all of Lathe's are, run by some threads at once on data of their own: what the machine can do with it. */
final class KernelTimer implements AutoCloseable {
    private final int threads;
    private final MethodHandle kernel;
    private final ExecutorService team;

    /** One invocation, by {@code invokeExact}. */
    interface Call {
        void run(MethodHandle kernel) throws Throwable;
    }

    /** @param kernels the last is run, by way of the others */
    KernelTimer(List<Kernel> kernels, int threads) {
        this.threads = threads;
        String name = kernels.get(kernels.size() - 1).name();
        this.kernel = compile(kernels, name);
        this.team = Executors.newFixedThreadPool(threads, r -> {
            Thread t = new Thread(r, name);
            t.setDaemon(true);
            return t;
        });
    }

    private static MethodHandle compile(List<Kernel> kernels, String name) {
        try {
            String owner = "lathe.bench." + name;
            ClassLoader loader = new InMemoryLoader(ClassEmitter.emitKernels(kernels, owner.replace('.', '/'), Lines.NONE), Target.class.getClassLoader());
            Method m = Arrays.stream(loader.loadClass(owner).getDeclaredMethods()).filter(x -> x.getName().equals(name)).findFirst().orElseThrow();
            m.setAccessible(true);
            return MethodHandles.lookup().unreflect(m);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * What all threads do in a nanosecond, together.
     *
     * @param work of one call
     * @param calls makes each thread's call
     */
    double measure(double work, Supplier<Call> calls, long nanos) {
        if (threads == 1) {
            return work / best(calls.get(), nanos);
        }
        List<Callable<Double>> tasks = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Call c = calls.get();
            tasks.add(() -> work / best(c, nanos));
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
    private long best(Call call, long nanos) {
        long best = Long.MAX_VALUE;
        long now = System.nanoTime();
        long end = now + nanos;
        try {
            while (now < end) {
                long start = now;
                call.run(kernel);
                now = System.nanoTime();
                best = Math.min(best, now - start);
            }
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
        return best;
    }

    @Override
    public void close() {
        team.shutdown();
    }
}
