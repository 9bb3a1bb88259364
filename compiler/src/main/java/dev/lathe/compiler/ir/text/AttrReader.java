package dev.lathe.compiler.ir.text;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.text.SourceErrors;
import dev.lathe.codegen.text.TextReader;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.grammar.LatheParser.AttrContext;
import dev.lathe.grammar.LatheParser.AttrsContext;
import dev.lathe.grammar.LatheParser.DataContext;
import dev.lathe.grammar.LatheParser.DataValueContext;
import dev.lathe.grammar.LatheParser.DimValueContext;
import dev.lathe.grammar.LatheParser.DimsValueContext;
import dev.lathe.grammar.LatheParser.EmptyValueContext;
import dev.lathe.grammar.LatheParser.ListValueContext;
import dev.lathe.grammar.LatheParser.ScalarContext;
import dev.lathe.grammar.LatheParser.ScalarValueContext;
import dev.lathe.grammar.LatheParser.TensorValueContext;
import dev.lathe.grammar.LatheParser.ValueContext;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.antlr.v4.runtime.Token;

/** Reads attributes and constants. */
final class AttrReader {
    private final TextReader reader;
    private final SourceErrors errors;
    private final TypeReader types;
    private final Function<String, Tensor> weights;

    /** @param weights the tensors of the side file, null for one it lacks; null when there is no side file */
    AttrReader(TextReader reader, TypeReader types, Function<String, Tensor> weights) {
        this.reader = reader;
        this.errors = reader.errors();
        this.types = types;
        this.weights = weights;
    }

    /** @param result the type of the node's first result, or null */
    Attrs read(AttrsContext c, String op, Type result) {
        if (c == null) {
            return Attrs.NONE;
        }
        Map<String, Object> m = new HashMap<>();
        for (AttrContext a : c.attr()) {
            String name = reader.word(a.word(), a.STRING());
            Object v = value(a.value(), GraphPrinter.isConst(op, name) ? result : null);
            if (m.containsKey(name)) {
                errors.at(a, "the attribute " + name + " stands twice");
            } else if (v != null) {
                m.put(name, v);
            }
        }
        return Attrs.of(m);
    }

    /** Null after an error. */
    private Object value(ValueContext c, Type result) {
        if (c instanceof ScalarValueContext s) {
            return scalar(s.scalar());
        } else if (c instanceof ListValueContext l) {
            return list(l);
        } else if (c instanceof EmptyValueContext) {
            return List.of();
        } else if (c instanceof DimsValueContext d) {
            return List.copyOf(reader.dims(d.dim()));
        } else if (c instanceof DimValueContext d) {
            return reader.dim(d.dim());
        } else if (c instanceof TensorValueContext t) {
            Type type = types.read(t.type());
            return type == null ? null : tensor(t.data(), type);
        }
        DataContext d = ((DataValueContext) c).data();
        if (result != null) {
            return tensor(d, result);
        } else if (d.STRING() != null) {
            return weight(d);
        }
        errors.at(d.getStart(), "the type of this constant is not known here", "write it: tensor f32[2] dense[1.0, 2.0]");
        return null;
    }

    private Object scalar(ScalarContext s) {
        boolean minus = s.getChildCount() > 1;
        Token t = s.getStop();
        if (s.STRING() != null) {
            return reader.string(t);
        } else if (s.INT() != null) {
            return reader.integer(t, minus);
        } else if (s.REAL() != null) {
            return Double.valueOf(minus ? "-" + t.getText() : t.getText());
        }
        switch (t.getText()) {
            case "inf":
                return minus ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
            case "nan":
                return Double.NaN;
            default:
                break;
        }
        if (minus) {
            errors.at(s, "-" + t.getText() + " is no number");
            return null;
        }
        if (t.getText().equals("true") || t.getText().equals("false")) {
            return Boolean.valueOf(t.getText());
        }
        ElementType e = ElementType.ofText(t.getText());
        if (e == null) {
            errors.at(t, t.getText() + " is no value: neither true, false, inf, nan nor an element type", "a string is quoted: \"" + t.getText() + "\"");
        }
        return e;
    }

    private Object list(ListValueContext l) {
        List<Object> r = new ArrayList<>(l.scalar().size());
        boolean real = false;
        for (ScalarContext s : l.scalar()) {
            Object v = scalar(s);
            if (v == null) {
                return null;
            }
            r.add(v);
            real |= v instanceof Double;
        }
        for (int i = 0; i < r.size(); i++) {
            if (real && r.get(i) instanceof Long n) {
                r.set(i, (double) n);
            }
            Object v = r.get(i);
            if (v instanceof Boolean || v instanceof ElementType || v.getClass() != r.get(0).getClass()) {
                errors.at(l.scalar(i).getStart(), "a list holds integers, or numbers, or strings", "dimensions are written dims[N, 3]");
                return null;
            }
        }
        return List.copyOf(r);
    }

    private Tensor tensor(DataContext c, Type type) {
        if (!(type instanceof TensorType t) || !t.isStatic()) {
            errors.at(c, "a constant has a tensor type with constant dimensions, not " + type);
            return null;
        }
        if (c.STRING() != null) {
            return weight(c, t);
        }
        int[] dims;
        int count;
        try {
            dims = t.ints();
            count = Math.multiplyExact(Tensor.count(dims), t.elem().isComplex() ? 2 : 1);
        } catch (ArithmeticException e) {
            errors.at(c, "the constant has too many elements");
            return null;
        }
        Object data = reader.data(c, t.elem(), count, null);
        return data == null ? null : new Tensor(t.elem(), dims, data);
    }

    private Tensor weight(DataContext c, TensorType want) {
        Tensor t = weight(c);
        if (t == null) {
            return null;
        }
        TensorType have = Type.tensor(t.type(), Arrays.stream(t.dims()).mapToObj(Dim::of).toList());
        if (!have.equals(want)) {
            errors.at(c, "the side file's tensor is " + have + ", not " + want);
        }
        return t;
    }

    /** Null after an error. */
    private Tensor weight(DataContext c) {
        Tensor[] found = new Tensor[1];
        try {
            reader.data(c, ElementType.F32, -1, weights == null ? null : (name, type) -> found[0] = weights.apply(name));
        } catch (LatheException e) {
            errors.at(c, (e.where().isEmpty() ? "" : e.where() + ": ") + e.getMessage());
        }
        return found[0];
    }
}
