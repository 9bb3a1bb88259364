package dev.lathe.compiler.ir.text;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.text.DataText;
import dev.lathe.codegen.text.DimText;
import dev.lathe.codegen.text.Lines;
import dev.lathe.codegen.text.Numbers;
import dev.lathe.codegen.text.ProgramPrinter;
import dev.lathe.codegen.text.TextReader;
import dev.lathe.codegen.text.Words;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** Prints graphs, one operation a line. */
public final class GraphPrinter {
    /** Constants with more elements go to the side file, unless all are the same. */
    static final int INLINE = 16;

    private final Lines out = new Lines();
    private final WeightSink sink;
    private final Map<Node, Integer> lines = new IdentityHashMap<>();

    private GraphPrinter(WeightSink sink) {
        this.sink = sink;
    }

    /**
     * A printed graph.
     *
     * @param lines the line of each node, from 1, by identity
     */
    public record Printed(String text, Map<Node, Integer> lines) {}

    /** The text with all constants in it. */
    public static String print(Graph g) {
        return print(g, null, (wish, t) -> null).text();
    }

    /**
     * The text with big constants beside it.
     *
     * @param weights the name of the side file as it stands in the text; null for none
     */
    public static Printed print(Graph g, String weights, WeightSink sink) {
        GraphPrinter p = new GraphPrinter(sink);
        p.out.line("lathe " + TextReader.VERSION);
        if (weights != null) {
            p.out.line("weights " + Words.quote(weights));
        }
        p.graph(g);
        return new Printed(p.out.toString(), p.lines);
    }

    private void graph(Graph g) {
        StringJoiner results = new StringJoiner(", ", " -> (", ")");
        g.outputs().forEach(v -> results.add(Words.local(v.name())));
        out.open("graph " + Words.global(g.name()) + args(g.inputs()) + results + ProgramPrinter.limits(g.limits()) + " {");
        g.nodes().forEach(this::node);
        out.line("return" + values(g.outputs()));
        out.close("}");
    }

    private static String args(List<Value> inputs) {
        StringJoiner s = new StringJoiner(", ", "(", ")");
        inputs.forEach(v -> s.add(typed(v)));
        return s.toString();
    }

    private static String typed(Value v) {
        return v == null ? "_" : Words.local(v.name()) + ": " + TypeText.of(v.type());
    }

    private static String values(List<Value> values) {
        StringJoiner s = new StringJoiner(", ", " ", "").setEmptyValue("");
        values.forEach(v -> s.add(Words.local(v.name())));
        return s.toString();
    }

    private void node(Node n) {
        lines.put(n, out.number());
        StringBuilder b = out.begin();
        for (int i = 0; i < n.outputs().size(); i++) {
            b.append(i == 0 ? "" : ", ").append(typed(n.outputs().get(i)));
        }
        b.append(n.outputs().isEmpty() ? "() = " : " = ").append(Words.word(n.op())).append('(');
        for (int i = 0; i < n.inputs().size(); i++) {
            Value v = n.inputs().get(i);
            b.append(i == 0 ? "" : ", ").append(v == null ? "_" : Words.local(v.name()));
        }
        b.append(')');
        for (int i = 0; i < n.regions().size(); i++) {
            b.append(i == 0 ? " (" : ", ");
            region(n.regions().get(i));
        }
        b.append(n.regions().isEmpty() ? "" : ")");
        attributes(n, b);
        b.append(ProgramPrinter.loc(n.loc().names()));
        out.end();
    }

    /** From where the line stands to the closing brace, without a line end. */
    private void region(Graph g) {
        StringBuilder b = out.text();
        b.append(g.name().isEmpty() ? "" : Words.global(g.name()) + " ");
        b.append(g.inputs().isEmpty() ? "" : args(g.inputs()) + " ");
        String limits = ProgramPrinter.limits(g.limits());
        b.append(limits.isEmpty() ? "" : limits.substring(1) + " ").append('{');
        out.indent();
        g.nodes().forEach(this::node);
        out.line("yield" + values(g.outputs()));
        out.dedent();
        out.begin().append('}');
    }

    private void attributes(Node n, StringBuilder b) {
        if (n.attrs().asMap().isEmpty()) {
            return;
        }
        String separator = " {";
        for (Map.Entry<String, Object> a : n.attrs().asMap().entrySet()) {
            b.append(separator).append(Words.word(a.getKey())).append(" = ");
            b.append(a.getValue() instanceof Tensor t ? tensor(n, a.getKey(), t) : value(a.getValue()));
            separator = ", ";
        }
        b.append('}');
    }

    private String tensor(Node n, String attribute, Tensor t) {
        boolean isConst = isConst(n.op(), attribute);
        if (t.size() > INLINE && !DataText.isSplat(t.type(), t.data())) {
            Value result = n.outputs().isEmpty() ? null : n.outputs().get(0);
            String wish = result == null ? n.op() : result.name();
            String name = sink.put(isConst ? wish : wish + "." + attribute, t);
            if (name != null) {
                return "weight(" + Words.quote(name) + ")";
            }
        }
        String data = DataText.of(t.type(), t.data(), false);
        Type type = Type.tensor(t.type(), Arrays.stream(t.dims()).mapToObj(Dim::of).toList());
        boolean known = isConst && n.out(0) != null && n.out(0).type().equals(type);
        return known ? data : "tensor " + TypeText.of(type) + " " + data;
    }

    /** The attribute whose type is that of the result. */
    static boolean isConst(String op, String attribute) {
        return op.equals("const") && attribute.equals("value");
    }

    private static String value(Object v) {
        if (v instanceof Double d) {
            return Numbers.text(d);
        } else if (v instanceof String s) {
            return Words.quote(s);
        } else if (v instanceof ElementType e) {
            return e.text();
        } else if (v instanceof Dim d) {
            return "dim(" + DimText.of(d) + ")";
        } else if (v instanceof List<?> l) {
            boolean dims = !l.isEmpty() && l.get(0) instanceof Dim;
            StringJoiner s = new StringJoiner(",", dims ? "dims[" : "[", "]");
            l.forEach(x -> s.add(x instanceof Dim d ? DimText.of(d) : value(x)));
            return s.toString();
        } else if (v instanceof Long || v instanceof Boolean) {
            return v.toString();
        }
        throw new IllegalStateException("an attribute can't be a " + v.getClass().getName());
    }
}
