package dev.lathe.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class PathCodeTest {
    /** One buffer of N * N elements. */
    private static PathCode square() {
        Plan p = new Plan();
        p.slots = 2;
        p.symbols = new String[] {"N"};
        p.bufferName = new String[] {"x"};
        p.storage = new int[1];
        p.kind = new int[1];
        p.first = new int[] {-1};
        p.last = new int[] {1};
        p.size = new long[] {-1};
        p.offsetSlot = new int[] {1};
        p.inputs = new Plan.Port[0];
        p.outputs = new Plan.Port[0];
        p.stepName = new String[0];
        p.stepLoc = List.of();
        return new PathCode("any", p, new Compiled() {
            @Override
            protected void run(State s) {}

            @Override
            protected void dispatch(int step, State s, int lo, int hi) {}

            @Override
            protected void sizes(int[] d, long[] sizes) {
                sizes[0] = Math.multiplyExact((long) d[0], (long) d[0]);
            }
        });
    }

    @Test
    void theSixteenShapesUsedLastAreKept() {
        PathCode path = square();
        ArenaPlanner.Plan one = path.layout(new int[] {1, 0});
        for (int n = 2; n <= PathCode.KEPT; n++) {
            path.layout(new int[] {n, 0});
        }
        assertSame(one, path.layout(new int[] {1, 0}));
        assertEquals(PathCode.KEPT, path.planned);
        // 2 is the one not used for longest
        path.layout(new int[] {99, 0});
        assertSame(one, path.layout(new int[] {1, 0}));
        assertEquals(PathCode.KEPT + 1, path.planned);
        path.layout(new int[] {2, 0});
        assertEquals(PathCode.KEPT + 2, path.planned);
        assertEquals(12 + 112, path.layout(new int[] {10, 0}).lengths[0]);
    }

    @Test
    void shapesThatAreTooLargeAreTheCallersFault() {
        String said = assertThrows(BadInputException.class, () -> square().layout(new int[] {50_000, 0})).getMessage();
        assertTrue(said.startsWith("these input dimensions don't work: N=50000: "), said);
    }
}
