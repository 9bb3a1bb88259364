package dev.lathe.codegen.text;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.grammar.LatheParser;
import java.util.Collection;
import java.util.StringJoiner;

/** The text of dimensions: as {@link Dim#toString}, with symbols quoted where that is needed. */
public final class DimText {
    private DimText() {}

    public static String of(Dim d) {
        if (d.isConst()) {
            return Long.toString(d.value());
        }
        StringBuilder s = new StringBuilder();
        for (Dim.Term t : d.terms()) {
            s.append(t.coeff() < 0 ? "-" : s.length() > 0 ? "+" : "");
            StringJoiner factors = new StringJoiner("*");
            t.atoms().forEach(a -> factors.add(atom(a)));
            if (t.atoms().isEmpty() || t.coeff() != 1 && t.coeff() != -1) {
                factors.add(Long.toString(t.coeff()).replace("-", ""));
            }
            s.append(factors);
        }
        return s.toString();
    }

    /** Appends a dimension's text. */
    static void append(Dim d, StringBuilder to) {
        if (d.isConst()) {
            to.append(d.value());
        } else {
            to.append(of(d));
        }
    }

    /**
     * The dimension that a text stands for.
     *
     * @throws TextException when it is none
     */
    public static Dim parse(String text) {
        Source source = new Source("dimension", text);
        SourceErrors errors = new SourceErrors(source);
        LatheParser.DimContext tree = Parsing.parse(source, errors, LatheParser::dim);
        errors.check();
        Dim d = new TextReader(errors).dim(tree);
        errors.check();
        return d;
    }

    private static String atom(Dim.Atom a) {
        if (a instanceof Dim.Sym s) {
            return Words.symbol(s.name());
        }
        Dim.Op op = (Dim.Op) a;
        return op.kind().text + "(" + list(op.args()) + ")";
    }

    /** Separated by commas. */
    public static String list(Collection<Dim> dims) {
        StringJoiner s = new StringJoiner(",");
        dims.forEach(d -> s.add(of(d)));
        return s.toString();
    }
}
