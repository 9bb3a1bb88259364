package dev.lathe.codegen.text;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.CmpOp;
import dev.lathe.codegen.loop.Expr.UnOp;
import dev.lathe.codegen.loop.Fn;
import dev.lathe.codegen.loop.Fns;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.VType;
import dev.lathe.grammar.LatheParser.BinExprContext;
import dev.lathe.grammar.LatheParser.CallExprContext;
import dev.lathe.grammar.LatheParser.ExprContext;
import dev.lathe.grammar.LatheParser.LanesContext;
import dev.lathe.grammar.LatheParser.LoadExprContext;
import dev.lathe.grammar.LatheParser.LocalExprContext;
import dev.lathe.grammar.LatheParser.NameExprContext;
import dev.lathe.grammar.LatheParser.NegExprContext;
import dev.lathe.grammar.LatheParser.NumberExprContext;
import dev.lathe.grammar.LatheParser.ParenExprContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;

/** Builds typed expressions from the parse tree. */
final class ExprReader {
    private static final Map<String, BinOp> INFIX = new HashMap<>();
    private static final Map<String, BinOp> BINARY = new HashMap<>();
    private static final Map<String, UnOp> UNARY = new HashMap<>();
    private static final Map<String, CmpOp> COMPARE = new HashMap<>();
    private static final Map<String, Scalar> SCALARS = new HashMap<>();

    static {
        for (BinOp op : BinOp.values()) {
            if (ExprText.infix(op) == null) {
                BINARY.put(ExprText.function(op), op);
            } else {
                INFIX.put(ExprText.infix(op), op);
            }
        }
        for (UnOp op : UnOp.values()) {
            if (op != UnOp.NEG) {
                UNARY.put(ExprText.function(op), op);
            }
        }
        for (CmpOp op : CmpOp.values()) {
            COMPARE.put(ExprText.infix(op), op);
        }
        for (Scalar s : Scalar.values()) {
            SCALARS.put(s.text(), s);
        }
    }

    private final TextReader reader;
    private final SourceErrors errors;
    private int depth;
    final Map<String, Scalar> bufs = new HashMap<>();
    /** Types of the locals defined so far; null for one whose definition is wrong. */
    final Map<String, VType> locals = new HashMap<>();

    ExprReader(TextReader reader) {
        this.reader = reader;
        this.errors = reader.errors();
    }

    /** Leaves a statement whose error has been reported. */
    static final class Wrong extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Wrong() {
            super(null, null, false, false);
        }
    }

    private Wrong wrong(Token t, String what, String help) {
        errors.at(t, what, help);
        return new Wrong();
    }

    private Wrong wrong(ParserRuleContext c, String what) {
        return wrong(c.getStart(), what, "");
    }

    /** @throws Wrong after reporting what is wrong */
    Expr read(ExprContext c) {
        // the parser's own limit does not see long sums
        if (depth == Parsing.DEPTH) {
            throw wrong(c.getStart(), "nested too deeply", "give parts names: let %part = ...");
        }
        depth++;
        try {
            return tree(c);
        } finally {
            depth--;
        }
    }

    private Expr tree(ExprContext c) {
        if (c instanceof ParenExprContext p) {
            return read(p.expr());
        } else if (c instanceof LocalExprContext l) {
            return local(l);
        } else if (c instanceof LoadExprContext l) {
            return load(l);
        } else if (c instanceof NumberExprContext n) {
            return number(n, false);
        } else if (c instanceof NegExprContext n) {
            ExprContext a = n.expr();
            if (a instanceof NumberExprContext number) {
                return number(number, true);
            }
            return a instanceof NameExprContext name ? name(name, true) : new Expr.Un(UnOp.NEG, read(a));
        } else if (c instanceof NameExprContext n) {
            return name(n, false);
        } else if (c instanceof BinExprContext b) {
            Expr x = read(b.expr(0));
            Expr y = read(b.expr(1));
            BinOp op = INFIX.get(b.op.getText());
            return make(c, () -> op != null ? new Expr.Bin(op, x, y) : new Expr.Cmp(COMPARE.get(b.op.getText()), x, y));
        }
        return call((CallExprContext) c);
    }

    private Expr make(ParserRuleContext c, Supplier<Expr> e) {
        try {
            return e.get();
        } catch (IllegalArgumentException mismatch) {
            throw wrong(c, mismatch.getMessage());
        }
    }

    private Expr local(LocalExprContext l) {
        String name = reader.name(l.LOCAL().getSymbol());
        if (l.ID() != null) {
            return new Expr.Var(name, type(l.ID().getSymbol()));
        }
        if (!locals.containsKey(name)) {
            boolean buf = bufs.containsKey(name);
            throw wrong(l.getStart(), buf ? "%" + name + " is a buffer; write " + l.getText() + "[index]" : l.getText() + " is not defined",
                    buf ? "" : Spelling.hint(name, locals.keySet()));
        }
        VType type = locals.get(name);
        if (type == null) {
            throw new Wrong();
        }
        return new Expr.Var(name, type);
    }

    private Expr load(LoadExprContext l) {
        String name = reader.name(l.LOCAL().getSymbol());
        LanesContext lanes = l.lanes();
        VType type;
        if (lanes != null && lanes.ID() != null) {
            type = type(lanes.ID().getSymbol());
        } else {
            type = new VType(buffer(l.LOCAL().getSymbol()), lanes == null ? 1 : lanes(lanes.INT().getSymbol()));
        }
        return new Expr.Load(name, read(l.expr()), type);
    }

    /** The element type of a buffer in scope. */
    Scalar buffer(Token t) {
        String name = reader.name(t);
        Scalar s = bufs.get(name);
        if (s == null) {
            throw wrong(t, "the kernel has no buffer " + t.getText(), Spelling.hint(name, bufs.keySet()));
        }
        return s;
    }

    int lanes(Token t) {
        int n = reader.smallInteger(t);
        if (n < 1) {
            throw wrong(t, "a vector has at least one lane", "");
        }
        return n;
    }

    /** {@code f32} or {@code f32x16} */
    private VType type(Token t) {
        String text = t.getText();
        int x = text.lastIndexOf('x');
        Scalar s = SCALARS.get(x < 0 ? text : text.substring(0, x));
        Integer lanes = x < 0 ? Integer.valueOf(1) : count(text.substring(x + 1));
        if (s == null || lanes == null) {
            throw wrong(t, "unknown type " + text + "; known are " + types() + " and vectors like f32x16", "");
        }
        return new VType(s, lanes);
    }

    Scalar scalar(Token t) {
        Scalar s = SCALARS.get(t.getText());
        if (s == null) {
            throw wrong(t, "unknown type " + t.getText() + "; known are " + types(), "");
        }
        return s;
    }

    private static String types() {
        return "f32, f64, i32, i64, bool, ref";
    }

    /** A positive count, or null when the text is none. */
    private static Integer count(String digits) {
        if (digits.isEmpty() || digits.length() > 6 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        int n = Integer.parseInt(digits);
        return n < 1 ? null : n;
    }

    private Expr number(NumberExprContext c, boolean negative) {
        String text = c.getText();
        String digits = text.substring(0, text.length() - 1);
        String sign = negative ? "-" : "";
        try {
            if (c.FLOAT() != null) {
                float f = Float.parseFloat(digits);
                return new Expr.Lit(Scalar.F32, Float.floatToRawIntBits(negative ? -f : f));
            } else if (c.DOUBLE() != null) {
                double d = Double.parseDouble(digits);
                return new Expr.Lit(Scalar.F64, Double.doubleToRawLongBits(negative ? -d : d));
            } else if (c.LONG() != null) {
                return new Expr.Lit(Scalar.I64, Long.parseLong(sign + digits));
            } else if (c.HEX() != null) {
                return new Expr.Lit(Scalar.I32, Integer.parseInt(sign + text.substring(2), 16));
            }
            return new Expr.Lit(Scalar.I32, Integer.parseInt(sign + text));
        } catch (NumberFormatException e) {
            throw wrong(c, "the integer does not fit; one of 64 bits ends in L");
        }
    }

    private Expr name(NameExprContext c, boolean negative) {
        String text = c.getText();
        int sign = negative ? -1 : 1;
        return switch (text) {
            case "f32.inf" -> new Expr.Lit(Scalar.F32, Float.floatToRawIntBits(sign * Float.POSITIVE_INFINITY));
            case "f32.nan" -> new Expr.Lit(Scalar.F32, Float.floatToRawIntBits(Float.NaN));
            case "f64.inf" -> new Expr.Lit(Scalar.F64, Double.doubleToRawLongBits(sign * Double.POSITIVE_INFINITY));
            case "f64.nan" -> new Expr.Lit(Scalar.F64, Double.doubleToRawLongBits(Double.NaN));
            case "true", "false" -> new Expr.Lit(Scalar.BOOL, text.equals("true") ? 1 : 0);
            case "null" -> new Expr.Lit(Scalar.REF, 0);
            default -> throw wrong(c.getStart(), "unknown constant " + text, "a local is written %" + text);
        };
    }

    private Expr call(CallExprContext c) {
        String name = c.ID().getText();
        if (name.endsWith(".bits")) {
            return rawBits(c, name.substring(0, name.length() - 5));
        }
        List<Expr> args = new ArrayList<>();
        c.expr().forEach(e -> args.add(read(e)));
        if (name.indexOf('.') > 0) {
            return function(c, name, args);
        }
        if (BINARY.containsKey(name)) {
            arity(c, args, 2);
            return make(c, () -> new Expr.Bin(BINARY.get(name), args.get(0), args.get(1)));
        } else if (UNARY.containsKey(name)) {
            arity(c, args, 1);
            return new Expr.Un(UNARY.get(name), args.get(0));
        } else if (SCALARS.containsKey(name)) {
            arity(c, args, 1);
            return new Expr.Convert(SCALARS.get(name), args.get(0));
        } else if (name.startsWith("bits_") && SCALARS.containsKey(name.substring(5))) {
            arity(c, args, 1);
            return new Expr.Bitcast(SCALARS.get(name.substring(5)), args.get(0));
        } else if (name.startsWith("splat") && count(name.substring(5)) != null) {
            arity(c, args, 1);
            return new Expr.Splat(args.get(0), count(name.substring(5)));
        } else if (name.equals("fma") || name.equals("select")) {
            arity(c, args, 3);
            return make(c, () -> name.equals("fma")
                    ? new Expr.Fma(args.get(0), args.get(1), args.get(2))
                    : new Expr.Select(args.get(0), args.get(1), args.get(2)));
        }
        List<String> known = new ArrayList<>(BINARY.keySet());
        known.addAll(UNARY.keySet());
        known.addAll(List.of("fma", "select", "splat16", "splat8", "bits_i32", "bits_f32", "f32", "f64", "i32", "i64"));
        throw wrong(c.getStart(), "unknown function " + name, Spelling.hint(name, known));
    }

    private void arity(CallExprContext c, List<Expr> args, int n) {
        if (args.size() != n) {
            throw wrong(c, c.ID().getText() + " takes " + n + (n == 1 ? " argument" : " arguments") + ", not " + args.size());
        }
    }

    /** {@code f32.bits(0x7fc00001)}: a literal given by its bits. */
    private Expr rawBits(CallExprContext c, String type) {
        boolean hex = c.expr().size() == 1 && c.expr(0) instanceof NumberExprContext n && n.HEX() != null;
        if (!SCALARS.containsKey(type) || !hex) {
            throw wrong(c, "bits are written like f32.bits(0x7fc00001)");
        }
        try {
            return new Expr.Lit(SCALARS.get(type), Long.parseUnsignedLong(c.expr(0).getText().substring(2), 16));
        } catch (NumberFormatException e) {
            throw wrong(c, "more than 64 bits");
        }
    }

    private Expr function(CallExprContext c, String name, List<Expr> args) {
        String owner = name.substring(0, name.lastIndexOf('.'));
        String method = name.substring(owner.length() + 1);
        List<Scalar> types = args.stream().map(a -> a.type().scalar()).toList();
        Fn fn = Fns.of(owner, method, types);
        if (fn == null) {
            List<Fn> others = Fns.named(owner, method);
            if (others.isEmpty()) {
                List<String> known = Fns.all(owner).stream().map(Fn::name).distinct().toList();
                throw wrong(c.getStart(), "unknown function " + name,
                        known.isEmpty() ? Spelling.hint(owner, Fns.OWNERS) : Spelling.hint(method, known));
            }
            throw wrong(c, name + " does not take " + types + "; it takes " + String.join(" or ", others.stream().map(f -> f.params().toString()).toList()));
        }
        return new Expr.Call(fn, args);
    }
}
