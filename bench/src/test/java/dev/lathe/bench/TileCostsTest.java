package dev.lathe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.loop.Kernel;
import dev.lathe.compiler.lower.TargetInfo;
import dev.lathe.compiler.lower.TileKernel;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TileCostsTest {
    @Test
    void whatIsMeasuredIsTheProductOfRowsAndPanels() {
        int rows = 4;
        int panels = 2;
        int length = 3;
        Kernel tile = TileKernel.sample(TargetInfo.PORTABLE, rows, panels);
        float[] a = new float[rows * length];
        float[] w = new float[16 * panels * length];
        Arrays.fill(w, 1);
        for (int i = 0; i < a.length; i++) {
            a[i] = i / length + 1;
        }
        float[] o = new float[16 * panels * rows];
        try (KernelTimer timer = new KernelTimer(List.of(tile, TileCosts.repeated(tile, rows, panels)), 1)) {
            timer.measure(1, () -> k -> {
                k.invokeExact(a, 0, w, 0, new float[16 * panels], 0, o, 0, 2, length);
            }, 1);
        }
        for (int i = 0; i < o.length; i++) {
            assertEquals(length * (i / (16 * panels) + 1), o[i]);
        }
    }

    @Test
    void tilesFitTheRegisters() {
        for (TargetInfo t : new TargetInfo[] {TargetInfo.AVX2, TargetInfo.AVX512, TargetInfo.NEON}) {
            assertTrue(TileCosts.tiles(t).stream().allMatch(x -> x[0] * x[1] * 16 / t.lanes() < t.registers()), t.name());
        }
    }
}
