package dev.lathe.compiler.pass;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import dev.lathe.compiler.ir.op.Shapes;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Identities, one row each, tried in order. A row holds for every bit of every element (but for the bits of a NaN): so
 * {@code x + 0} is none, because -0 + 0 is 0. The one exception, the square, says so.
 */
final class SimplifyRules {
    /** What stands for a node: a value that is there, or another node for the same result. */
    record Result(Value value, Node node) {}

    private interface Rule {
        Result apply(Node n, Rewriter r);
    }

    private static final Map<String, List<Rule>> RULES = new HashMap<>();

    private static void rule(String op, Rule r) {
        RULES.computeIfAbsent(op, k -> new ArrayList<>()).add(r);
    }

    static {
        // identity(x) == x
        rule("identity", (n, r) -> value(n.in(0)));
        // transpose(transpose(x, p), q) == transpose(x, p then q)
        rule("transpose", (n, r) -> {
            Node p = from(n, "transpose", r);
            return p == null ? null : node(n.withAttrs(Attrs.of("perm", Perms.compose(p.attrs().ints("perm"), n.attrs().ints("perm")))), p, p.in(0));
        });
        // transpose(x, identity) == x
        rule("transpose", (n, r) -> Perms.isIdentity(n.attrs().ints("perm")) ? value(n.in(0)) : null);
        // transpose(x, p) == reshape(x) when p moves nothing but dimensions of 1
        rule("transpose", (n, r) -> Perms.keepsOrder(n.in(0).tensor().dims(), n.attrs().ints("perm")) ? reshape(n) : null);
        // reshape(reshape(x)) == reshape(x)
        rule("reshape", (n, r) -> {
            Node p = from(n, "reshape", r);
            return p == null ? null : node(n, p, p.in(0));
        });
        // these do nothing when the result has the operand's type
        rule("reshape", SimplifyRules::sameType);
        rule("expand", SimplifyRules::sameType);
        rule("cast", SimplifyRules::sameType);
        // expand(x) == reshape(x) when only dimensions of 1 are added
        rule("expand", (n, r) -> {
            List<Dim> to = n.out().tensor().dims();
            int more = to.size() - n.in(0).rank();
            boolean ones = more > 0 && to.subList(0, more).stream().allMatch(d -> d.is(1)) && to.subList(more, to.size()).equals(n.in(0).tensor().dims());
            return ones ? reshape(n) : null;
        });
        // slice(x, everything) == x
        rule("slice", (n, r) -> n.attrs().dims("starts").stream().allMatch(d -> d.is(0))
                && Arrays.stream(n.attrs().ints("steps")).allMatch(s -> s == 1) ? sameType(n, r) : null);
        // pad(x, 0) == x
        rule("pad", (n, r) -> n.attrs().dims("before").stream().allMatch(d -> d.is(0))
                && n.attrs().dims("after").stream().allMatch(d -> d.is(0)) ? value(n.in(0)) : null);
        // concat(x) == x
        rule("concat", (n, r) -> n.inputs().size() == 1 ? value(n.in(0)) : null);
        // cast(cast(x, b), c) == cast(x, c) when b holds every x
        rule("cast", (n, r) -> {
            Node p = from(n, "cast", r);
            return p != null && Widening.exact(p.in(0).elem(), p.out().elem()) && Widening.comparable(p.in(0).elem(), n.out().elem())
                    ? node(n, p, p.in(0)) : null;
        });
        // x * 1 == 1 * x == x
        rule("mul", (n, r) -> isAll(n, 1, 1, r) ? same(n, 0) : isAll(n, 0, 1, r) ? same(n, 1) : null);
        // x / 1 == x
        rule("div", (n, r) -> isAll(n, 1, 1, r) ? same(n, 0) : null);
        // x / c == x * (1/c) when c is a power of two: both round the same number
        rule("div", SimplifyRules::powerOfTwo);
        // x + -0 == -0 + x == x; for integers 0 is -0
        rule("add", (n, r) -> isAll(n, 1, -0.0, r) ? same(n, 0) : isAll(n, 0, -0.0, r) ? same(n, 1) : null);
        // x - 0 == x
        rule("sub", (n, r) -> isAll(n, 1, 0.0, r) ? same(n, 0) : null);
        // x ^ 2 == x * x, by definition of this compiler: rounded once where pow need not be
        rule("pow", (n, r) -> isAll(n, 1, 2, r) && n.in(0).type().equals(n.out().type())
                ? new Result(null, new Node("mul", List.of(n.in(0), n.in(0)), n.out(), Attrs.NONE, n.loc())) : null);
        // -(-x) == x
        rule("neg", SimplifyRules::twice);
        // !!x == x
        rule("not", SimplifyRules::twice);
        // f(f(x)) == f(x)
        for (String f : List.of("abs", "relu", "floor", "ceil", "round", "sign")) {
            rule(f, (n, r) -> {
                Node p = from(n, f, r);
                return p == null ? null : value(n.in(0));
            });
        }
        // |-x| == |x|
        rule("abs", (n, r) -> {
            Node p = from(n, "neg", r);
            return p == null || !n.out().elem().isFloat() ? null : node(n, p, p.in(0));
        });
        // where(true, x, y) == x
        rule("where", (n, r) -> {
            Tensor c = r.tensor(n.in(0));
            if (c == null || !uniform(c)) {
                return null;
            }
            Value v = n.in(c.integer(0) != 0 ? 1 : 2);
            return v.type().equals(n.out().type()) ? value(v)
                    : new Result(null, new Node("expand", List.of(v), n.out(), Attrs.of("dims", n.out().tensor().dims()), n.loc()));
        });
        // where(c, x, x) == x
        rule("where", (n, r) -> n.in(1) == n.in(2) ? same(n, 1) : null);
        // matmul(x, w[1,K,N]) == matmul(x, w[K,N]): one matrix for all
        rule("matmul", (n, r) -> {
            Tensor w = r.tensor(n.in(1));
            if (w == null || w.rank() <= 2 || n.in(0).rank() < w.rank() || Arrays.stream(w.dims(), 0, w.rank() - 2).anyMatch(d -> d != 1)) {
                return null;
            }
            List<Value> in = new ArrayList<>(n.inputs());
            in.set(1, r.constant(n.in(1).name(), w.reshaped(w.dims()[w.rank() - 2], w.dims()[w.rank() - 1])));
            return new Result(null, n.withInputs(in));
        });
    }

    private SimplifyRules() {}

    /** What stands for {@code n} by the first rule that fires, or null. */
    static Result apply(Node n, Rewriter r) {
        if (n.outputs().size() != 1 || n.out() == null) {
            return null;
        }
        for (Rule rule : RULES.getOrDefault(n.op(), List.of())) {
            Result x = rule.apply(n, r);
            if (x != null) {
                return x;
            }
        }
        Op row = OpTable.find(n.op());
        return row != null && row.kind() == Op.Kind.ELEMENTWISE && !n.is("map") ? smallerOperand(n, r) : null;
    }

    /** Whether there are rules for nodes like this one. */
    static boolean concern(Node n) {
        Op row = OpTable.find(n.op());
        return RULES.containsKey(n.op()) || row != null && row.kind() == Op.Kind.ELEMENTWISE && !n.is("map");
    }

    // f(expand(x), y) == f(x, y) when y has the shape; a constant of equal elements is a scalar
    private static Result smallerOperand(Node n, Rewriter r) {
        for (int i = 0; i < n.inputs().size(); i++) {
            Node p = r.producer(n.in(i));
            if (p == null) {
                continue;
            }
            Tensor t = p.is("const") ? p.attrs().tensor("value") : null;
            boolean scalar = t != null && t.rank() > 0 && uniform(t);
            if (!scalar && !p.is("expand")) {
                continue;
            }
            List<List<Dim>> shapes = new ArrayList<>();
            for (int k = 0; k < n.inputs().size(); k++) {
                shapes.add(k != i ? n.in(k).tensor().dims() : scalar ? List.of() : p.in(0).tensor().dims());
            }
            try {
                if (!Shapes.broadcast(shapes).equals(n.out().tensor().dims())) {
                    continue;
                }
            } catch (LatheException e) {
                continue;
            }
            List<Value> in = new ArrayList<>(n.inputs());
            in.set(i, scalar ? r.constant(n.in(i).name(), Tensors.view(t, new int[0], 0, new int[0])) : p.in(0));
            return new Result(null, n.withInputs(in));
        }
        return null;
    }

    private static Node from(Node n, String op, Rewriter r) {
        Node p = r.producer(n.in(0));
        return p != null && p.is(op) ? p : null;
    }

    private static Result value(Value v) {
        return new Result(v, null);
    }

    private static Result node(Node n, Node swallowed, Value operand) {
        return new Result(null, n.withInputs(List.of(operand)).withLoc(swallowed.loc().and(n.loc())));
    }

    private static Result reshape(Node n) {
        return new Result(null, new Node("reshape", List.of(n.in(0)), n.out(), Attrs.of("dims", n.out().tensor().dims()), n.loc()));
    }

    private static Result sameType(Node n, Rewriter r) {
        return same(n, 0);
    }

    // operand i, if broadcasting has not changed its shape
    private static Result same(Node n, int i) {
        return n.in(i).type().equals(n.out().type()) ? value(n.in(i)) : null;
    }

    private static Result twice(Node n, Rewriter r) {
        Node p = from(n, n.op(), r);
        return p == null ? null : value(p.in(0));
    }

    private static boolean isNumber(Tensor t) {
        return t.type().storage() != Storage.REF && !t.type().isComplex();
    }

    /** Whether operand {@code i} is a constant of which every element is exactly {@code want}, the sign of zero included. */
    private static boolean isAll(Node n, int i, double want, Rewriter r) {
        Tensor t = r.tensor(n.in(i));
        if (t == null || !isNumber(t) || t.size() == 0) {
            return false;
        }
        boolean f = t.type().isFloat();
        for (int k = 0; k < t.size(); k++) {
            double v = t.number(k);
            if (f ? Double.doubleToLongBits(v) != Double.doubleToLongBits(want) : v != want) {
                return false;
            }
        }
        return true;
    }

    private static boolean uniform(Tensor t) {
        if (t.size() == 0 || !isNumber(t)) {
            return false;
        }
        for (int k = 1; k < t.size(); k++) {
            if (Double.doubleToRawLongBits(t.number(k)) != Double.doubleToRawLongBits(t.number(0))) {
                return false;
            }
        }
        return true;
    }

    private static Result powerOfTwo(Node n, Rewriter r) {
        Tensor t = r.tensor(n.in(1));
        if (t == null || t.type() != ElementType.F32 || t.size() == 0) {
            return null;
        }
        float[] inverse = new float[t.size()];
        for (int i = 0; i < inverse.length; i++) {
            float c = t.floats()[i];
            int exponent = Math.getExponent(c);
            if ((Float.floatToRawIntBits(c) & 0x7FFFFF) != 0 || exponent < -126 || exponent > 126) {
                return null;
            }
            inverse[i] = 1 / c;
        }
        Value v = r.constant(n.in(1).name(), new Tensor(t.type(), t.dims(), inverse));
        return new Result(null, new Node("mul", List.of(n.in(0), v), n.out(), Attrs.NONE, n.loc()));
    }
}
