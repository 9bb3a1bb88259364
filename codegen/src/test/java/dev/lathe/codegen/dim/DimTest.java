package dev.lathe.codegen.dim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongBinaryOperator;
import org.junit.jupiter.api.Test;

class DimTest {
    private static final Dim H = Dim.sym("H");
    private static final Dim W = Dim.sym("W");

    @Test
    void multiplesOfTheDivisorStandOutside() {
        assertEquals("H+floordiv(W+1,2)+1", H.times(2).plus(W).plus(3).floorDiv(2).toString());
        assertEquals(H.plus(1).floorDiv(2), H.minus(1).floorDiv(2).plus(1));
        assertEquals(H.minus(1).floorDiv(2), H.plus(1).floorDiv(2).minus(1));
        assertEquals("mod(H+W*2,3)", H.plus(W.times(5)).plus(9).mod(Dim.of(3)).toString());
        assertEquals(Dim.of(1), H.times(4).plus(9).mod(Dim.of(4)));
    }

    @Test
    void quotientsOfQuotientsAreOne() {
        Dim d = H;
        for (int i = 0; i < 5; i++) {
            // a convolution of 3 with padding 1 and stride 2
            d = d.minus(1).floorDiv(2).plus(1);
        }
        assertEquals("floordiv(H+31,32)", d.toString());
    }

    @Test
    void theSmallerOfTwoThatCompareIsKnown() {
        Dim open = H.minus(1).floorDiv(2).plus(1);
        // the two bounds of a pooling that rounds up
        assertEquals(open, open.min(H.plus(2).floorDiv(2)));
        assertEquals(H.plus(2).floorDiv(2), open.max(H.plus(2).floorDiv(2)));
        assertEquals(H.minus(3), H.min(H.minus(3)));
        assertEquals("min(H,W)", H.min(W).toString());
    }

    /** An expression and what it is worth at some values of H and W. */
    private record Pair(Dim dim, long[] values) {}

    private static final long[][] AT = {{0, 0}, {1, 5}, {7, 2}, {13, 13}, {224, 31}, {-3, 4}, {-8, -9}};

    private static Pair pair(Dim d, long[] v) {
        return new Pair(d, v);
    }

    private static long[] each(Pair a, Pair b, LongBinaryOperator f) {
        long[] r = new long[AT.length];
        for (int i = 0; i < r.length; i++) {
            r[i] = f.applyAsLong(a.values[i], b.values[i]);
        }
        return r;
    }

    @Test
    void simplerFormsAreWorthTheSame() {
        Random random = new Random(5);
        for (int trial = 0; trial < 400; trial++) {
            List<Pair> all = new ArrayList<>();
            all.add(pair(H, java.util.Arrays.stream(AT).mapToLong(x -> x[0]).toArray()));
            all.add(pair(W, java.util.Arrays.stream(AT).mapToLong(x -> x[1]).toArray()));
            for (int k = 0; k < 12; k++) {
                Pair a = all.get(random.nextInt(all.size()));
                Pair b = all.get(random.nextInt(all.size()));
                long n = 1 + random.nextInt(7);
                long c = random.nextInt(21) - 10;
                Pair p = switch (random.nextInt(7)) {
                    case 0 -> pair(a.dim.plus(b.dim), each(a, b, Long::sum));
                    case 1 -> pair(a.dim.times(c).plus(n), each(a, b, (x, y) -> x * c + n));
                    case 2 -> pair(a.dim.floorDiv(n), each(a, b, (x, y) -> Math.floorDiv(x, n)));
                    case 3 -> pair(a.dim.mod(Dim.of(n)), each(a, b, (x, y) -> Math.floorMod(x, n)));
                    case 4 -> pair(a.dim.plus(c).floorDiv(n).plus(c), each(a, b, (x, y) -> Math.floorDiv(x + c, n) + c));
                    case 5 -> pair(a.dim.min(b.dim), each(a, b, Math::min));
                    default -> pair(a.dim.max(a.dim.floorDiv(n)), each(a, b, (x, y) -> Math.max(x, Math.floorDiv(x, n))));
                };
                all.add(p);
                for (int i = 0; i < AT.length; i++) {
                    long[] at = AT[i];
                    assertEquals(p.values[i], p.dim.eval(s -> s.equals("H") ? at[0] : at[1]), p.dim::toString);
                    assertEquals(p.dim, p.dim.substitute(s -> Dim.sym(s)));
                }
            }
        }
    }
}
