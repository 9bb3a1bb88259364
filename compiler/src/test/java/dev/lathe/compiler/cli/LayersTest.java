package dev.lathe.compiler.cli;

import static dev.lathe.compiler.cli.Cli.model;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.interp.ProgramRun;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.Target;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayersTest {
    private static final Tolerance EXACT = new Tolerance(0, 0, false);

    @TempDir
    Path dir;

    @Test
    void everyValueOfTheSourceIsCompared() {
        Cli c = Cli.run("verify", model("conv"), "--layers", "--target", "portable").ok();
        assertTrue(c.out().contains("2 values and 1 outputs agree"), c.out());
        assertTrue(c.out().contains("1 passed, 0 failed"), c.out());
    }

    @Test
    void symbolicDimensionsAreTriedAtTwoSizes() {
        Cli c = Cli.run("verify", model("add"), "--layers", "--target", "portable").ok();
        assertTrue(c.out().contains("{N=2}") && c.out().contains("{N=3}"), c.out());
    }

    @Test
    void recordedInputsAreTaken() {
        Cli c = Cli.run("verify", model("conv"), "--layers", "--target", "portable", "--data", model("conv").getParent()).ok();
        assertTrue(c.out().contains("test_data_set_0"), c.out());
    }

    @Test
    void comparingNothingFails() {
        Cli.run("verify", model("conv"), "--layers", "--data", dir).fails(1, "nothing was compared");
    }

    @Test
    void theFirstOperationThatDepartsIsNamed() {
        Graph g = Lathe.read(model("conv"), ImportOptions.NONE);
        StringWriter out = new StringWriter();
        Layers layers = new Layers(g, EXACT, new PrintWriter(out, true));
        Layers.Trial right = LayerTrials.seeded(g, layers).get(0);
        assertTrue(layers.compare(Target.PORTABLE, 1, List.of(right)), out::toString);
        // as if the compiled convolution, and with it all that follows, were wrong
        List<ProgramRun.Result> other = new ArrayList<>();
        for (ProgramRun.Result r : right.reference()) {
            float[] a = ((float[]) r.array()).clone();
            a[7] += 1;
            a[9] = Float.NaN;
            other.add(new ProgramRun.Result(r.dims(), a));
        }
        assertFalse(layers.compare(Target.PORTABLE, 1, List.of(new Layers.Trial("doctored", right.inputs(), other))));
        String said = out.toString();
        assertTrue(said.contains("FAILED doctored (portable): node \"conv_0\""), said);
        assertTrue(said.contains("the first of 2 values that departs"), said);
        assertTrue(said.contains("NaN: 0 compiled, 1 in the source"), said);
        assertTrue(said.contains("0: 254,"), said);
    }

    @Test
    void departuresAreCountedInUlps() {
        float next = Math.nextUp(1f);
        Departure d = new Departure(dev.lathe.runtime.Tensor.ofFloats(new float[] {1, next, -1, 0f, Float.NaN, Float.POSITIVE_INFINITY}, 6),
                Tensor.ofFloats(new int[] {6}, 1, 1, 1, -0f, Float.NaN, Float.POSITIVE_INFINITY), new Tolerance(10, 10, false));
        assertNull(d.wrong);
        assertEquals(2, d.maxAbs);
        assertTrue(d.report().contains("0: 4, 1: 1,"), d.report());
        assertTrue(d.report().contains("more: 1"), d.report());
        assertTrue(d.report().contains("infinite: 1 compiled, 1 in the source"), d.report());
    }
}
