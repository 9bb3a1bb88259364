package dev.lathe.compiler.ir.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.program.Program.Range;
import dev.lathe.codegen.text.Source;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.SafetensorsFile;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Graphs survive printing, with and without a side file. */
class GraphTextTest {
    private static Tensor ramp(int n) {
        float[] f = new float[n];
        for (int i = 0; i < n; i++) {
            f[i] = i / 3f;
        }
        return Tensor.ofFloats(new int[] {n}, f);
    }

    private static Value constant(List<Node> nodes, String name, Tensor t) {
        Value v = new Value(name, Type.tensor(t.type(), Arrays.stream(t.dims()).asLongStream().toArray()));
        nodes.add(new Node("const", List.of(), v, Attrs.of("value", t), Loc.of(name)));
        return v;
    }

    private static Graph graph() {
        Value x = new Value("input 0", Type.tensor(ElementType.F32, List.of(Dim.sym("N"), Dim.of(100))));
        Value unused = new Value("s", new Type.SeqType(new Type.OptType(Type.tensor(ElementType.STR, List.of(Dim.sym("?"))))));
        List<Node> nodes = new ArrayList<>();
        Value big = constant(nodes, "big/weight:0", ramp(100));
        Value small = constant(nodes, "small", Tensor.ofLongs(new int[] {}, Long.MIN_VALUE));
        Value same = constant(nodes, "same", Tensor.ofFloats(new int[] {1000}, new float[1000]));
        Value inner = new Value("inner", x.type());
        Node add = new Node("add", List.of(x, big), inner, Attrs.NONE, Loc.of("Add_1"));
        Graph then = new Graph("then", List.of(new Value("i", Type.tensor(ElementType.I64))), List.of(add), List.of(inner));
        Graph otherwise = new Graph("", List.of(), List.of(), List.of(x));
        Value out = new Value("0", x.type());
        Attrs attrs = Attrs.of("table", ramp(40), "little", ramp(2), "to", ElementType.BF16, "d", Dim.of(3), "n", 3, "r", 3.0, "b", false);
        nodes.add(new Node("if", Arrays.asList(small, null, same), Arrays.asList(out, null), attrs, List.of(then, otherwise), Loc.of("If", "b")));
        nodes.add(new Node("sink", List.of(), List.of(), Attrs.of("e", List.of()), List.of(), Loc.NONE));
        return new Graph("g", List.of(x, unused), nodes, List.of(out, x), Map.of("N", new Range(1, 8)));
    }

    @Test
    void inlineConstants() {
        String text = GraphPrinter.print(graph());
        assertTrue(GraphEquality.same(graph(), GraphParser.parse("g.lir", text)), text);
    }

    @Test
    void bigConstantsStandInTheSideFile(@TempDir Path dir) throws Exception {
        SideFile side = new SideFile();
        GraphPrinter.Printed printed = GraphPrinter.print(graph(), "g weights.safetensors", side);
        assertEquals(List.of("big/weight:0", "0.table"), List.copyOf(side.tensors().keySet()));
        SafetensorsFile.write(dir.resolve("g weights.safetensors"), side.tensors(), Map.of());
        Path lir = Files.writeString(dir.resolve("g.lir"), printed.text());
        Graph back = GraphParser.parse(new Source("g.lir", printed.text()), null, GraphParser.sideFiles(lir));
        assertTrue(GraphEquality.same(graph(), back), printed.text());
        Graph g = graph();
        GraphPrinter.Printed again = GraphPrinter.print(g, "w", new SideFile());
        assertEquals(3, again.lines().get(g.nodes().get(0)) - 1);
    }

    @Test
    void aWrongSideFileIsSaid(@TempDir Path dir) {
        SideFile side = new SideFile();
        String text = GraphPrinter.print(graph(), "w.safetensors", side).text();
        side.tensors().remove("0.table");
        side.tensors().put("big/weight:0", ramp(50));
        SafetensorsFile.write(dir.resolve("w.safetensors"), side.tensors(), Map.of());
        String block = message(text, dir.resolve("g.lir"));
        assertTrue(block.contains("the side file has no tensor \"0.table\""), block);
        assertTrue(block.contains("the side file's tensor is f32[50], not f32[100]"), block);
    }

    private static String message(String text, Path beside) {
        LatheException e = assertThrows(
                LatheException.class,
                () -> GraphParser.parse(new Source("g.lir", text), null, beside == null ? null : GraphParser.sideFiles(beside)));
        return e.getMessage();
    }

    @Test
    void equalityLooksAtEverything() {
        Graph g = graph();
        String text = GraphPrinter.print(g);
        List<String[]> changes = List.of(
                new String[] {"@g", "@h"}, new String[] {"1..8", "1..9"}, new String[] {"\"Add_1\"", "\"Add_2\""},
                new String[] {"bf16", "f16"}, new String[] {"n = 3", "n = 4"}, new String[] {"%small, _", "%same, _"},
                new String[] {"splat(0.0)", "splat(-0.0)"}, new String[] {"@then", "@than"}, new String[] {"opt<", "seq<"},
                new String[] {"d = dim(3)", "d = 3"}, new String[] {"r = 3.0", "r = 3"}, new String[] {"return %0, %\"input 0\"", "return %0, %0"});
        for (String[] c : changes) {
            String changed = text.replace(c[0], c[1]).replaceFirst(" -> \\(.*?\\)", "");
            assertFalse(changed.equals(text), c[0]);
            assertFalse(GraphEquality.same(g, GraphParser.parse("g.lir", changed)), c[0]);
        }
    }

    @Test
    void atMostTwentyErrorsAreShown() {
        StringBuilder s = new StringBuilder("lathe 1\ngraph @g() {\n");
        for (int i = 0; i < 30; i++) {
            s.append("  %").append(i).append(": f33[] = relu()\n");
        }
        String m = message(s.append("  return\n}\n").toString(), null);
        assertEquals(20, m.lines().filter(l -> l.startsWith("g.lir:")).count());
        assertTrue(m.endsWith("... and 10 more"), m);
    }

    @Test
    void errorsShowTheLineAndACaret() {
        assertEquals("g.lir:1:1: expected 'lathe 1', the first line of every text in Lathe's IR; found the end of the text\n  \n  ^", message("", null));
        assertEquals(
                "g.lir:3:8: unknown element type f23\n  \t%0: 😀f23[] = relu()".replace("😀", "") + "\n  \t    ^~~\n  help: did you mean f32?",
                message("lathe 1\r\ngraph @g() {\r\n\t%0:   f23[] = relu()\r\nreturn }", null).replace("%0:   f23", "%0: f23").replace("\t      ^", "\t    ^"));
        String far = message("lathe 1\ngraph @g(%x: f32[" + "1,".repeat(5000) + "1]) { %1: f32[] = relu(%y) return }", null);
        assertTrue(far.contains("g.lir:2:") && far.lines().allMatch(l -> l.length() < 200), far);
    }

    @Test
    void hostileTexts() {
        for (String t : new String[] {
            "\u0000", "lathe", "lathe 1", "lathe 1 graph", "lathe 99999999999999999999", "\uD800", "lathe 1\ngraph @g(%x: f32[", "lathe 1 }}}}",
            "lathe 1\ngraph @g() { %a: f32[] = b(", "lathe 1\ngraph @g() {", "lathe 1 weights", "lathe 1 graph @g() { return } trailing", "\"", "lathe 1\ngraph @\"\\u12\"() { return }"
        }) {
            assertTrue(message(t, null).startsWith("g.lir:"), t);
        }
        assertNull(GraphParser.parse("g.lir", "\uFEFFlathe 1\ngraph @g() { () = a(_) return }").nodes().get(0).in(0));
    }
}
