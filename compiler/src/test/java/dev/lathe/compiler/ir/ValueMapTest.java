package dev.lathe.compiler.ir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ValueMapTest {
    private static Value value() {
        return new Value("x", Type.tensor(ElementType.F32, 2));
    }

    @Test
    void itIsTheMapByIdentity() {
        Random random = new Random(7);
        for (int turn = 0; turn < 20; turn++) {
            List<Value> some = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                Value v = value();
                // neighbours, and values far apart
                if (turn % 2 == 0 || random.nextInt(50) == 0) {
                    some.add(v);
                }
            }
            Map<Value, Integer> expected = new IdentityHashMap<>();
            ValueMap<Integer> map = new ValueMap<>(random.nextInt(100));
            for (int i = 0; i < 10_000; i++) {
                Value v = some.get(random.nextInt(some.size()));
                if (random.nextInt(3) == 0) {
                    assertEquals(expected.remove(v), map.remove(v));
                } else {
                    assertEquals(expected.put(v, i), map.put(v, i));
                }
                assertEquals(expected.size(), map.size());
            }
            for (Value v : some) {
                assertEquals(expected.get(v), map.get(v));
                assertEquals(expected.containsKey(v), map.has(v));
            }
        }
    }

    @Test
    void anAbsentOperandIsInNone() {
        ValueMap<String> map = new ValueMap<>();
        assertNull(map.put(null, "x"));
        assertNull(map.get(null));
        assertNull(map.remove(null));
        assertFalse(map.has(null));
        assertTrue(map.isEmpty());
    }

    @Test
    void equalValuesAreTwo() {
        Value a = value();
        ValueSet set = new ValueSet(List.of(a));
        assertTrue(set.has(a));
        assertFalse(set.add(a));
        assertTrue(set.add(value()));
        assertTrue(set.remove(a));
        assertFalse(set.remove(a));
        assertFalse(set.has(a));
    }
}
