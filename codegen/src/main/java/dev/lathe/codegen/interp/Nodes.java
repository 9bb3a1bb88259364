package dev.lathe.codegen.interp;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Scalar;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/** Makes expressions ready to run: locals become slots, operations become functions of bits. */
final class Nodes {
    private final Slots slots;

    Nodes(Slots slots) {
        this.slots = slots;
    }

    private interface Lanes {
        long at(Frame f, int lane);
    }

    private static Node node(Lanes n) {
        return new Node() {
            @Override
            long at(Frame f, int lane) {
                return n.at(f, lane);
            }
        };
    }

    Node make(Expr e) {
        if (e instanceof Expr.Lit l) {
            return literal(l);
        } else if (e instanceof Expr.Var v) {
            return local(slots.slot(v.name()));
        } else if (e instanceof Expr.Load l) {
            return load(slots.buffer(l.buf()), make(l.index()), l.type().scalar());
        } else if (e instanceof Expr.Un u) {
            return map(ScalarOps.unary(u.op(), u.type().scalar()), make(u.a()));
        } else if (e instanceof Expr.Bin b) {
            return binary(b);
        } else if (e instanceof Expr.Fma x) {
            return fma(x.type().scalar(), make(x.a()), make(x.b()), make(x.c()));
        } else if (e instanceof Expr.Cmp p) {
            return map(ScalarOps.compare(p.op(), p.a().type().scalar()), make(p.a()), make(p.b()));
        } else if (e instanceof Expr.Select s) {
            return select(make(s.cond()), make(s.a()), make(s.b()));
        } else if (e instanceof Expr.Convert x) {
            return map(ScalarOps.convert(x.a().type().scalar(), x.to()), make(x.a()));
        } else if (e instanceof Expr.Bitcast b) {
            return make(b.a());
        } else if (e instanceof Expr.Splat s) {
            Node a = make(s.a());
            return node((f, lane) -> a.at(f, 0));
        }
        Expr.Call call = (Expr.Call) e;
        return new FunctionNode(call.fn(), call.args().stream().map(this::make).toArray(Node[]::new));
    }

    private static Node literal(Expr.Lit l) {
        long bits = switch (l.scalar()) {
            case F32, I32 -> (int) l.bits();
            case F64, I64, BOOL, REF -> l.bits();
        };
        return new Node() {
            @Override
            long at(Frame f, int lane) {
                return bits;
            }

            @Override
            Object ref(Frame f) {
                return null;
            }
        };
    }

    private static Node local(int slot) {
        return new Node() {
            @Override
            long at(Frame f, int lane) {
                return f.locals[slot + lane];
            }

            @Override
            Object ref(Frame f) {
                return f.refs[slot];
            }
        };
    }

    private static Node load(int b, Node index, Scalar s) {
        return switch (s) {
            case F32 -> node((f, lane) -> ScalarOps.bits(((float[]) f.arrays[b])[place(f, b, index, lane)]));
            case F64 -> node((f, lane) -> ScalarOps.bits(((double[]) f.arrays[b])[place(f, b, index, lane)]));
            case I32 -> node((f, lane) -> ((int[]) f.arrays[b])[place(f, b, index, lane)]);
            case I64 -> node((f, lane) -> ((long[]) f.arrays[b])[place(f, b, index, lane)]);
            case REF -> new Node() {
                @Override
                long at(Frame f, int lane) {
                    throw new IllegalStateException("bits of a reference");
                }

                @Override
                Object ref(Frame f) {
                    return ((Object[]) f.arrays[b])[place(f, b, index, 0)];
                }
            };
            case BOOL -> throw new IllegalStateException("a buffer of bools");
        };
    }

    static int place(Frame f, int buffer, Node index, int lane) {
        return f.offsets[buffer] + (int) index.at(f, 0) + lane;
    }

    private static Node map(LongUnaryOperator op, Node a) {
        return node((f, lane) -> op.applyAsLong(a.at(f, lane)));
    }

    private static Node map(LongBinaryOperator op, Node a, Node b) {
        return node((f, lane) -> op.applyAsLong(a.at(f, lane), b.at(f, lane)));
    }

    // the right side of a scalar AND or OR is evaluated only where it decides
    private Node binary(Expr.Bin e) {
        Node a = make(e.a());
        Node b = make(e.b());
        if (e.type().equals(Scalar.BOOL.scalar()) && (e.op() == BinOp.AND || e.op() == BinOp.OR)) {
            long decides = e.op() == BinOp.AND ? 0 : 1;
            return node((f, lane) -> a.at(f, 0) == decides ? decides : b.at(f, 0));
        }
        return map(ScalarOps.binary(e.op(), e.type().scalar()), a, b);
    }

    private static Node fma(Scalar s, Node a, Node b, Node c) {
        return switch (s) {
            case F32 -> node((f, lane) -> ScalarOps.bits(
                    Math.fma(ScalarOps.f(a.at(f, lane)), ScalarOps.f(b.at(f, lane)), ScalarOps.f(c.at(f, lane)))));
            case F64 -> node((f, lane) -> ScalarOps.bits(
                    Math.fma(ScalarOps.d(a.at(f, lane)), ScalarOps.d(b.at(f, lane)), ScalarOps.d(c.at(f, lane)))));
            case I32, I64, BOOL, REF -> throw new IllegalStateException("fma on " + s.text());
        };
    }

    private static Node select(Node cond, Node a, Node b) {
        return new Node() {
            @Override
            long at(Frame f, int lane) {
                return (cond.at(f, lane) != 0 ? a : b).at(f, lane);
            }

            @Override
            Object ref(Frame f) {
                return (cond.at(f, 0) != 0 ? a : b).ref(f);
            }
        };
    }
}
