package dev.lathe.compiler.lower;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PanelsTest {
    @Test
    void panelsCoverEveryColumnAndEndAtTheLast() {
        for (int n = 1; n <= 100; n++) {
            Panels p = Panels.of(n);
            Set<Integer> seen = new HashSet<>();
            for (int s : p.starts()) {
                assertTrue(s >= 0 && s + p.width() <= n, n + " columns: a panel at " + s);
                for (int j = 0; j < p.width(); j++) {
                    seen.add(s + j);
                }
            }
            assertEquals(n, seen.size());
        }
    }

    @Test
    void blocksHoldEachPanelOnceAndKeepOverlappingPanelsTogether() {
        for (int n = 1; n <= 200; n++) {
            Panels p = Panels.of(n);
            for (int most = 1; most <= 4; most++) {
                int next = 0;
                Panels.Block last = null;
                for (Panels.Block b : p.blocks(most)) {
                    assertEquals(next, b.first(), n + " columns by " + most);
                    assertTrue(b.panels() <= Math.max(2, most));
                    next += b.panels() * b.repeat();
                    last = b;
                }
                assertEquals(p.count(), next);
                if (p.overlap() && p.count() > 1) {
                    assertTrue(last.panels() >= 2 && last.repeat() == 1, n + " columns by " + most + ": " + last);
                }
            }
        }
    }

    @Test
    void packingPutsColumnsOfAPanelSideBySide() {
        Panels p = Panels.of(18);
        float[] to = new float[p.packedSize(2)];
        p.pack(2, (row, column) -> row * 100 + column, to, 0);
        assertEquals(64, to.length);
        assertArrayEquals(new float[] {0, 1, 15, 100, 115, 2, 17, 102, 117},
                new float[] {to[0], to[1], to[15], to[16], to[31], to[32], to[47], to[48], to[63]});
    }

    @Test
    void noTileHasOnePanelWhereThereAreMore() {
        for (int n = 1; n <= 400; n++) {
            Panels p = Panels.of(n);
            for (int most = 2; most <= 4; most++) {
                int next = 0;
                Panels.Block last = null;
                for (Panels.Block b : p.tiles(most)) {
                    assertEquals(next, b.first(), n + " columns by " + most);
                    assertTrue(b.panels() <= Math.max(3, most) && (b.panels() > 1 || p.count() == 1), n + " columns by " + most + ": " + b);
                    next += b.panels() * b.repeat();
                    last = b;
                }
                assertEquals(p.count(), next);
                assertTrue(!p.overlap() || last.repeat() == 1, n + " columns by " + most + ": " + last);
            }
        }
    }
}
