package dev.lathe.compiler.onnx.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What only moves elements moves those of every type. */
class MovementTest {
    private static Tensor longs(long... v) {
        return Tensor.ofLongs(new int[] {v.length}, v);
    }

    private static Tensor words(int[] dims, String... v) {
        return new Tensor(ElementType.STR, dims, v);
    }

    private static final Tensor WORDS = words(new int[] {2, 2}, "a", "b", "c", "d");

    private static void gives(String want, OneNode n) {
        assertEquals(want, String.join("", n.run(1).get(0).strings()));
    }

    @Test
    void words() {
        gives("acbd", OneNode.of("Transpose", 13).in(WORDS));
        gives("abcdabcd", OneNode.of("Concat", 13).attr("axis", 0).in(WORDS).in(WORDS));
        gives("ababcdcd", OneNode.of("Tile", 13).in(WORDS).in(longs(1, 2)));
        gives("abcdabcd", OneNode.of("Expand", 13).in(WORDS).constant(longs(2, 1, 1)));
        gives("ab cd ", OneNode.of("Pad", 13).in(WORDS).in(longs(0, 0, 0, 1)).in(words(new int[0], " ")));
        gives("abcd", OneNode.of("Pad", 13).in(WORDS).in(longs(1, 0, 0, 0)));
        gives("xbcx", OneNode.of("Where", 16).in(new Tensor(ElementType.BOOL, new int[] {2, 2}, new int[] {0, 1, 1, 0})).in(WORDS).in(words(new int[0], "x")));
        gives("cdab", OneNode.of("Gather", 13).in(WORDS).in(longs(1, 0)));
        gives("d", OneNode.of("GatherND", 13).in(WORDS).constant(longs(1, 1)));
        gives("cb", OneNode.of("GatherElements", 13).in(WORDS).in(Tensor.ofLongs(new int[] {1, 2}, 1, 0)));
        gives("abxd", OneNode.of("ScatterElements", 13).in(WORDS).in(Tensor.ofLongs(new int[] {1, 1}, 1)).in(words(new int[] {1, 1}, "x")));
        gives("dcba", OneNode.of("Slice", 13).in(WORDS).in(longs(-1, -1)).in(longs(-9, -9)).in(longs(0, 1)).in(longs(-1, -1)));
        gives("abcd", OneNode.of("Reshape", 13).in(WORDS).constant(longs(4)));
        gives("aabb", OneNode.of("Resize", 13).in(words(new int[] {2}, "a", "b")).absent().constant(Tensor.ofFloats(new int[] {1}, 2)));
    }

    // all that have a zero and one storage element an element
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"STR", "C64", "C128", "F8E8M0"})
    void numbers(ElementType t) {
        Object data = switch (t.storage()) {
            case F32 -> new float[] {1, 0.5f, 2, 1};
            case F64 -> new double[] {1, 0.5, 2, 1};
            case I32 -> new int[] {1, 0, 1, 1};
            default -> new long[] {1, 0, 7, 1};
        };
        Tensor x = new Tensor(t, new int[] {2, 2}, data);
        Tensor turned = OneNode.of("Transpose", 25).in(x).run(1).get(0);
        assertEquals(t, turned.type());
        assertEquals(x.number(1), turned.number(2));
        Tensor padded = OneNode.of("Pad", 25).in(x).constant(longs(0, 1, 0, 0)).run(1).get(0);
        assertArrayEquals(new int[] {2, 3}, padded.dims());
        assertEquals(x.number(3), padded.number(5));
        assertEquals(0, padded.number(0));
        Tensor edge = OneNode.of("Pad", 25).attr("mode", "edge").in(x).constant(longs(0, 1, 0, 0)).run(1).get(0);
        assertEquals(x.number(2), edge.number(3));
    }
}
