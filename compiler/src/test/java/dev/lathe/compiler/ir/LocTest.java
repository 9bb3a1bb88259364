package dev.lathe.compiler.ir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LocTest {
    @Test
    void joinsWithoutRepetitionInOrder() {
        Loc l = Loc.of("a", "b").and(Loc.of("c", "a")).and(Loc.of("d"));
        assertEquals(List.of("a", "b", "c", "d"), l.names());
        assertEquals(Loc.of("a", "b", "c", "d"), l);
        assertEquals(Loc.of("a", "b", "c", "d").hashCode(), l.hashCode());
        assertNotEquals(Loc.of("a"), l);
        assertEquals("a+b+c+d", l.toString());
        assertSame(l, l.and(Loc.NONE));
        assertSame(l, Loc.NONE.and(l));
    }

    // copying the names at each joint took a minute
    @Test
    void manyAreJoinedInNoTime() {
        assertTimeout(Duration.ofSeconds(5), () -> {
            List<String> names = IntStream.range(0, 200_000).mapToObj(i -> "n" + i).toList();
            Loc left = Loc.NONE;
            Loc right = Loc.NONE;
            for (int i = 0; i < names.size(); i++) {
                left = left.and(Loc.of(names.get(i)));
                right = Loc.of(names.get(names.size() - 1 - i)).and(right);
            }
            assertEquals(names, left.names());
            assertEquals(names, right.names());
        });
    }
}
