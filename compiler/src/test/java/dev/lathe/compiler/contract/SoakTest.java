package dev.lathe.compiler.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Mixed models and shapes from several threads for two seconds, or for {@code -Dlathe.soak=SECONDS}. */
class SoakTest {
    private static final int SECONDS = Integer.getInteger("lathe.soak", 2);
    private static final int THREADS = 8;
    private static final int MODELS = 4;
    private static final int SHAPES = 24;

    private static int[] shape(int i) {
        return new int[] {1 + i % 5, 2 + i % 7, 1 + i * 3 % 8};
    }

    @Test
    void mixedModelsAndShapes() throws InterruptedException {
        List<Model> models = new ArrayList<>();
        String[][] digests = new String[MODELS][SHAPES];
        for (int m = 0; m < MODELS; m++) {
            Graph g = RandomGraph.of(100 + m, List.of(Dim.sym("A"), Dim.sym("B"), Dim.sym("C")));
            models.add(Bits.load(g, Target.best(), 1 + m % 2));
            for (int i = 0; i < SHAPES; i++) {
                try (Session s = models.get(m).newSession()) {
                    digests[m][i] = Bits.digest(models.get(m), s, RandomGraph.inputs(i, shape(i)));
                }
            }
        }
        int threadsBefore = ManagementFactory.getThreadMXBean().getThreadCount();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        long end = System.nanoTime() + SECONDS * 1_000_000_000L;
        long early = work(models, digests, failure, System.nanoTime() + SECONDS * 300_000_000L);
        long late = work(models, digests, failure, end);
        assertNull(failure.get(), () -> failure.get().toString());
        assertTrue(late < early + (16 << 20), "the heap grew from " + early + " to " + late + " bytes");
        models.forEach(Model::close);
        int threads = 0;
        for (int i = 0; i < 100; i++) {
            threads = ManagementFactory.getThreadMXBean().getThreadCount();
            if (threads <= threadsBefore) {
                break;
            }
            Thread.sleep(50);
        }
        assertTrue(threads <= threadsBefore, threads + " threads, there were " + threadsBefore);
    }

    /** Runs until {@code end}; returns the heap in use after that. */
    private static long work(List<Model> models, String[][] digests, AtomicReference<Throwable> failure, long end) throws InterruptedException {
        List<Thread> workers = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            Random random = new Random(t);
            Thread w = new Thread(() -> {
                try {
                    while (System.nanoTime() < end && failure.get() == null) {
                        int m = random.nextInt(MODELS);
                        try (Session s = models.get(m).newSession()) {
                            for (int k = 0; k < 50; k++) {
                                int i = random.nextInt(SHAPES);
                                assertEquals(digests[m][i], Bits.digest(models.get(m), s, RandomGraph.inputs(i, shape(i))), "model " + m + ", shape " + i);
                            }
                        }
                    }
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                }
            });
            w.start();
            workers.add(w);
        }
        for (Thread w : workers) {
            w.join();
        }
        return used();
    }

    private static long used() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            least = Math.min(least, Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return least;
    }

    @Test
    void aCompiledModelAllocatesNothing() {
        Graph g = RandomGraph.of(7, Dim.list(6, 7, 8));
        List<Tensor> in = RandomGraph.inputs(7, 6, 7, 8);
        try (Model m = Bits.load(g, Target.PORTABLE, 1); Session s = m.newSession()) {
            float[][] data = new float[3][];
            float[] out = new float[64];
            for (int i = 0; i < 3; i++) {
                data[i] = in.get(i).floats();
            }
            String[] names = m.inputs().stream().map(x -> x.name()).toArray(String[]::new);
            String first = m.outputs().get(0).name();
            int[] order = m.inputs().stream().mapToInt(x -> x.name().charAt(1) - '0').toArray();
            com.sun.management.ThreadMXBean bean = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 10 && least > 0; round++) {
                long before = bean.getThreadAllocatedBytes(Thread.currentThread().getId());
                for (int i = 0; i < 1000; i++) {
                    for (int k = 0; k < names.length; k++) {
                        s.set(names[k], data[order[k]]);
                    }
                    s.run();
                    s.copyOutput(first, out);
                }
                least = Math.min(least, bean.getThreadAllocatedBytes(Thread.currentThread().getId()) - before);
            }
            // the measurement itself allocates a few bytes in some rounds
            assertTrue(least < 1000, least + " bytes in 1000 runs");
        }
    }

    @Test
    void closingWhileOthersRun() throws InterruptedException {
        Graph g = RandomGraph.of(3, Dim.list(9, 9, 9));
        List<Tensor> in = RandomGraph.inputs(3, 9, 9, 9);
        for (int round = 0; round < 20; round++) {
            Model m = Bits.load(g, Target.PORTABLE, 2);
            AtomicReference<Throwable> failure = new AtomicReference<>();
            List<Thread> all = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                Thread w = new Thread(() -> {
                    try (Session s = m.newSession()) {
                        String one = Bits.digest(m, s, in);
                        while (true) {
                            assertEquals(one, Bits.digest(m, s, in));
                        }
                    } catch (dev.lathe.runtime.ClosedException e) {
                        // said so
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                });
                w.start();
                all.add(w);
            }
            Thread.sleep(5);
            m.close();
            for (Thread w : all) {
                w.join(10_000);
                assertTrue(!w.isAlive(), "a run does not end");
            }
            assertNull(failure.get(), () -> failure.get().toString());
        }
    }
}
