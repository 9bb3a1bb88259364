package dev.lathe.compiler.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** 100 to 400 times one operation in a row: kernels are cut where the JIT would take none of them, on every target alike, and the bits stay. */
class ManyOperationsTest {
    private static final ElementType F32 = ElementType.F32;
    private static final ElementType I32 = ElementType.I32;

    /** Vectors of every length, and a rest. */
    private static final int ELEMENTS = 71;

    private static final List<String> FLOATS = List.of("neg", "abs", "sign", "floor", "ceil", "round", "sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tan",
            "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "sigmoid", "relu", "add", "sub", "mul", "div", "mod", "fmod", "pow", "min", "max",
            "prelu", "atan2", "where", "fma", "is_nan", "is_inf", "eq", "ne", "lt", "le", "gt", "ge");
    private static final List<String> INTS = List.of("abs", "sign", "add", "mul", "div", "mod", "fmod", "pow", "min", "max", "and", "or", "xor", "not", "shl", "shr", "where", "eq", "lt");

    /** There and back again. */
    private static final Map<ElementType, List<ElementType>> CASTS = Map.of(F32, List.of(I32, ElementType.I64, ElementType.F64, ElementType.BOOL, ElementType.U8, ElementType.BF16),
            I32, List.of(ElementType.F16, ElementType.I8, ElementType.F64), ElementType.F16, List.of(ElementType.BF16, ElementType.BOOL), ElementType.F64, List.of(ElementType.I64, I32));

    /** One operation, or two for a cast there and back, again and again. */
    private record Chain(String op, ElementType type, ElementType by) {
        String name() {
            return op + " " + type.text() + (by == null ? "" : " " + by.text());
        }

        /** The same number each time, and others for other chains. */
        int length() {
            return 100 + new Random(name().hashCode()).nextInt(301);
        }

        Graph graph() {
            GraphBuilder b = new GraphBuilder();
            Value v = b.input("x", Type.tensor(type, ELEMENTS));
            Value y = b.input("y", Type.tensor(type, ELEMENTS));
            Value less = b.op("neg", y);
            for (int i = 0; i < length(); i++) {
                v = step(b, v, y, less);
            }
            return b.finish("chain", List.of(v));
        }

        private Value step(GraphBuilder b, Value v, Value y, Value less) {
            return switch (op) {
                case "cast", "bitcast" -> b.op("add", b.op(op, Attrs.of("to", type), b.op(op, Attrs.of("to", by), v)), y);
                case "where" -> b.op("where", b.op("lt", v, y), less, v);
                case "fma" -> b.op("fma", v, y, less);
                case "is_nan", "is_inf" -> b.op("where", b.op(op, v), y, b.op("sqrt", v));
                case "eq", "ne", "lt", "le", "gt", "ge" -> b.op("where", b.op(op, v, y), b.op("sub", v, y), less);
                // those that undo themselves, or do nothing the second time
                case "neg", "abs", "sign", "floor", "ceil", "round", "relu", "not" -> b.op("sub", b.op(op, v), y);
                default -> OpTable.get(op).minIn() == 2 ? b.op(op, v, y) : b.op(op, v);
            };
        }
    }

    private static Stream<Chain> all() {
        List<Chain> r = new ArrayList<>();
        FLOATS.forEach(op -> r.add(new Chain(op, F32, null)));
        List.of("exp", "add", "floor", "lt", "prelu").forEach(op -> r.add(new Chain(op, ElementType.BF16, null)));
        List.of("exp", "pow", "lt").forEach(op -> r.add(new Chain(op, ElementType.F64, null)));
        for (ElementType t : List.of(I32, ElementType.I64, ElementType.I8)) {
            INTS.forEach(op -> r.add(new Chain(op, t, null)));
        }
        CASTS.forEach((t, to) -> to.forEach(m -> r.add(new Chain("cast", t, m))));
        r.add(new Chain("bitcast", F32, I32));
        return r.stream();
    }

    @Test
    void noOperationIsLeftOut() {
        Set<String> tried = new TreeSet<>(Set.of("map", "join"));
        all().forEach(c -> tried.add(c.op));
        Set<String> there = new TreeSet<>();
        OpTable.all().stream().filter(o -> o.kind() == Op.Kind.ELEMENTWISE).forEach(o -> there.add(o.name()));
        assertEquals(there, tried);
    }

    @TestFactory
    Stream<DynamicTest> everyTargetGivesTheSame() {
        List<Target> here = Bits.targets(new Chain("add", F32, null).graph());
        return all().map(c -> DynamicTest.dynamicTest(c.name() + " " + c.length(), () -> check(c, here)));
    }

    private static void check(Chain c, List<Target> here) {
        Graph g = Lathe.optimise(c.graph());
        List<String> results = new ArrayList<>();
        for (Target t : Target.values()) {
            JarContents jar = Lathe.assemble(List.of(g), List.of("any"), CompilerOptions.DEFAULT.withTargets(List.of(t)));
            if (here.contains(t)) {
                results.add(run(c, t, jar));
            }
        }
        assertEquals(1, Set.copyOf(results).size(), results::toString);
    }

    private static String run(Chain c, Target t, JarContents jar) {
        try (Model m = Model.of(JarWriter.image(jar), jar.id(), ModelOptions.DEFAULT.withTarget(t)); Session s = m.newSession()) {
            s.set("x", input(c.type, 1));
            s.set("y", input(c.type, 2));
            s.run();
            dev.lathe.runtime.Tensor out = (dev.lathe.runtime.Tensor) s.outputValue(m.outputs().get(0).name());
            // a text has one NaN, as is promised: which it is the processor decides
            return switch (c.type.storage()) {
                case F32 -> Arrays.toString(out.toFloats());
                case F64 -> Arrays.toString(out.toDoubles());
                case I32 -> Arrays.toString(out.toInts());
                case I64 -> Arrays.toString(out.toLongs());
                case REF -> throw new IllegalArgumentException("no text");
            };
        }
    }

    // whole and broken numbers of both signs, none of them 0
    private static dev.lathe.runtime.Tensor input(ElementType t, int seed) {
        Random r = new Random(seed);
        Object data = switch (t.storage()) {
            case F32 -> new float[ELEMENTS];
            case F64 -> new double[ELEMENTS];
            case I32 -> new int[ELEMENTS];
            case I64 -> new long[ELEMENTS];
            case REF -> throw new IllegalArgumentException("no text");
        };
        Tensor n = new Tensor(t, new int[] {ELEMENTS}, data);
        for (int i = 0; i < ELEMENTS; i++) {
            int whole = (1 + r.nextInt(5)) * (r.nextBoolean() ? 1 : -1);
            float broken = whole * 0.37f + r.nextFloat() * 0.1f;
            switch (t.storage()) {
                case F32 -> n.floats()[i] = t == F32 ? broken : whole;
                case F64 -> n.doubles()[i] = broken;
                case I32 -> n.ints()[i] = whole;
                case I64 -> n.longs()[i] = whole;
                case REF -> throw new IllegalArgumentException("no text");
            }
        }
        return dev.lathe.runtime.Tensor.of(t, n.data(), ELEMENTS);
    }
}
