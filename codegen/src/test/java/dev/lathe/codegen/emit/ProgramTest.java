package dev.lathe.codegen.emit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.debug.ClassCheck;
import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.interp.ProgramInterpreter;
import dev.lathe.codegen.jar.StateLayout;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Program;
import dev.lathe.runtime.ArenaPlanner;
import dev.lathe.runtime.Compiled;
import dev.lathe.runtime.State;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class ProgramTest {
    private static Compiled compiled(StateLayout l) {
        Emitted e = ClassEmitter.emit(l, "test/Model", Lines.NONE, UnaryOperator.identity());
        if (e.classes().size() < 3) {
            assertEquals("", ClassCheck.report(e.classes(), Compiled.class.getClassLoader()));
        }
        return InMemoryLoader.load(e);
    }

    private static void compare(Program p, Map<String, Integer> symbols, boolean direct) {
        StateLayout l = Programs.layout(p);
        State expected = Programs.state(l, symbols);
        Engines.run(new ProgramInterpreter(l), expected);
        State actual = Programs.state(l, symbols);
        actual.direct = direct;
        Engines.run(compiled(l), actual);
        assertArrayEquals(expected.i, actual.i);
        assertArrayEquals(expected.d, actual.d);
        assertArrayEquals(expected.own, actual.own);
    }

    @Test
    void fixed() {
        compare(Programs.fixed(), Map.of(), true);
        compare(Programs.fixed(), Map.of(), false);
    }

    @Test
    void everyKindOfStep() {
        for (int n : new int[] {4, 5, 9, 40}) {
            compare(Programs.dynamic(), Map.of("N", n), true);
            compare(Programs.dynamic(), Map.of("N", n), false);
        }
    }

    @Test
    void sizes() {
        StateLayout l = Programs.layout(Programs.dynamic());
        int[] d = new int[l.slots()];
        d[l.slot("N")] = 9;
        long[] sizes = new long[6];
        Engines.sizes(compiled(l), d, sizes);
        assertArrayEquals(new long[] {9, 3, 13, 81, 0, 0}, sizes);
        d[l.slot("N")] = Integer.MAX_VALUE;
        Engines.sizes(compiled(l), d, sizes);
        assertEquals((long) Integer.MAX_VALUE * Integer.MAX_VALUE, sizes[3]);
    }

    @Test
    void sizesThatOverflowThrow() {
        Dim n = Dim.sym("N");
        Program p = Programs.dynamic();
        List<Buffer> b = new ArrayList<>(p.buffers());
        b.set(1, Programs.buffer(1, n.times(n).times(n), Buffer.Kind.ARENA, 0, 5));
        StateLayout l = Programs.layout(Programs.program(b, p.consts(), p.steps(), p.inputs(), p.outputs()));
        int[] d = new int[l.slots()];
        d[l.slot("N")] = Integer.MAX_VALUE;
        assertThrows(ArithmeticException.class, () -> Engines.sizes(compiled(l), d, new long[6]));
    }

    @Test
    void hundredThousandSteps() {
        StateLayout l = Programs.layout(Programs.many(100_000));
        Emitted e = ClassEmitter.emit(l, "test/Model", Lines.NONE, UnaryOperator.identity());
        assertTrue(e.classes().size() > 3);
        e.methods().forEach(m -> assertTrue(m.bytes() <= MethodBudget.AIM + 100, m.toString()));
        Compiled c = InMemoryLoader.load(e);
        State s = Programs.state(l, Map.of());
        State t = Programs.state(l, Map.of());
        Engines.run(c, s);
        t.direct = false;
        Engines.run(c, t);
        assertArrayEquals(s.i, t.i);
        int first = ArenaPlanner.first(Storage.I32);
        s.i[first] = 3;
        Engines.dispatch(c, 77_777, s, 0, 1);
        assertEquals(9 + 177_777, s.i[first]);
    }

    @Test
    void equalStepsOfAVeryLongProgramShareAMethod() {
        Program p = Programs.repeated(StepEmitter.LONG + 1, Set.of());
        compare(p, Map.of(), true);
        compare(p, Map.of(), false);
        List<Emitted.Method> methods = ClassEmitter.emit(Programs.layout(p), "test/Model", Lines.NONE, UnaryOperator.identity()).methods();
        assertEquals(3, methods.stream().filter(m -> m.name().startsWith("same_scale")).count());
        assertTrue(methods.size() < 1000, () -> "" + methods.size());
        // one step less, and each has its own
        Program own = Programs.repeated(StepEmitter.LONG, Set.of());
        assertTrue(ClassEmitter.emit(Programs.layout(own), "test/Model", Lines.NONE, UnaryOperator.identity()).methods().size() > StepEmitter.LONG);
    }

    /** What fails in a shared method is the step that called it: the first line of generated code is that of the step. */
    @Test
    void aSharedMethodSaysWhichStepItWas() {
        int n = StepEmitter.LONG + 1;
        for (int bad : new int[] {7, 12_345}) {
            StateLayout l = Programs.layout(Programs.repeated(n, Set.of(bad, n - 1)));
            Lines lines = new Lines() {
                @Override
                public String sourceFile() {
                    return "test.lir";
                }

                @Override
                public int stepLine(int flat) {
                    return flat + 1;
                }

                @Override
                public int stmtLine(Stmt s) {
                    return 0;
                }
            };
            Compiled c = InMemoryLoader.load(ClassEmitter.emit(l, "test/Model", lines, UnaryOperator.identity()));
            for (boolean direct : new boolean[] {true, false}) {
                State s = Programs.state(l, Map.of());
                s.direct = direct;
                Throwable e = assertThrows(IndexOutOfBoundsException.class, () -> Engines.run(c, s));
                assertEquals(bad + 1, Arrays.stream(e.getStackTrace()).filter(f -> "test.lir".equals(f.getFileName()) && f.getLineNumber() > 0).findFirst().orElseThrow().getLineNumber());
            }
        }
    }

    @Test
    void longExpressionsAreSplit() {
        StateLayout l = Programs.layout(Programs.longDims());
        Emitted e = ClassEmitter.emit(l, "test/Model", Lines.NONE, UnaryOperator.identity());
        e.methods().forEach(m -> assertTrue(m.bytes() <= MethodBudget.AIM + 100, m.toString()));
        for (Map<String, Integer> symbols : List.of(Map.of("N", 1, "M", 1), Map.of("N", 5, "M", 9), Map.of("N", 31, "M", 2))) {
            compare(Programs.longDims(), symbols, true);
            compare(Programs.longDims(), symbols, false);
            int[] d = new int[l.slots()];
            symbols.forEach((name, value) -> d[l.slot(name)] = value);
            long[] sizes = new long[2];
            Engines.sizes(compiled(l), d, sizes);
            assertEquals(l.program().buffers().get(0).size().eval(symbols::get), sizes[0]);
        }
        int[] d = new int[l.slots()];
        d[l.slot("N")] = Integer.MAX_VALUE;
        d[l.slot("M")] = Integer.MAX_VALUE;
        assertThrows(ArithmeticException.class, () -> Engines.sizes(compiled(l), d, new long[2]));
    }

    @Test
    void stepsThatAreNotDispatchedAreRefused() {
        StateLayout l = Programs.layout(Programs.dynamic());
        State s = Programs.state(l, Map.of("N", 5));
        assertThrows(IllegalArgumentException.class, () -> Engines.dispatch(compiled(l), 2, s, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> Engines.dispatch(compiled(l), 4711, s, 0, 1));
    }

    @Test
    void nesting() {
        compare(Programs.nested(900), Map.of(), true);
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> compiled(Programs.layout(Programs.nested(1100))));
        assertEquals("steps are nested deeper than 1000", e.getMessage());
    }

    @Test
    void methodsOverTheLimitAreNamed() {
        IllegalStateException e = assertThrows(IllegalStateException.class,
                () -> ClassEmitter.emitKernels(List.of(Programs.straight(2000)), "test/K", Lines.NONE));
        assertEquals("kernel straight has 19731 bytes of bytecode; the JIT compiles none over 8000", e.getMessage());
        e = assertThrows(IllegalStateException.class,
                () -> ClassEmitter.emitKernels(List.of(Programs.straight(20000)), "test/K", Lines.NONE));
        assertTrue(e.getMessage().startsWith("kernel straight has "), e.getMessage());
    }

    @Test
    void sameInputSameBytes() {
        for (Program p : List.of(Programs.fixed(), Programs.dynamic(), Programs.many(500))) {
            Map<String, byte[]> a = ClassEmitter.emit(p, "test/Model", Lines.NONE).classes();
            Map<String, byte[]> b = ClassEmitter.emit(p, "test/Model", Lines.NONE).classes();
            assertEquals(List.copyOf(a.keySet()), List.copyOf(b.keySet()));
            a.forEach((name, bytes) -> assertArrayEquals(bytes, b.get(name)));
        }
    }

    @Test
    void stepMethodsAreNamedAfterTheirSource() {
        List<Emitted.Method> methods = ClassEmitter.emit(Programs.fixed(), "test/Model", Lines.NONE).methods();
        assertEquals(List.of("scale", "count", "s0_Mul_0", "s1_1st", "s2", "b0", "sizes0"), methods.stream().map(Emitted.Method::name).toList());
        assertEquals("step 0 (Mul/0)", methods.get(2).source());
    }
}
