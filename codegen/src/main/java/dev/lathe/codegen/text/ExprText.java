package dev.lathe.codegen.text;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.CmpOp;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.VType;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Prints expressions: infix with as few parentheses as keep the tree, functions and conversions by name. */
final class ExprText {
    private final StringBuilder out;
    private final Map<String, Scalar> bufs;
    private final Map<String, VType> locals;

    /**
     * @param bufs element types of the buffers in scope
     * @param locals types of the locals in scope; a use with another type is printed with it
     */
    ExprText(StringBuilder out, Map<String, Scalar> bufs, Map<String, VType> locals) {
        this.out = out;
        this.bufs = bufs;
        this.locals = locals;
    }

    /** How an infix operator binds; 0 for what is written as a function. */
    static int precedence(BinOp op) {
        return switch (op) {
            case MUL, DIV -> 6;
            case ADD, SUB -> 5;
            case AND -> 3;
            case XOR -> 2;
            case OR -> 1;
            case REM, MIN, MAX, SHL, SHR, USHR -> 0;
        };
    }

    private static final int COMPARISON = 4;
    private static final int UNARY = 7;
    private static final int PRIMARY = 8;

    static String infix(BinOp op) {
        return switch (op) {
            case MUL -> "*";
            case DIV -> "/";
            case ADD -> "+";
            case SUB -> "-";
            case AND -> "&";
            case XOR -> "^";
            case OR -> "|";
            case REM, MIN, MAX, SHL, SHR, USHR -> null;
        };
    }

    static String infix(CmpOp op) {
        return switch (op) {
            case EQ -> "==";
            case NE -> "!=";
            case LT -> "<";
            case LE -> "<=";
            case GT -> ">";
            case GE -> ">=";
        };
    }

    static String function(Enum<?> op) {
        return op.name().toLowerCase(Locale.ROOT);
    }

    void print(Expr e) {
        print(e, 0);
    }

    /** Prints with parentheses when {@code e} binds less than {@code least}. */
    private void print(Expr e, int least) {
        boolean parens = precedence(e) < least;
        out.append(parens ? "(" : "");
        tree(e);
        out.append(parens ? ")" : "");
    }

    private static int precedence(Expr e) {
        if (e instanceof Expr.Bin b && infix(b.op()) != null) {
            return precedence(b.op());
        }
        if (e instanceof Expr.Cmp) {
            return COMPARISON;
        }
        return e instanceof Expr.Un u && u.op() == Expr.UnOp.NEG ? UNARY : PRIMARY;
    }

    private void tree(Expr e) {
        if (e instanceof Expr.Lit l) {
            out.append(literal(l));
        } else if (e instanceof Expr.Var v) {
            out.append(Words.local(v.name()));
            if (!v.type().equals(locals.get(v.name()))) {
                out.append("::").append(v.type());
            }
        } else if (e instanceof Expr.Load l) {
            out.append(Words.local(l.buf())).append('[');
            print(l.index());
            if (l.type().scalar() != bufs.get(l.buf())) {
                out.append(" : ").append(l.type());
            } else if (l.type().isVector()) {
                out.append(" : ").append(l.type().lanes());
            }
            out.append(']');
        } else if (e instanceof Expr.Un u) {
            unary(u);
        } else if (e instanceof Expr.Bin b) {
            String op = infix(b.op());
            if (op == null) {
                call(function(b.op()), List.of(b.a(), b.b()));
            } else {
                infix(b.a(), op, b.b(), precedence(b.op()), precedence(b.op()));
            }
        } else if (e instanceof Expr.Cmp c) {
            // comparisons don't chain: parentheses on either side
            infix(c.a(), infix(c.op()), c.b(), COMPARISON + 1, COMPARISON);
        } else if (e instanceof Expr.Fma f) {
            call("fma", List.of(f.a(), f.b(), f.c()));
        } else if (e instanceof Expr.Select s) {
            call("select", List.of(s.cond(), s.a(), s.b()));
        } else if (e instanceof Expr.Convert c) {
            call(c.to().text(), List.of(c.a()));
        } else if (e instanceof Expr.Bitcast c) {
            call("bits_" + c.to().text(), List.of(c.a()));
        } else if (e instanceof Expr.Splat s) {
            call("splat" + s.lanes(), List.of(s.a()));
        } else if (e instanceof Expr.Call c) {
            call(c.fn().toString(), c.args());
        }
    }

    private void unary(Expr.Un u) {
        if (u.op() != Expr.UnOp.NEG) {
            call(function(u.op()), List.of(u.a()));
        } else if (u.a() instanceof Expr.Lit) {
            // -1 is a literal, -(1) a negation
            call("-", List.of(u.a()));
        } else {
            out.append('-');
            print(u.a(), UNARY);
        }
    }

    private void infix(Expr a, String op, Expr b, int left, int right) {
        print(a, left);
        out.append(' ').append(op).append(' ');
        print(b, right + 1);
    }

    private void call(String name, List<Expr> args) {
        out.append(name).append('(');
        for (int i = 0; i < args.size(); i++) {
            out.append(i == 0 ? "" : ", ");
            print(args.get(i));
        }
        out.append(')');
    }

    /** Literals carry their type in a suffix; bits that no number prints are given as they are. */
    static String literal(Expr.Lit l) {
        long bits = l.bits();
        String plain = switch (l.scalar()) {
            case F32 -> {
                float f = Float.intBitsToFloat((int) bits);
                boolean exact = bits == (int) bits && (!Float.isNaN(f) || bits == Float.floatToRawIntBits(Float.NaN));
                yield !exact ? null : Float.isFinite(f) ? Numbers.text(f) + "f" : special(Numbers.text(f), "f32.");
            }
            case F64 -> {
                double d = Double.longBitsToDouble(bits);
                boolean exact = !Double.isNaN(d) || bits == Double.doubleToRawLongBits(Double.NaN);
                yield !exact ? null : Double.isFinite(d) ? Numbers.text(d) + "d" : special(Numbers.text(d), "f64.");
            }
            case I32 -> bits == (int) bits ? Long.toString(bits) : null;
            case I64 -> bits + "L";
            case BOOL -> bits == 0 ? "false" : bits == 1 ? "true" : null;
            case REF -> bits == 0 ? "null" : null;
        };
        return plain != null ? plain : l.scalar().text() + ".bits(0x" + Long.toHexString(bits) + ")";
    }

    private static String special(String text, String prefix) {
        return text.startsWith("-") ? "-" + prefix + text.substring(1) : prefix + text;
    }
}
