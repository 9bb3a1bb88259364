package dev.lathe.compiler.paddle;

import dev.lathe.compiler.formats.TwinWeights;
import java.nio.file.Path;
import java.nio.charset.StandardCharsets;
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
                        .op("softmax", Map.of("X", "z"), Map.of("Out", "s"), "axis", -1).output("s"), loop(), sequences(), detector()).stream().map(p -> new Saved(p.program(), p.combined())).toList();
    }

    /** A loop that fills an array, and a choice after it. */
    private static TestProgram loop() {
        TestProgram p = new TestProgram().input("x", 0, 1, 2).typed("n", 3, 0, 1).declare("a", 13, 5, -1, 2)
                .op("fill_constant", Map.of(), Map.of("Out", "i"), "shape", new int[] {1}, "dtype", 3, "value", 0f)
                .op("assign", Map.of("X", "x"), Map.of("Out", "s")).op("less_than", Map.of("X", "i", "Y", "n"), Map.of("Out", "c"));
        TestProgram.Block body = p.begin();
        p.declare("t", 7, 5, 1, 2).op("scale", Map.of("X", "s"), Map.of("Out", "t"), "scale", 2f).op("assign", Map.of("X", "t"), Map.of("Out", "s"))
                .op("write_to_array", Map.of("X", "s", "I", "i"), Map.of("Out", "a")).op("increment", Map.of("X", "i"), Map.of("Out", "i"), "step", 1f)
                .op("less_than", Map.of("X", "i", "Y", "n"), Map.of("Out", "c")).end();
        p.op("while", Map.of("X", "s,i,n", "Condition", "c"), Map.of("Out", "s,i,a", "StepScopes", "scopes"), "sub_block", body)
                .op("tensor_array_to_tensor", Map.of("X", "a"), Map.of("Out", "y", "OutIndex", "k"), "axis", 0, "use_stack", false).op("logical_not", Map.of("X", "c"), Map.of("Out", "d"));
        TestProgram.Block then = p.begin();
        p.op("scale", Map.of("X", "s"), Map.of("Out", "b"), "scale", 10f).end();
        return p.op("conditional_block", Map.of("Cond", "d", "Input", "s"), Map.of("Out", "b", "Scope", "s1"), "sub_block", then, "is_scalar_condition", true)
                .output("y").output("b");
    }

    private static TestProgram sequences() {
        return new TestProgram().input("x", 1, -1, 3).parameter("w", new float[] {0.3f, -0.2f, 0.5f}, 1, 3)
                .op("gru", Map.of("Input", "x", "Weight", "w"), Map.of("Hidden", "h"), "origin_mode", false)
                .op("sequence_pool", Map.of("X", "h"), Map.of("Out", "m"), "pooltype", "MAX").output("m");
    }

    private static TestProgram detector() {
        return new TestProgram().input("b", 0, -1, 3, 4).input("s", 0, -1, 3, 3)
                .op("multiclass_nms3", Map.of("BBoxes", "b", "Scores", "s"), Map.of("Out", "y", "Index", "i", "NmsRoisNum", "n"), "background_label", 0,
                        "score_threshold", 0.1f, "nms_top_k", 3, "nms_threshold", 0.5f, "keep_top_k", 2, "normalized", true).output("y").output("n");
    }

    /** Sound programs of version 3; the program is JSON. */
    public static List<Saved> json() {
        return List.of(PirReaderTest.network(), PirReaderTest.control()).stream().map(p -> new Saved(p.text().getBytes(StandardCharsets.UTF_8), p.combined())).toList();
    }

    /** The network of {@link TwinWeights}. @return its program's file */
    public static Path twin(Path folder, TwinWeights w) {
        return new TestProgram().input("x", 0, 1, 3, 8, 8).parameter("w", w.conv(), 8, 3, 3, 3).parameter("b", w.convBias(), 8).parameter("d", w.depth(), 8, 1, 3, 3)
                .parameter("e", w.depthBias(), 8).parameter("f", TwinWeights.turned(w.full(), 5, 16), 16, 5).parameter("g", w.fullBias(), 5)
                .op("conv2d", Map.of("Input", "x", "Filter", "w"), Map.of("Output", "c"), "strides", new int[] {2, 2}, "paddings", new int[] {1, 1}, "dilations", new int[] {1, 1}, "groups", 1)
                .op("elementwise_add", Map.of("X", "c", "Y", "b"), Map.of("Out", "c1"), "axis", 1).op("relu", Map.of("X", "c1"), Map.of("Out", "r"))
                .op("depthwise_conv2d", Map.of("Input", "r", "Filter", "d"), Map.of("Output", "p"), "strides", new int[] {1, 1}, "paddings", new int[] {1, 1},
                        "dilations", new int[] {1, 1}, "groups", 8)
                .op("elementwise_add", Map.of("X", "p", "Y", "e"), Map.of("Out", "p1"), "axis", 1).op("relu6", Map.of("X", "p1"), Map.of("Out", "q"), "threshold", 6f)
                .op("pool2d", Map.of("X", "q"), Map.of("Out", "m"), "pooling_type", "max", "ksize", new int[] {2, 2}, "strides", new int[] {2, 2}, "paddings", new int[] {0, 0})
                .op("nearest_interp", Map.of("X", "m"), Map.of("Out", "u"), "out_h", 4, "out_w", 4, "scale", 0f, "align_corners", false)
                .op("concat", Map.of("X", "q,u"), Map.of("Out", "k"), "axis", 1)
                .op("pool2d", Map.of("X", "k"), Map.of("Out", "a"), "pooling_type", "avg", "ksize", new int[] {1, 1}, "global_pooling", true)
                .op("mul", Map.of("X", "a", "Y", "f"), Map.of("Out", "l"), "x_num_col_dims", 1, "y_num_col_dims", 1)
                .op("elementwise_add", Map.of("X", "l", "Y", "g"), Map.of("Out", "l1"), "axis", 1).op("softmax", Map.of("X", "l1"), Map.of("Out", "y"), "axis", -1)
                .output("y").write(folder, false);
    }

    private static TestProgram added() {
        return new TestProgram().input("x", 0, -1, 2, 2).parameter("w", new float[] {10, 20}, 2).parameter("a", new float[] {1}, 1)
                .op("elementwise_add", Map.of("X", "x", "Y", "w"), Map.of("Out", "y"), "axis", 1)
                .op("elementwise_add", Map.of("X", "y", "Y", "a"), Map.of("Out", "z"), "axis", -1).output("z");
    }
}
