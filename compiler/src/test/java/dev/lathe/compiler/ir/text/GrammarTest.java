package dev.lathe.compiler.ir.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.lathe.codegen.text.ProgramParser;
import dev.lathe.codegen.text.TextException;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.filetests.FileTests;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.grammar.LatheLexer;
import dev.lathe.grammar.LatheParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.DiagnosticErrorListener;
import org.antlr.v4.runtime.Parser;
import org.antlr.v4.runtime.atn.ATNConfigSet;
import org.antlr.v4.runtime.atn.PredictionMode;
import org.antlr.v4.runtime.dfa.DFA;
import org.junit.jupiter.api.Test;

/** The grammar is unambiguous, fast on long texts and safe on deep ones. */
class GrammarTest {
    /** Life is too short to think about what an inexact ambiguity might mean. */
    @Test
    void noTextIsAmbiguous() throws Exception {
        for (Path p : FileTests.files()) {
            String text = Files.readString(p);
            LatheParser parser = new LatheParser(new CommonTokenStream(new LatheLexer(CharStreams.fromString(text))));
            parser.removeErrorListeners();
            parser.addErrorListener(new DiagnosticErrorListener(true) {
                @Override
                public void reportAmbiguity(Parser r, DFA dfa, int start, int stop, boolean exact, BitSet alts, ATNConfigSet configs) {
                    fail(p + ": ambiguous: " + getDecisionDescription(r, dfa) + " at " + r.getTokenStream().get(start).getLine());
                }

                @Override
                public void reportContextSensitivity(Parser r, DFA dfa, int start, int stop, int prediction, ATNConfigSet configs) {
                    fail(p + ": beyond SLL: " + getDecisionDescription(r, dfa));
                }
            });
            parser.getInterpreter().setPredictionMode(PredictionMode.LL_EXACT_AMBIG_DETECTION);
            if (text.contains("\nprogram ")) {
                parser.program();
            } else {
                parser.model();
            }
        }
    }

    @Test
    void aHundredThousandOperations() {
        int n = 100_000;
        StringBuilder s = new StringBuilder("lathe 1\ngraph @long(%x: f32[N,16,32,32]) {\n");
        for (int i = 0; i < n; i++) {
            s.append("  %v").append(i).append(": f32[N,16,32,32] = conv(%").append(i == 0 ? "x" : "v" + (i - 1));
            s.append(", %x, _) {pads = [1,1,1,1], strides = [2,2]} loc(\"Conv_").append(i).append("\")\n");
        }
        s.append("  return %v").append(n - 1).append("\n}\n");
        // a parser that looks at all operations for each would take many minutes
        Graph g = GraphParser.parse("long.lir", s.toString());
        assertEquals(n, g.nodes().size());
        assertEquals(s.length(), GraphPrinter.print(g).length() - " -> (%v99999)".length());
    }

    private static String nested(int depth) {
        String open = "%\u0000: f32[] = if(%x) ({\n";
        StringBuilder s = new StringBuilder("lathe 1\ngraph @deep(%x: bool[]) {\n");
        for (int i = 0; i < depth; i++) {
            s.append(open.replace("\u0000", "v" + i));
        }
        s.append("yield %x\n".replace("yield", depth == 0 ? "return" : "yield"));
        for (int i = depth - 1; i >= 0; i--) {
            s.append("})\n").append(i == 0 ? "return %v" : "yield %v").append(i).append('\n');
        }
        return s.append("}\n").toString();
    }

    @Test
    void deepRegions() {
        Graph g = GraphParser.parse("deep.lir", nested(400));
        assertTrue(GraphEquality.same(g, GraphParser.parse("deep.lir", GraphPrinter.print(g))));
        LatheException e = assertThrows(LatheException.class, () -> GraphParser.parse("deep.lir", nested(20_000)));
        assertTrue(e.getMessage().contains("nested too deeply"), e.getMessage());
    }

    @Test
    void deepParentheses() {
        String dim = "lathe 1\ngraph @g(%x: f32[" + "(".repeat(20_000) + "1" + ")".repeat(20_000) + "]) { return }";
        assertTrue(assertThrows(LatheException.class, () -> GraphParser.parse("d.lir", dim)).getMessage().contains("nested too deeply"));
        String unclosed = "lathe 1\ngraph @g(%x: f32[" + "(".repeat(20_000);
        assertTrue(assertThrows(LatheException.class, () -> GraphParser.parse("d.lir", unclosed)).getMessage().contains("nested too deeply"));
        String seq = "lathe 1\ngraph @g(%x: " + "seq<".repeat(20_000) + "f32[]" + ">".repeat(20_000) + ") { return }";
        assertTrue(assertThrows(LatheException.class, () -> GraphParser.parse("d.lir", seq)).getMessage().contains("nested too deeply"));
    }

    @Test
    void deepExpressions() {
        ProgramParser.parse("k.lir", kernel("(".repeat(500) + "1" + ")".repeat(500)));
        ProgramParser.parse("k.lir", kernel("1" + " + 1".repeat(900)));
        for (String e : new String[] {
            "(".repeat(20_000) + "1" + ")".repeat(20_000), "-".repeat(20_000) + "%n", "1" + " + 1".repeat(20_000), "abs(".repeat(20_000), "%a[".repeat(20_000)
        }) {
            TextException x = assertThrows(TextException.class, () -> ProgramParser.parse("k.lir", kernel(e)));
            assertTrue(x.getMessage().contains("nested too deeply"), x.getMessage());
        }
    }

    private static String kernel(String expr) {
        return "lathe 1\nprogram @p target portable {\nkernel @k(%n: i32) {\nlet %x = " + expr + "\n}\n}\n";
    }
}
