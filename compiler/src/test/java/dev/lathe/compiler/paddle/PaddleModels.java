package dev.lathe.compiler.paddle;

import java.util.List;
import java.util.Map;

/** Small programs in PaddlePaddle's format. */
public final class PaddleModels {
    /** @param parameters all in one file, as {@code .pdiparams} */
    public record Saved(byte[] program, byte[] parameters) {}

    private PaddleModels() {}

    /** Sound programs, for those that damage them. */
    public static List<Saved> all() {
        return List.of(added(), new TestProgram().input("x", 0, 1, 2, 5, 5).parameter("w", new float[36], 2, 2, 3, 3)
                .op("conv2d", Map.of("Input", "x", "Filter", "w"), Map.of("Output", "y"), "strides", new int[] {1, 1}, "paddings", new int[] {1, 1},
                        "dilations", new int[] {1, 1}, "groups", 1)
                .op("pool2d", Map.of("X", "y"), Map.of("Out", "z"), "pooling_type", "avg", "ksize", new int[] {1, 2}, "adaptive", true).output("z"),
                new TestProgram().input("x", 0, -1, 4, 3).op("reshape2", Map.of("X", "x"), Map.of("Out", "y"), "shape", new int[] {0, -1, 2})
                        .op("transpose2", Map.of("X", "y"), Map.of("Out", "z"), "axis", new int[] {1, 0, 2})
                        .op("softmax", Map.of("X", "z"), Map.of("Out", "s"), "axis", -1).output("s")).stream().map(p -> new Saved(p.program(), p.combined())).toList();
    }

    private static TestProgram added() {
        return new TestProgram().input("x", 0, -1, 2, 2).parameter("w", new float[] {10, 20}, 2).parameter("a", new float[] {1}, 1)
                .op("elementwise_add", Map.of("X", "x", "Y", "w"), Map.of("Out", "y"), "axis", 1)
                .op("elementwise_add", Map.of("X", "y", "Y", "a"), Map.of("Out", "z"), "axis", -1).output("z");
    }
}
