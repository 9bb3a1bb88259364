package dev.lathe.codegen.transform;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Fns;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Runs kernels for tests: a value is an array of boxed lanes, bool included. Checks names and array bounds. */
final class Eval {
    private final Map<String, Object> arrays;
    private final Map<String, Object[]> locals = new HashMap<>();
    private final Map<String, Method> methods = new HashMap<>();

    private Eval(Map<String, Object> arrays) {
        this.arrays = arrays;
    }

    static void run(Kernel k, Map<String, Object> arrays, int... ints) {
        TransformTest.checkNames(k);
        Eval e = new Eval(arrays);
        for (int i = 0; i < ints.length; i++) {
            e.locals.put(k.ints().get(i), new Object[] {ints[i]});
        }
        e.block(k.body());
    }

    private void block(List<Stmt> body) {
        for (Stmt s : body) {
            if (s instanceof Stmt.Let x) {
                locals.put(x.name(), value(x.value()));
            } else if (s instanceof Stmt.Mut x) {
                locals.put(x.name(), value(x.value()));
            } else if (s instanceof Stmt.Set x) {
                Object[] v = value(x.value());
                if (locals.put(x.name(), v).length != v.length) {
                    throw new IllegalStateException("lanes of " + x.name());
                }
            } else if (s instanceof Stmt.Store x) {
                int at = (int) value(x.index())[0];
                Object[] v = value(x.value());
                for (int i = 0; i < v.length; i++) {
                    Array.set(arrays.get(x.buf()), at + i, v[i]);
                }
            } else if (s instanceof Stmt.For x) {
                int hi = (int) value(x.hi())[0];
                for (int i = (int) value(x.lo())[0]; i < hi; i += x.step()) {
                    locals.put(x.index(), new Object[] {i});
                    block(x.body());
                }
            } else if (s instanceof Stmt.If x) {
                block((boolean) value(x.cond())[0] ? x.then() : x.otherwise());
            } else if (s instanceof Stmt.While x) {
                while ((boolean) value(x.cond())[0]) {
                    block(x.body());
                }
            }
        }
    }

    private Object[] value(Expr e) {
        Object[] r = new Object[e.type().lanes()];
        if (e instanceof Expr.Var v) {
            Object[] x = locals.get(v.name());
            if (x == null || x.length != r.length) {
                throw new IllegalStateException("local " + v);
            }
            return x;
        }
        if (e instanceof Expr.Load x) {
            int at = (int) value(x.index())[0];
            for (int i = 0; i < r.length; i++) {
                r[i] = Array.get(arrays.get(x.buf()), at + i);
            }
            return r;
        }
        if (e instanceof Expr.Select x && r.length == 1) {
            return value((boolean) value(x.cond())[0] ? x.a() : x.b());
        }
        List<Object[]> c = Walk.children(e).stream().map(this::value).toList();
        for (int i = 0; i < r.length; i++) {
            int lane = i;
            r[i] = lane(e, c.stream().map(v -> v.length == 1 ? v[0] : v[lane]).toArray());
        }
        return r;
    }

    private Object lane(Expr e, Object[] c) {
        if (e instanceof Expr.Lit x) {
            return switch (x.scalar()) {
                case F32 -> Float.intBitsToFloat((int) x.bits());
                case F64 -> Double.longBitsToDouble(x.bits());
                case I32 -> (int) x.bits();
                case I64 -> x.bits();
                case BOOL -> x.bits() != 0;
                case REF -> throw new IllegalStateException();
            };
        } else if (e instanceof Expr.Un x) {
            return c[0] instanceof Float f ? un(x.op(), f) : c[0] instanceof Boolean b ? !b : un(x.op(), (int) c[0]);
        } else if (e instanceof Expr.Bin x) {
            return bin(x.op(), c[0], c[1]);
        } else if (e instanceof Expr.Fma) {
            return Math.fma((float) c[0], (float) c[1], (float) c[2]);
        } else if (e instanceof Expr.Cmp x) {
            return cmp(x.op(), c[0], c[1]);
        } else if (e instanceof Expr.Select) {
            return (boolean) c[0] ? c[1] : c[2];
        } else if (e instanceof Expr.Convert x) {
            Number n = c[0] instanceof Boolean b ? (b ? 1 : 0) : (Number) c[0];
            boolean toInt = c[0] instanceof Float && x.to() == Scalar.I32;
            return switch (x.to()) {
                case F32 -> n.floatValue();
                case F64 -> n.doubleValue();
                case I32 -> toInt ? (int) n.floatValue() : n.intValue();
                case I64 -> n.longValue();
                default -> throw new IllegalStateException();
            };
        } else if (e instanceof Expr.Bitcast x) {
            return x.to() == Scalar.I32 ? (Object) Float.floatToRawIntBits((float) c[0])
                : (Object) Float.intBitsToFloat((int) c[0]);
        } else if (e instanceof Expr.Splat) {
            return c[0];
        } else if (e instanceof Expr.Call x) {
            return call(x, c);
        }
        throw new IllegalStateException(e.toString());
    }

    private Object call(Expr.Call x, Object[] args) {
        try {
            Method m = methods.computeIfAbsent(x.fn().toString(), n -> {
                return Stream.of(Fns.owner(x.fn().owner()).getMethods())
                    .filter(z -> z.getName().equals(x.fn().name())).findFirst().orElseThrow();
            });
            return m.invoke(null, args);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object un(Expr.UnOp op, float a) {
        return switch (op) {
            case NEG -> -a;
            case ABS -> Math.abs(a);
            case SQRT -> (float) Math.sqrt(a);
            case FLOOR -> (float) Math.floor(a);
            case CEIL -> (float) Math.ceil(a);
            case RINT -> (float) Math.rint(a);
            case NOT -> throw new IllegalStateException();
        };
    }

    private static Object un(Expr.UnOp op, int a) {
        return switch (op) {
            case NEG -> -a;
            case ABS -> Math.abs(a);
            case NOT -> ~a;
            default -> throw new IllegalStateException();
        };
    }

    private static Object bin(Expr.BinOp op, Object p, Object q) {
        if (p instanceof Boolean a) {
            boolean b = (boolean) q;
            return switch (op) {
                case AND -> a & b;
                case OR -> a | b;
                case XOR -> a ^ b;
                default -> throw new IllegalStateException();
            };
        }
        if (p instanceof Float a) {
            float b = (float) q;
            return switch (op) {
                case ADD -> a + b;
                case SUB -> a - b;
                case MUL -> a * b;
                case DIV -> a / b;
                case REM -> a % b;
                case MIN -> Math.min(a, b);
                case MAX -> Math.max(a, b);
                default -> throw new IllegalStateException();
            };
        }
        if (p instanceof Double a) {
            return op == Expr.BinOp.ADD ? a + (double) q : a * (double) q;
        }
        int a = (int) p;
        int b = (int) q;
        return switch (op) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case REM -> a % b;
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
            case AND -> a & b;
            case OR -> a | b;
            case XOR -> a ^ b;
            case SHL -> a << b;
            case SHR -> a >> b;
            case USHR -> a >>> b;
        };
    }

    private static boolean cmp(Expr.CmpOp op, Object p, Object q) {
        if (p instanceof Boolean) {
            return op == Expr.CmpOp.EQ == p.equals(q);
        }
        double a = ((Number) p).doubleValue();
        double b = ((Number) q).doubleValue();
        return switch (op) {
            case EQ -> a == b;
            case NE -> a != b;
            case LT -> a < b;
            case LE -> a <= b;
            case GT -> a > b;
            case GE -> a >= b;
        };
    }
}
