package dev.lathe.compiler.filetests;

import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.text.ProgramEquality;
import dev.lathe.codegen.text.ProgramParser;
import dev.lathe.codegen.text.ProgramPrinter;
import dev.lathe.codegen.text.Source;
import dev.lathe.codegen.text.TextException;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.text.GraphEquality;
import dev.lathe.compiler.ir.text.GraphParser;
import dev.lathe.compiler.ir.text.GraphPrinter;
import java.util.LinkedHashMap;
import java.util.Map;

/** The commands that test files may name. */
public final class Commands {
    private static final Map<String, Command> ALL = new LinkedHashMap<>();

    static {
        ALL.put("roundtrip", Commands::roundtrip);
        ALL.put("verify-text", Commands::verifyText);
        ALL.put("opt", PassCommand::run);
    }

    private Commands() {}

    public static Map<String, Command> all() {
        return ALL;
    }

    /** The graph of a test file; {@code ops=any} takes unknown operations. */
    static Graph graph(Command.Input in) {
        GoldenFile f = in.file();
        return GraphParser.parse(
                new Source(f.name(), f.text()), in.option("ops", "known").equals("any") ? null : GraphParser.knownOps(),
                GraphParser.sideFiles(f.path()));
    }

    static Program program(Command.Input in) {
        try {
            return ProgramParser.parse(in.file().name(), in.file().text());
        } catch (TextException e) {
            throw new LatheException("", e.getMessage());
        }
    }

    private static boolean isProgram(Command.Input in) {
        return in.options().contains("program");
    }

    /** {@code roundtrip [program] [ops=any]}: the canonical text, which must be a fixed point and mean the same. */
    private static String roundtrip(Command.Input in) {
        if (isProgram(in)) {
            Program p = program(in);
            String text = ProgramPrinter.print(p).text();
            Program again = ProgramParser.parse("printed", text);
            check(ProgramEquality.same(p, again) && text.equals(ProgramPrinter.print(again).text()), text);
            return text;
        }
        Graph g = graph(in);
        String text = GraphPrinter.print(g);
        Graph again = GraphParser.parse("printed", text);
        check(GraphEquality.same(g, again) && text.equals(GraphPrinter.print(again)), text);
        return text;
    }

    private static void check(boolean survives, String text) {
        if (!survives) {
            throw new AssertionError("the printed text means something else:\n" + text);
        }
    }

    /** {@code verify-text [program] [ops=any]}: gives nothing; the errors are what is tested. */
    private static String verifyText(Command.Input in) {
        if (isProgram(in)) {
            program(in);
        } else {
            graph(in);
        }
        return "";
    }
}
