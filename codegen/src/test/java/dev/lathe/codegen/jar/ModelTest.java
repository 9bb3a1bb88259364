package dev.lathe.codegen.jar;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.runtime.ClosedException;
import dev.lathe.runtime.ConcurrentUseException;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.TargetException;
import dev.lathe.runtime.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ModelTest {
    private static final Map<String, Tensor> GIVEN =
            Map.of("x", Tensor.ofFloats(Fakes.ramp(32, 1), 2, 16), "y", Tensor.ofFloats(Fakes.ramp(32, 0.5f), 2, 16));
    private static final float[] Z = Fakes.ramp(32, 2.5f);

    @AfterEach
    void open() {
        System.getProperties().remove("test.gate");
    }

    /** Makes the next run stop in its middle; returns when it is there (first) and lets it go on (second). */
    private static CountDownLatch[] gate() {
        CountDownLatch there = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        System.getProperties().put("test.gate", (Runnable) () -> {
            there.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        return new CountDownLatch[] {there, go};
    }

    @Test
    void anyThreadMayRun() throws Exception {
        try (Model m = Fakes.model(ModelOptions.DEFAULT.withSessions(3), Fakes.fixed(), Fakes.symbolic())) {
            ExecutorService pool = Executors.newFixedThreadPool(8);
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int n = 1 + t % 5;
                all.add(pool.submit(() -> {
                    Tensor x = Tensor.ofFloats(Fakes.ramp(n * 16, 1), n, 16);
                    for (int i = 0; i < 500; i++) {
                        assertArrayEquals(Fakes.ramp(n * 16, 3), m.run(Map.of("x", x, "y", x)).get("z").toFloats());
                    }
                }));
            }
            for (Future<?> f : all) {
                f.get();
            }
            pool.shutdown();
        }
    }

    @Test
    void concurrentUseNamesBothThreads() throws Exception {
        try (Model m = Fakes.model(Fakes.symbolic()); Session s = m.newSession()) {
            GIVEN.forEach(s::set);
            CountDownLatch[] gate = gate();
            Thread other = new Thread(s::run, "first-user");
            other.start();
            gate[0].await();
            Thread.currentThread().setName("second-user");
            for (Runnable use : List.<Runnable>of(s::run, () -> s.output("z"), () -> s.set("x", GIVEN.get("x")))) {
                String said = assertThrows(ConcurrentUseException.class, use::run).getMessage();
                assertTrue(said.contains("'first-user'") && said.contains("'second-user'"), said);
            }
            gate[1].countDown();
            other.join();
            assertArrayEquals(Z, s.output("z").toFloats());
        }
    }

    @Test
    void closingWhileRunningLetsTheRunFinish() throws Exception {
        Model m = Fakes.model(ModelOptions.DEFAULT.withThreads(2), Fakes.symbolic());
        CountDownLatch[] gate = gate();
        CompletableFuture<Map<String, Tensor>> run = new CompletableFuture<>();
        Thread t = new Thread(() -> {
            try {
                run.complete(m.run(GIVEN));
            } catch (RuntimeException e) {
                run.completeExceptionally(e);
            }
        });
        t.start();
        gate[0].await();
        m.close();
        m.close();
        assertThrows(ClosedException.class, m::newSession);
        assertThrows(ClosedException.class, () -> m.run(GIVEN));
        gate[1].countDown();
        t.join();
        assertArrayEquals(Z, run.get().get("z").toFloats());
        assertFalse(threads().stream().anyMatch(n -> n.startsWith("lathe-")), threads().toString());
    }

    @Test
    void aClosedSessionRefuses() {
        try (Model m = Fakes.model(Fakes.symbolic())) {
            Session s = m.newSession();
            s.close();
            s.close();
            assertThrows(ClosedException.class, () -> s.set("x", GIVEN.get("x")));
        }
        Model m = Fakes.model(Fakes.symbolic());
        Session t = m.newSession();
        m.close();
        assertThrows(ClosedException.class, t::run);
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(Thread::isAlive).map(Thread::getName).sorted().toList();
    }

    @Test
    void noThreadStaysBehind() {
        int before = threads().size();
        for (int i = 0; i < 1000; i++) {
            try (Model m = Fakes.model(ModelOptions.DEFAULT.withThreads(2), Fakes.fixed())) {
                if (i % 10 == 0) {
                    assertArrayEquals(Z, m.run(GIVEN).get("z").toFloats());
                } else {
                    m.newSession();
                }
            }
        }
        assertEquals(before, threads().size(), threads()::toString);
    }

    @Test
    void forcedTargetsAreCheckedAndExplained() {
        try (Model m = Fakes.model(Fakes.fixed())) {
            assertEquals(Target.PORTABLE, m.target());
            assertEquals("the jar holds nothing else", m.targetReason());
        }
        String said = assertThrows(TargetException.class,
                () -> Fakes.model(ModelOptions.DEFAULT.withTarget(Target.NEON), Fakes.fixed())).getMessage();
        assertTrue(said.contains("holds code for portable") && said.contains("no code for neon") && said.contains("--target auto"), said);
        System.setProperty("lathe.target", "sse");
        try {
            assertThrows(TargetException.class, () -> Fakes.model(Fakes.fixed()));
        } finally {
            System.clearProperty("lathe.target");
        }
    }

    @Test
    void warmUpEnds() {
        try (Model m = Fakes.model(Fakes.symbolic())) {
            m.warmUp();
            assertArrayEquals(Z, m.run(GIVEN).get("z").toFloats());
        }
    }
}
