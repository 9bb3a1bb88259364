package dev.lathe.compiler.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.models.Onnx;
import dev.lathe.runtime.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files whose nodes stand in any order. */
class NodeOrderTest {
    @TempDir
    Path dir;

    /** A graph of nodes "OPERATOR OUTPUT INPUT ...". */
    private static Onnx graph(String... nodes) {
        Onnx g = new Onnx("g");
        for (String n : nodes) {
            String[] words = n.split(" ", 3);
            g.node(words[0], "", words[2], words[1]);
        }
        return g;
    }

    private Graph read(Onnx graph) throws IOException {
        graph.input("x", ElementType.F32, 3).input("c", ElementType.BOOL).output("y", ElementType.F32, 3);
        Path file = dir.resolve("model.onnx");
        Files.write(file, graph.bytes());
        return Lathe.read(file, ImportOptions.NONE);
    }

    private static String ops(Graph g) {
        return String.join(" ", g.nodes().stream().map(n -> n.op()).toList());
    }

    @Test
    void nodesAreMovedBehindWhatTheyTake() throws IOException {
        assertEquals("abs neg sqrt", ops(read(graph("Sqrt y b", "Neg b a", "Abs a x"))));
    }

    @Test
    void othersKeepTheirOrder() throws IOException {
        assertEquals("abs neg add", ops(read(graph("Abs a x", "Neg b x", "Add y b a"))));
        assertEquals("neg abs add", ops(read(graph("Add y b a", "Neg b x", "Abs a x"))));
    }

    @Test
    void nestedGraphsTakeWhatIsMadeAroundThem() throws IOException {
        Onnx then = graph("Neg t a").output("t", ElementType.F32, 3);
        Onnx or = graph("Abs e x").output("e", ElementType.F32, 3);
        Onnx choice = new Onnx("g").node("If", "", "c", "y", Onnx.body("then_branch", then), Onnx.body("else_branch", or));
        assertEquals("sqrt if", ops(read(choice.node("Sqrt", "", "x", "a"))));
    }

    @Test
    void aCircleIsRefused() {
        LatheException e = assertThrows(LatheException.class, () -> read(graph("Add y x b", "Neg b a", "Abs a y")));
        assertTrue(e.block().contains("circle"), e.block());
    }
}
