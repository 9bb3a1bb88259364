package dev.lathe.compiler.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Target;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Long chains of functions, which are written out where there are vectors: every target takes them, after a contraction, too. */
class ManyFunctionsTest {
    private static final int LENGTH = 70;

    @TestFactory
    Stream<DynamicTest> everyTargetTakesThem() {
        return Stream.of("exp", "expm1", "log", "log1p", "tanh", "erf", "sigmoid", "sin", "sqrt", "softplus")
                .map(op -> DynamicTest.dynamicTest(op, () -> {
                    for (boolean product : new boolean[] {false, true}) {
                        Graph g = Lathe.optimise(chain(op, product));
                        for (Target t : List.of(Target.PORTABLE, Target.AVX2, Target.AVX512, Target.NEON)) {
                            assertEquals(1, Lathe.assemble(List.of(g), List.of("any"), CompilerOptions.DEFAULT.withTargets(List.of(t))).paths().size());
                        }
                    }
                }));
    }

    private static Graph chain(String op, boolean product) {
        GraphBuilder b = new GraphBuilder();
        Value v = b.input("x", Type.tensor(ElementType.F32, 1, 64));
        if (product) {
            v = b.op("matmul", v, b.constant(Tensor.ofFloats(new int[] {64, 64}, new float[64 * 64])));
        }
        for (int i = 0; i < LENGTH; i++) {
            v = switch (op) {
                case "softplus" -> b.op("log1p", b.op("exp", v));
                default -> b.op(op, v);
            };
        }
        return b.finish(op, List.of(v));
    }
}
