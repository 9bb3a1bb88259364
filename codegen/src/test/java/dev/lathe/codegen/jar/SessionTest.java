package dev.lathe.codegen.jar;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.program.Program;
import dev.lathe.runtime.BadInputException;
import dev.lathe.runtime.LatheRuntimeException;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Profile;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.StaleViewException;
import dev.lathe.runtime.Tensor;
import dev.lathe.runtime.TensorView;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SessionTest {
    private static final float[] X = Fakes.ramp(32, 1);
    private static final float[] Y = Fakes.ramp(32, 0.5f);
    private static final float[] Z = Fakes.ramp(32, 2.5f);

    private static Program[][] kinds() {
        return new Program[][] {{Fakes.fixed()}, {Fakes.symbolic()}, {Fakes.fixed(), Fakes.symbolic()}};
    }

    @Test
    void everyKindOfSourceGivesTheSame() {
        FloatBuffer direct = ByteBuffer.allocateDirect(128).order(ByteOrder.nativeOrder()).asFloatBuffer().put(X).flip();
        FloatBuffer swapped = ByteBuffer.allocateDirect(128).order(ByteOrder.BIG_ENDIAN).asFloatBuffer().put(X).flip();
        FloatBuffer heap = FloatBuffer.wrap(Fakes.ramp(40, 1), 0, 32);
        FloatBuffer readOnly = FloatBuffer.wrap(X).asReadOnlyBuffer();
        ByteBuffer bytes = ByteBuffer.allocate(128);
        bytes.asFloatBuffer().put(X);
        for (Program[] p : kinds()) {
            try (Model m = Fakes.model(p); Session s = m.newSession()) {
                for (FloatBuffer b : new FloatBuffer[] {direct, swapped, heap, readOnly}) {
                    assertArrayEquals(Z, s.set("x", b, 2, 16).set("y", Y, 2, 16).run().output("z").toFloats());
                    assertEquals(32, b.remaining());
                }
                assertArrayEquals(Z, s.set("x", bytes, 2, 16).set("y", Tensor.ofFloats(Y, 2, 16)).run().output("z").toFloats());
            }
        }
    }

    @Test
    void shapesMayBeLeftOutWhenTheyAreKnown() {
        try (Model m = Fakes.model(Fakes.fixed()); Session s = m.newSession()) {
            assertArrayEquals(Z, s.set("x", X).set("y", Y).run().output("z").toFloats());
        }
        try (Model m = Fakes.model(Fakes.symbolic()); Session s = m.newSession()) {
            assertTrue(assertThrows(BadInputException.class, () -> s.set("x", X)).getMessage().contains("several open dimensions"));
        }
    }

    @Test
    @SuppressWarnings("try")
    void resultsBelongToTheCallerAndViewsGoStale() {
        for (Program[] p : kinds()) {
            try (Model m = Fakes.model(p); Session s = m.newSession()) {
                float[] x = X.clone();
                s.set("x", x, 2, 16).set("y", Y, 2, 16);
                x[5] = 1e9f;
                s.run();
                Tensor copy = s.output("z");
                TensorView view = s.view("z");
                assertEquals(Z[7], view.getFloat(7));
                assertThrows(IndexOutOfBoundsException.class, () -> view.getFloat(32));
                // setting the next inputs disturbs nothing that can still be read
                s.set("x", Y, 2, 16).set("y", Y, 2, 16);
                assertArrayEquals(Z, view.toTensor().toFloats());
                assertArrayEquals(Z, s.output("z").toFloats());
                s.run();
                assertThrows(StaleViewException.class, () -> view.getFloat(7));
                assertThrows(StaleViewException.class, view::toTensor);
                assertArrayEquals(Z, copy.toFloats());
                TensorView last = s.view("z");
                s.close();
                assertThrows(StaleViewException.class, () -> last.getFloat(0));
            }
        }
    }

    @Test
    void aRunUsesUpItsInputs() {
        try (Model m = Fakes.model(Fakes.fixed()); Session s = m.newSession()) {
            assertThrows(LatheRuntimeException.class, () -> s.output("z"));
            assertThrows(BadInputException.class, () -> s.set("x", X).run());
            s.set("x", X).set("y", Y).run();
            String said = assertThrows(BadInputException.class, s::run).getMessage();
            assertTrue(said.contains("'x' was not set"), said);
        }
    }

    private static String refused(Session s, Runnable r) {
        return assertThrows(BadInputException.class, r::run).getMessage();
    }

    @Test
    void inputsAreChecked() {
        try (Model m = Fakes.model(Fakes.symbolic()); Session s = m.newSession()) {
            String name = refused(s, () -> s.set("X", X, 2, 16));
            assertTrue(name.contains("no input 'X'") && name.contains("x: f32[N in 1..64, T]"), name);
            String type = refused(s, () -> s.set("x", new long[32], 2, 16));
            assertTrue(type.contains("takes float[], not long[]"), type);
            String rank = refused(s, () -> s.set("x", X, 2, 4, 4));
            assertTrue(rank.contains("has shape 2x4x4; expected x: f32[N in 1..64, T]"), rank);
            assertTrue(refused(s, () -> s.set("x", Fakes.ramp(130, 1), 65, 2)).contains("65x2"));
            assertTrue(refused(s, () -> s.set("x", X, 0, 2)).contains("0x2"));
            assertTrue(refused(s, () -> s.set("x", X, 2, -16)).contains("2x-16"));
            assertTrue(refused(s, () -> s.set("x", X, 3, 16)).contains("takes 48 elements, but 32"));
            s.set("x", X, 2, 16).set("y", Y, 4, 8);
            String other = refused(s, s::run);
            assertTrue(other.contains("input 'y': dimension 0 is 4, but N is 2 in input 'x'"), other);
        }
        try (Model m = Fakes.model(Fakes.fixed(), Fakes.program(Dim.of(4), Dim.of(4)))) {
            assertEquals("x: f32[2|4, 16|4]", m.inputs().get(0).toString().replaceAll(" in \\d+\\.\\.\\d+", ""));
        }
    }

    @Test
    void channelsInTheWrongPlaceAreNoticed() {
        String nhwc = hint(Dim.list(1, 3, 8, 8), 1, 8, 8, 3);
        assertTrue(nhwc.contains("looks like NHWC given for NCHW: transpose it to 1x3x8x8"), nhwc);
        String nchw = hint(Dim.list(1, 8, 8, 3), 1, 3, 8, 8);
        assertTrue(nchw.contains("looks like NCHW given for NHWC: transpose it to 1x8x8x3"), nchw);
        String batch = hint(Dim.list(1, 3, 8, 8), 3, 8, 8);
        assertTrue(batch.contains("the first dimension, 1, is missing"), batch);
        assertFalse(hint(Dim.list(1, 3, 8, 8), 1, 3, 9, 8).contains("looks like"));
    }

    private static String hint(java.util.List<Dim> want, int... given) {
        Program p = Fakes.fixed();
        dev.lathe.codegen.program.Port x = p.inputs().get(0);
        dev.lathe.codegen.program.Buffer b = p.buffers().get(1);
        java.util.ArrayList<dev.lathe.codegen.program.Buffer> buffers = new java.util.ArrayList<>(p.buffers());
        buffers.set(1, new dev.lathe.codegen.program.Buffer(1, "x", b.storage(), Dim.product(want), b.kind(), b.first(), b.last()));
        Program image = new Program(p.name(), p.target(), p.limits(), buffers, p.consts(), p.kernels(), p.steps(),
                java.util.List.of(new dev.lathe.codegen.program.Port("x", x.kind(), x.type(), want, x.at()), p.inputs().get(1)), p.outputs());
        try (Model m = Fakes.model(image); Session s = m.newSession()) {
            return refused(s, () -> s.set("x", new float[192], given));
        }
    }

    @Test
    void theFirstPathThatFitsIsTaken() {
        try (Model m = Fakes.model(Fakes.fixed(), Fakes.symbolic()); Session s = m.newSession()) {
            s.set("x", X, 2, 16).set("y", Y, 2, 16).run();
            assertEquals("2x16", s.path());
            s.set("x", X, 4, 8).set("y", Y, 4, 8).run();
            assertEquals("any", s.path());
            assertArrayEquals(new int[] {4, 8}, s.outputShape("z"));
            assertArrayEquals(Z, s.output("z").toFloats());
        }
    }

    @Test
    void plansAreKeptForSixteenShapes() {
        try (Model m = Fakes.model(Fakes.symbolic()); Session s = m.newSession()) {
            for (int round = 0; round < 3; round++) {
                for (int n = 1; n <= 40; n++) {
                    float[] x = Fakes.ramp(n * 3, 1);
                    assertArrayEquals(Fakes.ramp(n * 3, 3), s.set("x", x, n, 3).set("y", x, n, 3).run().output("z").toFloats());
                }
            }
        }
    }

    @Test
    void poisonShowsNothingThatIsReadTooEarly() {
        System.setProperty("lathe.poison", "true");
        try {
            for (Program[] p : kinds()) {
                try (Model m = Fakes.model(p); Session s = m.newSession()) {
                    for (int i = 0; i < 3; i++) {
                        assertArrayEquals(Z, s.set("x", X, 2, 16).set("y", Y, 2, 16).run().output("z").toFloats());
                    }
                }
            }
        } finally {
            System.clearProperty("lathe.poison");
        }
    }

    @Test
    void threadsGiveTheSame() {
        for (int threads : new int[] {1, 2, 3, 5}) {
            for (Program[] p : kinds()) {
                try (Model m = Fakes.model(ModelOptions.DEFAULT.withThreads(threads), p); Session s = m.newSession()) {
                    for (int i = 0; i < 200; i++) {
                        assertArrayEquals(Z, s.set("x", X, 2, 16).set("y", Y, 2, 16).run().output("z").toFloats());
                    }
                }
            }
        }
    }

    @Test
    void profilesNameTheSteps() {
        try (Model m = Fakes.model(Fakes.fixed()); Session s = m.newSession()) {
            Profile p = s.profile();
            for (int i = 0; i < 5; i++) {
                assertArrayEquals(Z, s.set("x", X).set("y", Y).run().output("z").toFloats());
            }
            assertEquals(2, p.steps());
            assertEquals("scale [Mul_0] line 3 x5", p.name(0) + " " + p.loc(0) + " line " + p.line(0) + " x" + p.count(0));
            assertTrue(p.nanos(1) > 0);
        }
    }

    @Test
    void theSteadyStateAllocatesNothing() {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long me = Thread.currentThread().getId();
        FloatBuffer direct = ByteBuffer.allocateDirect(128).order(ByteOrder.nativeOrder()).asFloatBuffer().put(X).flip();
        FloatBuffer out = ByteBuffer.allocateDirect(128).order(ByteOrder.nativeOrder()).asFloatBuffer();
        int[][] shapes = {{2, 16}, {4, 8}, {1, 32}};
        Tensor[] xs = Arrays.stream(shapes).map(d -> Tensor.ofFloats(X, d)).toArray(Tensor[]::new);
        Tensor[] ys = Arrays.stream(shapes).map(d -> Tensor.ofFloats(Y, d)).toArray(Tensor[]::new);
        float[] z = new float[32];
        for (int n : new int[] {1, 2}) {
            for (Program[] p : kinds()) {
                try (Model m = Fakes.model(ModelOptions.DEFAULT.withThreads(n), p); Session s = m.newSession()) {
                    int some = p.length == 1 && p[0].isStatic() ? 1 : 3;
                    // the JVM itself takes some bytes now and then: of a thousand runs each, some take none
                    long least = Long.MAX_VALUE;
                    long before = 0;
                    for (int i = 0; i < 10_000; i++) {
                        if (i % 1000 == 0) {
                            long now = threads.getThreadAllocatedBytes(me);
                            least = i < 2000 ? least : Math.min(least, now - before);
                            before = now;
                        }
                        int[] shape = shapes[i % some];
                        s.set("x", xs[i % some]).set("y", ys[i % some]).run();
                        s.set("x", direct, shape).set("y", Y, shape).run();
                        s.copyOutput("z", z);
                        s.copyOutput("z", out);
                        out.clear();
                    }
                    assertEquals(0, least, "bytes in 1000 runs");
                    assertArrayEquals(Z, z);
                }
            }
        }
    }
}
