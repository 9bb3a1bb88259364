package dev.lathe.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MachineTest {
    private static final Set<Target> ALL = EnumSet.allOf(Target.class);
    private static final Machine SERVER = new Machine("amd64", true, 512, EnumSet.of(Target.PORTABLE, Target.AVX2, Target.AVX512));
    private static final Machine LAPTOP = new Machine("amd64", true, 256, EnumSet.of(Target.PORTABLE, Target.AVX2));
    private static final Machine ARM = new Machine("aarch64", true, 128, EnumSet.of(Target.PORTABLE, Target.NEON));
    private static final Machine PLAIN = new Machine("amd64", false, 0, null);
    private static final Machine NO_C2 = new Machine("amd64", true, 64, EnumSet.of(Target.PORTABLE, Target.AVX2));

    private static Target best(Machine m, Target... held) {
        return m.choose("m", held.length == 0 ? ALL : EnumSet.of(held[0], held), null, "");
    }

    @Test
    void theBestThatRunsIsTaken() {
        assertEquals(Target.AVX512, best(SERVER));
        assertEquals(Target.AVX2, best(LAPTOP));
        assertEquals(Target.NEON, best(ARM));
        assertEquals(Target.PORTABLE, best(PLAIN));
        assertEquals(Target.PORTABLE, best(NO_C2));
        assertEquals(Target.AVX2, best(SERVER, Target.PORTABLE, Target.AVX2));
        assertEquals(Target.PORTABLE, best(SERVER, Target.PORTABLE, Target.NEON));
        // the JVM may be told to use narrower vectors than the processor has
        assertEquals(Target.AVX2, best(new Machine("amd64", true, 256, EnumSet.allOf(Target.class))));
        // a system that does not say what its processor has
        assertEquals(Target.AVX512, best(new Machine("x86_64", true, 512, null)));
    }

    @Test
    void reasonsAreGiven() {
        assertEquals("best of portable, neon, avx2, avx512 on amd64 with 256-bit vectors", LAPTOP.reason(ALL, Target.AVX2, null, ""));
        assertTrue(PLAIN.reason(ALL, Target.PORTABLE, null, "").contains("jdk.incubator.vector"));
        assertEquals("asked for by -Dlathe.target", SERVER.reason(ALL, Target.NEON, Target.NEON, "-Dlathe.target"));
    }

    @Test
    void narrowerVectorsCanBeForced() {
        for (Target t : ALL) {
            assertEquals(t, SERVER.choose("m", ALL, t, "x"));
        }
        assertEquals(Target.NEON, NO_C2.choose("m", ALL, Target.NEON, "x"));
        assertEquals(Target.AVX2, NO_C2.choose("m", ALL, Target.AVX2, "x"));
    }

    private static String refused(Machine m, Set<Target> held, Target forced) {
        return assertThrows(TargetException.class, () -> m.choose("net", held, forced, "-Dlathe.target")).getMessage();
    }

    @Test
    void whatCannotRunIsRefusedWithAdvice() {
        String wide = refused(LAPTOP, ALL, Target.AVX512);
        assertTrue(wide.contains("avx512, asked for by -Dlathe.target, can't run here: avx512 needs 512-bit vectors") && wide.contains("-Dlathe.target=avx2"), wide);
        String noModule = refused(PLAIN, EnumSet.of(Target.AVX2), null);
        assertTrue(noModule.contains("holds code for avx2") && noModule.contains("--add-modules jdk.incubator.vector"), noModule);
        String other = refused(ARM, EnumSet.of(Target.AVX2, Target.AVX512), null);
        assertTrue(other.contains("aarch64 with 128-bit vectors") && other.contains("compile the model with --target auto"), other);
        assertTrue(refused(SERVER, EnumSet.of(Target.PORTABLE), Target.AVX2).contains("the jar has no code for avx2"));
        assertTrue(refused(NO_C2, ALL, Target.AVX512).contains("avx512 needs 512-bit vectors"));
    }

    @Test
    void thisMachineIsUnderstood() {
        Machine m = Machine.get();
        assertEquals(null, m.refusal(m.best(ALL)));
        assertEquals(Target.AVX2, Target.ofText("avx2"));
        assertEquals(16, Target.AVX512.lanes());
    }
}
