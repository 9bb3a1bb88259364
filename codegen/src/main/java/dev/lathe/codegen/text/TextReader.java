package dev.lathe.codegen.text;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.program.Program.Range;
import dev.lathe.grammar.LatheParser.DataContext;
import dev.lathe.grammar.LatheParser.DimContext;
import dev.lathe.grammar.LatheParser.FactorContext;
import dev.lathe.grammar.LatheParser.IntegerContext;
import dev.lathe.grammar.LatheParser.LimitContext;
import dev.lathe.grammar.LatheParser.LimitsContext;
import dev.lathe.grammar.LatheParser.LocContext;
import dev.lathe.grammar.LatheParser.ProductContext;
import dev.lathe.grammar.LatheParser.ScalarContext;
import dev.lathe.grammar.LatheParser.SignContext;
import dev.lathe.grammar.LatheParser.SymbolContext;
import dev.lathe.grammar.LatheParser.VersionContext;
import dev.lathe.grammar.LatheParser.WordContext;
import dev.lathe.runtime.ElementType;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.TerminalNode;

/** Reads from the parse tree what graphs and programs have in common. Errors are collected; what can't be read is replaced. */
public final class TextReader {
    /** The version of the text that this compiler reads and writes. */
    public static final int VERSION = 1;

    private final SourceErrors errors;

    public TextReader(SourceErrors errors) {
        this.errors = errors;
    }

    public SourceErrors errors() {
        return errors;
    }

    public void version(VersionContext c) {
        if (c.INT() != null && !c.INT().getText().equals(Integer.toString(VERSION))) {
            errors.at(c.INT().getSymbol(), "this is version " + c.INT().getText() + " of the text; this compiler reads version " + VERSION,
                    "use the compiler that wrote it, or print the model anew");
        }
    }

    /** A quoted string. */
    public String string(Token t) {
        return unquote(t, t.getText());
    }

    private String unquote(Token t, String quoted) {
        try {
            return Words.unquote(quoted);
        } catch (IllegalArgumentException e) {
            errors.at(t, e.getMessage());
            return quoted;
        }
    }

    public List<String> strings(List<TerminalNode> nodes) {
        return nodes.stream().map(n -> string(n.getSymbol())).toList();
    }

    /** The name in {@code %name}, {@code @name}, {@code %"any text"}. */
    public String name(Token t) {
        String text = t.getText();
        return text.startsWith("\"", 1) ? unquote(t, text.substring(1)) : text.substring(1);
    }

    /** A word or the content of a string. */
    public String word(WordContext word, TerminalNode string) {
        return word != null ? word.getText() : string(string.getSymbol());
    }

    public List<String> loc(LocContext c) {
        return c == null ? List.of() : strings(c.STRING());
    }

    public Map<String, Range> limits(LimitsContext c) {
        Map<String, Range> m = new LinkedHashMap<>();
        if (c != null) {
            for (LimitContext l : c.limit()) {
                Range r = new Range(integer(l.integer(0)), integer(l.integer(1)));
                if (r.min() > r.max()) {
                    errors.at(l, "the range " + r.min() + ".." + r.max() + " is empty");
                }
                if (m.put(symbol(l.symbol()), r) != null) {
                    errors.at(l, "the symbol " + l.symbol().getText() + " has limits already");
                }
            }
        }
        return m;
    }

    public String symbol(SymbolContext c) {
        if (c.STRING() != null) {
            return string(c.STRING().getSymbol());
        }
        return c.GLOBAL() != null ? "@" + name(c.GLOBAL().getSymbol()) : c.getText();
    }

    public long integer(IntegerContext c) {
        return integer(c.INT().getSymbol(), c.getChildCount() > 1);
    }

    public long integer(Token t, boolean negative) {
        try {
            return Long.parseLong(negative ? "-" + t.getText() : t.getText());
        } catch (NumberFormatException e) {
            errors.at(t, "the integer does not fit in 64 bits");
            return 0;
        }
    }

    public int smallInteger(Token t) {
        long v = integer(t, false);
        if (v != (int) v) {
            errors.at(t, "the integer does not fit in 32 bits");
        }
        return (int) v;
    }

    public List<Dim> dims(List<DimContext> list) {
        List<Dim> r = new ArrayList<>(list.size());
        list.forEach(d -> r.add(dim(d)));
        return r;
    }

    public Dim dim(DimContext c) {
        List<ProductContext> products = c.product();
        boolean minus = c.getChild(0) instanceof TerminalNode;
        return arithmetic(c.getStart(), () -> sum(product(products.get(0), minus), c.sign(), products, 1));
    }

    /** {@code first} plus the signed products from index {@code from} on. */
    Dim sum(Dim first, List<SignContext> signs, List<ProductContext> products, int from) {
        Dim d = first;
        for (int i = from; i < products.size(); i++) {
            d = d.plus(product(products.get(i), signs.get(i - from).getText().equals("-")));
        }
        return d;
    }

    Dim arithmetic(Token at, Supplier<Dim> d) {
        try {
            return d.get();
        } catch (ArithmeticException e) {
            errors.at(at, "the dimension does not fit in 64 bits");
            return Dim.ONE;
        }
    }

    private Dim product(ProductContext c, boolean minus) {
        // a lone negative constant is read with its sign: the least long has no positive twin
        FactorContext last = c.factor(c.factor().size() - 1);
        boolean signed = minus && last.INT() != null;
        Dim d = signed ? Dim.of(integer(last.INT().getSymbol(), true)) : factor(last);
        for (int i = c.factor().size() - 2; i >= 0; i--) {
            d = factor(c.factor(i)).times(d);
        }
        return minus && !signed ? d.times(-1) : d;
    }

    private Dim factor(FactorContext c) {
        if (c.INT() != null) {
            return Dim.of(integer(c.INT().getSymbol(), false));
        }
        if (c.symbol() != null) {
            return Dim.sym(symbol(c.symbol()));
        }
        if (c.ID() == null) {
            return dim(c.dim(0));
        }
        String name = c.ID().getText();
        Dim.Kind kind = Dim.Kind.ofText(name);
        if (kind == null) {
            List<String> known = Arrays.stream(Dim.Kind.values()).map(k -> k.text).toList();
            errors.at(c.ID().getSymbol(), "unknown operation " + name + " on dimensions; known are " + String.join(", ", known), Spelling.hint(name, known));
            return Dim.ONE;
        }
        if (kind.arity != c.dim().size()) {
            errors.at(c, name + " takes " + kind.arity + " arguments, not " + c.dim().size());
            return Dim.ONE;
        }
        return Dim.apply(kind, dims(c.dim()));
    }

    /** The element type of a name; F32 after an error. */
    public ElementType elementType(Token t) {
        ElementType e = ElementType.ofText(t.getText());
        if (e == null) {
            List<String> known = Arrays.stream(ElementType.values()).map(ElementType::text).toList();
            String hint = Spelling.hint(t.getText(), known);
            errors.at(t, "unknown element type " + t.getText(), hint.isEmpty() ? "element types: " + String.join(" ", known) : hint);
            return ElementType.F32;
        }
        return e;
    }

    /**
     * A constant array.
     *
     * @param count elements wanted, -1 when the text decides
     * @param weights gives the array of a name in the side file, null when it has none
     * @return null after an error
     */
    public Object data(DataContext c, ElementType type, int count, BiFunction<String, ElementType, Object> weights) {
        if (c.STRING() != null) {
            String name = string(c.STRING().getSymbol());
            Object r = weights == null ? null : weights.apply(name, type);
            if (r == null) {
                errors.at(c.STRING().getSymbol(), weights == null ? "this text has no side file" : "the side file has no tensor " + Words.quote(name),
                        weights == null ? "name one after the first line: weights \"file.safetensors\"" : "");
            }
            return r;
        }
        List<ScalarContext> list = c.scalar();
        boolean splat = c.getStart().getText().equals("splat");
        int n = count >= 0 ? count : list.size();
        if (splat && c.INT() != null) {
            n = smallInteger(c.INT().getSymbol());
        } else if (splat && count < 0) {
            errors.at(c.getStart(), "a splat here needs its number of elements", "splat(1.0, 64)");
            return null;
        }
        int given = splat ? n : list.size();
        if (count >= 0 && given != count) {
            errors.at(c, given + " elements where the type has " + count);
            return null;
        }
        if (n > 1 << 28) {
            errors.at(c, n + " elements are too many for a constant in the text");
            return null;
        }
        Object data = DataText.allocate(type, n);
        for (int i = 0; i < list.size(); i++) {
            if (!element(list.get(i), type, data, i)) {
                return null;
            }
        }
        for (int i = 1; splat && i < n; i++) {
            Array.set(data, i, Array.get(data, 0));
        }
        return data;
    }

    private boolean element(ScalarContext s, ElementType type, Object data, int i) {
        try {
            Token last = s.getStop();
            boolean isString = s.STRING() != null;
            DataText.set(type, data, i, s.getChildCount() > 1, isString ? string(last) : last.getText(), isString);
            return true;
        } catch (IllegalArgumentException e) {
            errors.at(s, e.getMessage());
            return false;
        }
    }
}
