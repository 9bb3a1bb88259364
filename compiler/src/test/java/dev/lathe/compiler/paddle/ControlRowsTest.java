package dev.lathe.compiler.paddle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.compiler.paddle.TestProgram.Block;
import dev.lathe.runtime.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlRowsTest {
    private static final int I64 = 3;
    private static final int F32 = 5;
    private static final int BOOL = 0;
    private static final int ARRAY = 13;

    @TempDir
    Path dir;

    private static Tensor floats(float[] v, int... dims) {
        return Tensor.ofFloats(v, dims);
    }

    @Test
    void loopsCarryWhatTheirBlockChangesAndFillArrays() {
        TestProgram p = new TestProgram().input("x", 0, 1, 2).typed("n", I64, 0, 1).declare("a", ARRAY, F32, -1, 2)
                .op("fill_constant", Map.of(), Map.of("Out", "i"), "shape", new int[] {1}, "dtype", I64, "value", 0f)
                .op("assign", Map.of("X", "x"), Map.of("Out", "s"))
                .op("less_than", Map.of("X", "i", "Y", "n"), Map.of("Out", "c"));
        Block body = p.begin();
        p.declare("t", 7, F32, 1, 2)
                .op("scale", Map.of("X", "s"), Map.of("Out", "t"), "scale", 2f)
                .op("assign", Map.of("X", "t"), Map.of("Out", "s"))
                .op("write_to_array", Map.of("X", "s", "I", "i"), Map.of("Out", "a"))
                .op("increment", Map.of("X", "i"), Map.of("Out", "i"), "step", 1f)
                .op("less_than", Map.of("X", "i", "Y", "n"), Map.of("Out", "c")).end();
        p.op("while", Map.of("X", "s,i,n", "Condition", "c"), Map.of("Out", "s,i,a", "StepScopes", "scopes"), "sub_block", body)
                .op("lod_array_length", Map.of("X", "a"), Map.of("Out", "l"))
                .op("tensor_array_to_tensor", Map.of("X", "a"), Map.of("Out", "y", "OutIndex", "k"), "axis", 0, "use_stack", false)
                .op("fill_constant", Map.of(), Map.of("Out", "one"), "shape", new int[] {1}, "dtype", I64, "value", 1f)
                .op("read_from_array", Map.of("X", "a", "I", "one"), Map.of("Out", "second"))
                .output("s").output("l").output("y").output("second");
        List<Tensor> y = p.run(dir, "x", floats(new float[] {1, -3}, 1, 2), "n", Tensor.ofLongs(new long[] {3}, 1));
        assertArrayEquals(new float[] {8, -24}, y.get(0).toFloats());
        assertArrayEquals(new long[] {3}, y.get(1).toLongs());
        assertEquals(floats(new float[] {2, -6, 4, -12, 8, -24}, 3, 2), y.get(2));
        assertEquals(floats(new float[] {4, -12}, 1, 2), y.get(3));
    }

    @Test
    void aLoopPutsWhatItFindsBehindWhatItsArrayHas() {
        // as PicoDet goes through its pictures: the array is first named by a block that asks how long it is
        TestProgram p = new TestProgram().input("x", 0, -1, 2).declare("a", ARRAY, F32, 2)
                .op("fill_constant", Map.of(), Map.of("Out", "i"), "shape", new int[] {1}, "dtype", I64, "value", 0f)
                .op("fill_constant", Map.of(), Map.of("Out", "one"), "shape", new int[] {1}, "dtype", I64, "value", 1f)
                .op("shape", Map.of("Input", "x"), Map.of("Out", "all"))
                .op("slice", Map.of("Input", "all"), Map.of("Out", "rows"), "axes", new int[] {0}, "starts", new int[] {0}, "ends", new int[] {1})
                .op("cast", Map.of("X", "rows"), Map.of("Out", "n"), "in_dtype", 2, "out_dtype", I64)
                .op("less_than", Map.of("X", "i", "Y", "n"), Map.of("Out", "c"));
        Block body = p.begin();
        p.op("gather", Map.of("X", "x", "Index", "i"), Map.of("Out", "row"))
                .op("squeeze2", Map.of("X", "row"), Map.of("Out", "flat"), "axes", new int[] {0})
                .op("scale", Map.of("X", "flat"), Map.of("Out", "last"), "scale", 2f)
                .op("lod_array_length", Map.of("X", "a"), Map.of("Out", "l"))
                .op("write_to_array", Map.of("X", "last", "I", "l"), Map.of("Out", "a"))
                .op("elementwise_add", Map.of("X", "i", "Y", "one"), Map.of("Out", "i"))
                .op("less_than", Map.of("X", "i", "Y", "n"), Map.of("Out", "c")).end();
        p.op("while", Map.of("X", "x,i,one,n", "Condition", "c"), Map.of("Out", "i,a,last", "StepScopes", "scopes"), "sub_block", body)
                .op("tensor_array_to_tensor", Map.of("X", "a"), Map.of("Out", "y", "OutIndex", "k"), "axis", 0, "use_stack", true)
                .output("y").output("last");
        List<Tensor> y = p.run(dir, "x", floats(new float[] {1, -3, 2, 5, 7, 0}, 3, 2));
        assertEquals(floats(new float[] {2, -6, 4, 10, 14, 0}, 3, 2), y.get(0));
        assertEquals(floats(new float[] {14, 0}, 2), y.get(1));
    }

    private TestProgram chosen() {
        TestProgram p = new TestProgram().input("x", 0, -1).input("limit", 0, 1)
                .op("reduce_sum", Map.of("X", "x"), Map.of("Out", "sum"), "reduce_all", true, "keep_dim", true)
                .op("greater_than", Map.of("X", "sum", "Y", "limit"), Map.of("Out", "c"))
                .op("logical_not", Map.of("X", "c"), Map.of("Out", "d"));
        Block then = p.begin();
        p.op("scale", Map.of("X", "x"), Map.of("Out", "a"), "scale", 10f).end();
        p.op("conditional_block", Map.of("Cond", "c", "Input", "x"), Map.of("Out", "a", "Scope", "s1"), "sub_block", then, "is_scalar_condition", true);
        Block otherwise = p.begin();
        p.op("concat", Map.of("X", "x,x"), Map.of("Out", "b"), "axis", 0).end();
        return p.op("conditional_block", Map.of("Cond", "d", "Input", "x"), Map.of("Out", "b", "Scope", "s2"), "sub_block", otherwise, "is_scalar_condition", true)
                .op("cast", Map.of("X", "c"), Map.of("Out", "m"), "in_dtype", BOOL, "out_dtype", 2)
                .op("select_input", Map.of("X", "b,a", "Mask", "m"), Map.of("Out", "y")).output("y");
    }

    @Test
    void oneOfTwoBlocksGivesTheValue() {
        Tensor x = floats(new float[] {1, 2}, 2);
        assertEquals(floats(new float[] {10, 20}, 2), chosen().run(dir, "x", x, "limit", floats(new float[] {2}, 1)).get(0));
        assertEquals(floats(new float[] {1, 2, 1, 2}, 4), chosen().run(dir, "x", x, "limit", floats(new float[] {4}, 1)).get(0));
    }

    @Test
    void aBlockThatIsNotRunLeavesItsVariablesAlone() {
        TestProgram p = new TestProgram().input("x", 0, 2).typed("c", BOOL, 0, 1).op("assign", Map.of("X", "x"), Map.of("Out", "y"));
        Block body = p.begin();
        p.op("scale", Map.of("X", "y"), Map.of("Out", "y"), "scale", -1f).end();
        p.op("conditional_block", Map.of("Cond", "c", "Input", "x"), Map.of("Out", "y", "Scope", "s"), "sub_block", body, "is_scalar_condition", true).output("y");
        Tensor x = floats(new float[] {1, 2}, 2);
        assertEquals(x, p.run(dir, "x", x, "c", Tensor.ofBooleans(new boolean[] {false}, 1)).get(0));
        assertArrayEquals(new float[] {-1, -2}, TestProgram.run(dir.resolve("net.pdmodel"), List.of("y"), "x", x, "c", Tensor.ofBooleans(new boolean[] {true}, 1)).get(0).toFloats());
    }

    @Test
    void rowsAreSplitByAMaskAndMerged() {
        TestProgram p = new TestProgram().input("x", 0, -1, 1).typed("m", BOOL, 0, -1, 1)
                .op("split_lod_tensor", Map.of("X", "x", "Mask", "m"), Map.of("OutTrue", "t", "OutFalse", "f"))
                .op("scale", Map.of("X", "t"), Map.of("Out", "t2"), "scale", 10f)
                .op("merge_lod_tensor", Map.of("X", "x", "Mask", "m", "InTrue", "t2", "InFalse", "f"), Map.of("Out", "y")).output("y").output("f");
        List<Tensor> y = p.run(dir, "x", floats(new float[] {1, 2, 3, 4}, 4, 1), "m", Tensor.ofBooleans(new boolean[] {true, false, false, true}, 4, 1));
        assertArrayEquals(new float[] {10, 2, 3, 40}, y.get(0).toFloats());
        assertArrayEquals(new float[] {2, 3}, y.get(1).toFloats());
    }

    @Test
    void stepsOfSequencesGoThroughABlockTheLongestFirst() {
        // the running sum of each sequence, as DynamicRNN writes it
        TestProgram p = new TestProgram().input("x", 1, -1, 1).declare("in", ARRAY, F32, -1, 1).declare("out", ARRAY, F32, -1, 1)
                .op("lod_rank_table", Map.of("X", "x"), Map.of("Out", "table"), "level", 0)
                .op("max_sequence_len", Map.of("RankTable", "table"), Map.of("Out", "most"))
                .op("lod_tensor_to_array", Map.of("X", "x", "RankTable", "table"), Map.of("Out", "in"))
                .op("fill_constant", Map.of(), Map.of("Out", "i"), "shape", new int[] {1}, "dtype", I64, "value", 0f)
                .op("fill_constant_batch_size_like", Map.of("Input", "table"), Map.of("Out", "h"), "shape", new int[] {-1, 1}, "dtype", F32, "value", 0f)
                .op("less_than", Map.of("X", "i", "Y", "most"), Map.of("Out", "c"));
        Block body = p.begin();
        for (String local : new String[] {"step", "left"}) {
            p.declare(local, 7, F32, -1, 1);
        }
        p.op("read_from_array", Map.of("X", "in", "I", "i"), Map.of("Out", "step"))
                .op("shrink_rnn_memory", Map.of("X", "h", "I", "i", "RankTable", "table"), Map.of("Out", "left"))
                .op("elementwise_add", Map.of("X", "left", "Y", "step"), Map.of("Out", "h"))
                .op("write_to_array", Map.of("X", "h", "I", "i"), Map.of("Out", "out"))
                .op("increment", Map.of("X", "i"), Map.of("Out", "i"), "step", 1f)
                .op("less_than", Map.of("X", "i", "Y", "most"), Map.of("Out", "c")).end();
        p.op("while", Map.of("X", "h,i", "Condition", "c"), Map.of("Out", "h,i,out", "StepScopes", "scopes"), "sub_block", body)
                .op("array_to_lod_tensor", Map.of("X", "out", "RankTable", "table"), Map.of("Out", "y"))
                .op("sequence_pool", Map.of("X", "y"), Map.of("Out", "last"), "pooltype", "LAST").output("y").output("last");
        List<Tensor> y = p.run(dir, "x", floats(new float[] {1, 2, 3, 4, 5, 6}, 6, 1), "x.lod", Tensor.ofLongs(new long[] {0, 2, 5, 6}, 4));
        assertArrayEquals(new float[] {1, 3, 3, 7, 12, 6}, y.get(0).toFloats());
        assertArrayEquals(new float[] {3, 12, 6}, y.get(1).toFloats());
    }

    @Test
    void aBlockForEachStepSeesWhatTheOneBeforeLeft() {
        TestProgram p = new TestProgram().input("x", 0, 3, 2).input("h0", 0, 2);
        Block body = p.begin();
        p.op("elementwise_add", Map.of("X", "x", "Y", "before"), Map.of("Out", "h"))
                .op("scale", Map.of("X", "h"), Map.of("Out", "y"), "scale", 2f).end();
        p.op("recurrent", Map.of("inputs", "x", "initial_states", "h0"), Map.of("outputs", "y", "step_scopes", "s"), "sub_block", body,
                "ex_states", new String[] {"before"}, "states", new String[] {"h"}, "reverse", true).output("y");
        Tensor y = p.run(dir, "x", floats(new float[] {1, 10, 2, 20, 3, 30}, 3, 2), "h0", floats(new float[] {100, 0}, 2)).get(0);
        assertEquals(floats(new float[] {212, 120, 210, 100, 206, 60}, 3, 2), y);
    }

    private static String refused(Path program) {
        return assertThrows(LatheException.class, () -> Lathe.read(program, ImportOptions.NONE)).block();
    }

    @Test
    void blocksThatContainThemselvesAreRefused() {
        TestProgram p = new TestProgram().typed("c", BOOL, 0, 1);
        Block body = p.begin();
        p.op("while", Map.of("Condition", "c"), Map.of("Out", "c"), "sub_block", body).end();
        p.op("while", Map.of("Condition", "c"), Map.of("Out", "c"), "sub_block", body).output("c");
        assertTrue(refused(p.write(dir, false)).contains("contain"));
        TestProgram q = new TestProgram().typed("c", BOOL, 0, 1).op("while", Map.of("Condition", "c"), Map.of("Out", "c"), "sub_block", new Block(7)).output("c");
        assertTrue(refused(q.write(dir, false)).contains("no block 7"));
    }
}
