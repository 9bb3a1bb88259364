package dev.lathe.codegen.text;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Const;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Program.Range;
import dev.lathe.codegen.program.Step;
import dev.lathe.runtime.Storage;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Prints programs: the text whose lines debuggers and profilers show. */
public final class ProgramPrinter {
    private static final List<String> KINDS = Arrays.stream(Buffer.Kind.values()).map(ProgramPrinter::lower).toList();
    private static final List<String> STORAGES = Arrays.stream(Storage.values()).map(ProgramPrinter::lower).toList();

    private final Lines out = new Lines();
    private final Function<Const, String> sideFile;
    private final Map<String, Integer> kernelLines = new HashMap<>();
    private final Map<String, Map<Stmt, Integer>> stmtLines = new HashMap<>();
    private int[] stepLines;
    private int steps;

    private ProgramPrinter(Function<Const, String> sideFile) {
        this.sideFile = sideFile;
    }

    /**
     * A printed program. Lines count from 1.
     *
     * @param stepLines the line of each step, by flat step number
     * @param kernelLines the line on which a kernel begins, by its name
     * @param stmtLines by kernel name: the line of each statement, by identity
     */
    public record Printed(
            String text, int[] stepLines, Map<String, Integer> kernelLines, Map<String, Map<Stmt, Integer>> stmtLines) {
        /** The line of a statement of a kernel. */
        public int line(Kernel k, Stmt s) {
            return stmtLines.get(k.name()).get(s);
        }
    }

    /** The text with all constants in it. */
    public static Printed print(Program p) {
        return print(p, c -> null);
    }

    /**
     * The text.
     *
     * @param sideFile gives the name under which a constant stands elsewhere, or null when it is to stand in the text
     */
    public static Printed print(Program p, Function<Const, String> sideFile) {
        return new ProgramPrinter(sideFile).program(p);
    }

    public static String print(Kernel k) {
        Lines lines = new Lines();
        new KernelText(lines, new IdentityHashMap<>()).print(k);
        return lines.toString();
    }

    private Printed program(Program p) {
        stepLines = new int[p.flat().size()];
        out.line("lathe " + TextReader.VERSION);
        out.open("program " + Words.global(p.name()) + " target " + Words.word(p.target()) + limits(p.limits()) + " {");
        p.inputs().forEach(i -> out.line("input " + port(i)));
        p.outputs().forEach(o -> out.line("output " + port(o)));
        p.buffers().forEach(this::buffer);
        for (Const c : p.consts()) {
            String name = sideFile.apply(c);
            out.line("const " + buffer(c.buffer()) + " " + c.file().text() + " = "
                    + (name == null ? DataText.of(c.file(), c.data(), true) : "weight(" + Words.quote(name) + ")"));
        }
        for (Kernel k : p.kernels()) {
            Map<Stmt, Integer> lines = new IdentityHashMap<>();
            kernelLines.put(k.name(), out.number());
            stmtLines.put(k.name(), lines);
            new KernelText(out, lines).print(k);
        }
        p.steps().forEach(this::step);
        out.close("}");
        return new Printed(out.toString(), stepLines, kernelLines, stmtLines);
    }

    /** {@code where N in 1..64}, with a space before; empty when there are none. */
    public static String limits(Map<String, Range> limits) {
        StringJoiner s = new StringJoiner(", ", " where ", "").setEmptyValue("");
        limits.forEach((name, r) -> s.add(Words.symbol(name) + " in " + r.min() + ".." + r.max()));
        return s.toString();
    }

    /** {@code loc("a", "b")}, with a space before; empty when there are none. */
    public static String loc(List<String> names) {
        return loc(names, new StringBuilder()).toString();
    }

    private static StringBuilder loc(List<String> names, StringBuilder s) {
        return names.isEmpty() ? s : list(" loc(", names, ProgramPrinter::quoted, s);
    }

    private static void quoted(String text, StringBuilder s) {
        s.append(Words.quote(text));
    }

    // written to a text that is there: steps may be hundreds of thousands
    private static <T> StringBuilder list(String open, List<T> all, BiConsumer<T, StringBuilder> text, StringBuilder s) {
        s.append(open);
        for (int i = 0; i < all.size(); i++) {
            s.append(i == 0 ? "" : ", ");
            text.accept(all.get(i), s);
        }
        return s.append(')');
    }

    private static String port(Port p) {
        String kind = p.kind() == Port.Kind.TENSOR ? "" : lower(p.kind()) + " ";
        String type = p.type() == null ? "_" : p.type().text();
        return Words.quote(p.name()) + " " + kind + type + "[" + DimText.list(p.dims()) + "] at " + ref(p.at());
    }

    private void buffer(Buffer b) {
        out.begin().append("buffer @b").append(b.id()).append(' ').append(KINDS.get(b.kind().ordinal())).append(' ').append(STORAGES.get(b.storage().ordinal()))
                .append(' ').append(Words.quote(b.name())).append(" size ").append(DimText.of(b.size())).append(" live ").append(b.first()).append("..").append(b.last());
        out.end();
    }

    private static String lower(Enum<?> e) {
        return e.name().toLowerCase(Locale.ROOT);
    }

    private static String buffer(int id) {
        return "@b" + id;
    }

    private static String ref(Step.Ref r) {
        StringBuilder s = new StringBuilder();
        ref(r, s);
        return s.toString();
    }

    private static void ref(Step.Ref r, StringBuilder s) {
        s.append("@b").append(r.buffer());
        if (!r.offset().is(0)) {
            int at = s.length();
            DimText.append(r.offset(), s);
            s.insert(at, s.charAt(at) == '-' ? "" : "+");
        }
    }

    private static StringBuilder refs(List<Step.Ref> refs, StringBuilder s) {
        return list("(", refs, ProgramPrinter::ref, s);
    }

    private static String symbols(List<String> names) {
        return list("(", names, (n, s) -> s.append(Words.symbol(n)), new StringBuilder()).toString();
    }

    private static StringBuilder dims(List<Dim> dims, StringBuilder s) {
        return list("(", dims, DimText::append, s);
    }

    private static String texts(List<String> texts) {
        return texts.isEmpty() ? "" : list("(", texts, ProgramPrinter::quoted, new StringBuilder()).toString();
    }

    private void run(Step.Run r) {
        StringBuilder s = out.begin().append("run ").append(Words.global(r.kernel()));
        dims(r.ints(), refs(r.bufs(), s));
        if (r.extent() != null) {
            DimText.append(r.extent(), s.append(" extent "));
        }
        if (r.grain() != 1) {
            s.append(" grain ").append(r.grain());
        }
        loc(r.loc(), s);
        out.end();
    }

    private void step(Step s) {
        stepLines[steps++] = out.number();
        if (s instanceof Step.Run r) {
            run(r);
            return;
        }
        String loc = loc(s.loc());
        if (s instanceof Step.Helper h) {
            out.line("helper " + Words.word(h.method()) + dims(h.ints(), refs(h.bufs(), new StringBuilder())) + texts(h.texts())
                    + (h.binds().isEmpty() ? "" : " -> " + symbols(h.binds())) + loc);
        } else if (s instanceof Step.Bind b) {
            out.line("bind " + symbols(b.symbols()) + " = " + ref(b.at()) + loc);
        } else if (s instanceof Step.Assign a) {
            out.line("assign " + symbols(a.symbols()) + " = " + dims(a.values(), new StringBuilder()) + loc);
        } else if (s instanceof Step.Reserve r) {
            out.line("reserve " + buffer(r.buffer()) + " size " + DimText.of(r.size()) + (r.keep() ? " keep" : "") + loc);
        } else if (s instanceof Step.Swap w) {
            out.line("swap " + buffer(w.a()) + ", " + buffer(w.b()) + loc);
        } else if (s instanceof Step.If i) {
            out.open("if " + DimText.of(i.cond()) + loc + " {");
            i.then().forEach(this::step);
            if (!i.otherwise().isEmpty()) {
                out.between("} else {");
                i.otherwise().forEach(this::step);
            }
            out.close("}");
        } else if (s instanceof Step.While w) {
            out.open("while " + DimText.of(w.cond()) + loc + " {");
            w.body().forEach(this::step);
            out.close("}");
        }
    }
}
