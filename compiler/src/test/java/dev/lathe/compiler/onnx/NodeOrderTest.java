package dev.lathe.compiler.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.onnx.proto.WireWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files whose nodes stand in any order. */
class NodeOrderTest {
    @TempDir
    Path dir;

    private static WireWriter info(String name, int type, long... dims) {
        WireWriter shape = new WireWriter();
        for (long d : dims) {
            shape.message(1, new WireWriter().int64(1, d));
        }
        return new WireWriter().string(1, name).message(2, new WireWriter().message(1, new WireWriter().int64(1, type).message(2, shape)));
    }

    private static WireWriter node(String op, String out, String... in) {
        WireWriter w = new WireWriter();
        for (String i : in) {
            w.string(1, i);
        }
        return w.string(2, out).string(4, op);
    }

    private static WireWriter graph(WireWriter... nodes) {
        WireWriter g = new WireWriter();
        for (WireWriter n : nodes) {
            g.message(1, n);
        }
        return g.string(2, "g");
    }

    private Graph read(WireWriter... nodes) throws IOException {
        WireWriter g = graph(nodes).message(11, info("x", 1, 3)).message(11, info("c", 9)).message(12, info("y", 1, 3));
        Path file = dir.resolve("model.onnx");
        Files.write(file, new WireWriter().int64(1, 8).message(7, g).message(8, new WireWriter().string(1, "").int64(2, 13)).toBytes());
        return Lathe.read(file, new ImportOptions(Map.of(), false, Map.of()));
    }

    private static String ops(Graph g) {
        return String.join(" ", g.nodes().stream().map(n -> n.op()).toList());
    }

    @Test
    void nodesAreMovedBehindWhatTheyTake() throws IOException {
        assertEquals("abs neg sqrt", ops(read(node("Sqrt", "y", "b"), node("Neg", "b", "a"), node("Abs", "a", "x"))));
    }

    @Test
    void othersKeepTheirOrder() throws IOException {
        assertEquals("abs neg add", ops(read(node("Abs", "a", "x"), node("Neg", "b", "x"), node("Add", "y", "b", "a"))));
        assertEquals("neg abs add", ops(read(node("Add", "y", "b", "a"), node("Neg", "b", "x"), node("Abs", "a", "x"))));
    }

    @Test
    void nestedGraphsTakeWhatIsMadeAroundThem() throws IOException {
        WireWriter then = graph(node("Neg", "t", "a")).message(12, info("t", 1, 3));
        WireWriter or = graph(node("Abs", "e", "x")).message(12, info("e", 1, 3));
        WireWriter choice = node("If", "y", "c").message(5, new WireWriter().string(1, "then_branch").message(6, then).int64(20, 5))
                .message(5, new WireWriter().string(1, "else_branch").message(6, or).int64(20, 5));
        assertEquals("sqrt if", ops(read(choice, node("Sqrt", "a", "x"))));
    }

    @Test
    void aCircleIsRefused() {
        LatheException e = assertThrows(LatheException.class, () -> read(node("Add", "y", "x", "b"), node("Neg", "b", "a"), node("Abs", "a", "y")));
        assertTrue(e.block().contains("circle"), e.block());
    }
}
