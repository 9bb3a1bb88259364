package dev.lathe.compiler.onnx.ops;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.Shapes;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** How the derivative by an operation's result becomes those by its operands. */
final class GradientRules {
    private final NodeImport n;
    private final Calc c;
    private final Node node;
    private final Set<Value> reached;
    private final Map<Value, Value> slopes;
    private final Value g;

    /** @param reached the values whose derivatives are wanted; {@code slopes} takes them */
    GradientRules(NodeImport n, Node node, Set<Value> reached, Map<Value, Value> slopes) {
        this.n = n;
        this.c = new Calc(n);
        this.node = node;
        this.reached = reached;
        this.slopes = slopes;
        this.g = slopes.get(node.outputs().isEmpty() ? null : node.out());
    }

    private Value in(int i) {
        return node.in(i);
    }

    private Value y() {
        return node.out();
    }

    private Value num(double v) {
        return c.num(g, v);
    }

    private Value op(String name, Value... v) {
        return n.op(name, v);
    }

    /** Adds to operand {@code i}'s derivative, when it is wanted; summed where the operand was broadcast. */
    private void give(int i, Supplier<Value> slope) {
        Value x = in(i);
        if (x != null && reached.contains(x)) {
            Value s = narrow(slope.get(), x);
            slopes.merge(x, s, c::add);
        }
    }

    private Value narrow(Value s, Value x) {
        List<Dim> have = s.tensor().dims();
        List<Dim> want = x.tensor().dims();
        int more = have.size() - want.size();
        List<Integer> axes = new ArrayList<>();
        boolean open = false;
        for (int i = 0; i < have.size(); i++) {
            Dim w = i < more ? Dim.ONE : want.get(i - more);
            if (w.is(1) && (i < more || !have.get(i).is(1))) {
                axes.add(i);
            }
            open |= !w.is(1) && !w.equals(have.get(i)) && !(w.isConst() && have.get(i).isConst());
        }
        if (open) {
            return c.cast(narrowOpen(s, want), x.elem());
        }
        Value r = axes.isEmpty() ? s : c.reduce("sum", s, false, axes.stream().mapToInt(a -> a).toArray());
        return c.cast(c.reshape(r, want), x.elem());
    }

    // each dimension seen twice, as what stays and as what is summed: the extent of one of them turns out to be 1
    private Value narrowOpen(Value s, List<Dim> want) {
        List<Dim> have = s.tensor().dims();
        List<Dim> packed = LateAxes.strides(have);
        int more = have.size() - want.size();
        List<Dim> dims = new ArrayList<>(want);
        List<Dim> strides = new ArrayList<>(packed.subList(more, have.size()));
        int[] axes = new int[have.size()];
        for (int i = 0; i < have.size(); i++) {
            dims.add(i < more ? have.get(i) : have.get(i).floorDiv(want.get(i - more).max(Dim.ONE)));
            strides.add(packed.get(i));
            axes[i] = want.size() + i;
        }
        return c.reduce("sum", n.op("strided", Attrs.of("offset", Dim.ZERO, "dims", dims, "strides", strides), s), false, axes);
    }

    private LatheException unknown(String what) {
        String where = node.loc().names().isEmpty() ? "" : " (node \"" + node.loc() + "\")";
        return new LatheException("", "there is no rule to differentiate " + what + where,
                "let xs and zs bound a part of the model that does without it");
    }

    void apply() {
        if (g == null || node.outputs().size() != 1) {
            throw unknown("operation " + node.op());
        }
        Value x = in(0);
        switch (node.op()) {
            case "identity" -> give(0, () -> g);
            case "neg" -> give(0, () -> op("neg", g));
            case "abs" -> give(0, () -> c.mul(g, op("sign", x)));
            case "sign", "floor", "ceil", "round" -> give(0, () -> c.mul(g, 0));
            case "sqrt" -> give(0, () -> c.div(g, c.mul(y(), 2)));
            case "exp" -> give(0, () -> c.mul(g, y()));
            case "expm1" -> give(0, () -> c.mul(g, c.add(y(), 1)));
            case "log" -> give(0, () -> c.div(g, x));
            case "log1p" -> give(0, () -> c.div(g, c.add(x, 1)));
            case "sin" -> give(0, () -> c.mul(g, op("cos", x)));
            case "cos" -> give(0, () -> op("neg", c.mul(g, op("sin", x))));
            case "tan" -> give(0, () -> c.mul(g, c.add(c.mul(y(), y()), 1)));
            case "asin" -> give(0, () -> c.div(g, op("sqrt", c.sub(num(1), c.mul(x, x)))));
            case "acos" -> give(0, () -> op("neg", c.div(g, op("sqrt", c.sub(num(1), c.mul(x, x))))));
            case "atan" -> give(0, () -> c.div(g, c.add(c.mul(x, x), 1)));
            case "sinh" -> give(0, () -> c.mul(g, op("cosh", x)));
            case "cosh" -> give(0, () -> c.mul(g, op("sinh", x)));
            case "tanh" -> give(0, () -> c.mul(g, c.sub(num(1), c.mul(y(), y()))));
            case "asinh" -> give(0, () -> c.div(g, op("sqrt", c.add(c.mul(x, x), 1))));
            case "acosh" -> give(0, () -> c.div(g, op("sqrt", c.add(c.mul(x, x), -1))));
            case "atanh" -> give(0, () -> c.div(g, c.sub(num(1), c.mul(x, x))));
            case "erf" -> give(0, () -> c.mul(c.mul(g, 2 / Math.sqrt(Math.PI)), op("exp", op("neg", c.mul(x, x)))));
            case "sigmoid" -> give(0, () -> c.mul(g, c.mul(y(), c.sub(num(1), y()))));
            case "relu" -> give(0, () -> c.where(op("gt", x, c.num(x, 0)), g, num(0)));
            case "cast" -> give(0, () -> c.cast(g, x.elem()));
            case "add", "sub", "mul", "div", "pow", "min", "max", "prelu" -> binary(x, in(1));
            case "where" -> {
                give(1, () -> c.where(x, g, num(0)));
                give(2, () -> c.where(x, num(0), g));
            }
            case "matmul" -> matmul(x, in(1));
            case "conv" -> conv(x, in(1));
            case "reduce" -> reduce(x);
            case "softmax" -> give(0, () -> {
                Value p = c.mul(g, y());
                return c.sub(p, c.mul(y(), c.reduce("sum", p, true, axis())));
            });
            case "log_softmax" -> give(0, () -> c.sub(g, c.mul(op("exp", y()), c.reduce("sum", g, true, axis()))));
            case "layer_norm" -> layerNorm(x);
            default -> structure(x);
        }
    }

    private int axis() {
        return n.axis(node.attrs().integer("axis"), in(0).rank());
    }

    // ---- arithmetic ---------------------------------------------------------------------------------------------

    private void binary(Value a, Value b) {
        switch (node.op()) {
            case "add" -> {
                give(0, () -> g);
                give(1, () -> g);
            }
            case "sub" -> {
                give(0, () -> g);
                give(1, () -> op("neg", g));
            }
            case "mul" -> {
                give(0, () -> c.mul(g, b));
                give(1, () -> c.mul(g, a));
            }
            case "div" -> {
                give(0, () -> c.div(g, b));
                give(1, () -> op("neg", c.div(c.mul(g, y()), b)));
            }
            case "pow" -> {
                give(0, () -> c.where(c.eq(b, 0), num(0), c.mul(c.mul(g, b), op("pow", a, c.add(b, -1)))));
                give(1, () -> c.where(op("gt", a, c.num(a, 0)), c.mul(c.mul(g, y()), op("log", a)), num(0)));
            }
            case "prelu" -> {
                give(0, () -> c.where(c.lt(a, 0), c.mul(g, b), g));
                give(1, () -> c.where(c.lt(a, 0), c.mul(g, a), num(0)));
            }
            default -> {
                // equal ones share
                Value half = c.where(op("eq", a, b), c.mul(g, 0.5), num(0));
                String wins = node.is("max") ? "gt" : "lt";
                give(0, () -> c.where(op(wins, a, b), g, half));
                give(1, () -> c.where(op(wins, b, a), g, half));
            }
        }
    }

    private Value swapped(Value v) {
        int[] perm = new int[v.rank()];
        Arrays.setAll(perm, i -> i < perm.length - 2 ? i : 2 * perm.length - 3 - i);
        return c.transpose(v, perm);
    }

    private void matmul(Value a, Value b) {
        give(0, () -> op("matmul", g, swapped(b)));
        give(1, () -> op("matmul", swapped(a), g));
        give(2, () -> g);
    }

    private void conv(Value x, Value w) {
        Attrs a = node.attrs();
        int[] strides = a.ints("strides");
        int[] dil = a.ints("dilations");
        int[] pads = a.ints("pads");
        int d = strides.length;
        boolean known = x.tensor().isStatic() && w.tensor().isStatic() && g.tensor().isStatic();
        if (!known && (reached.contains(x) || reached.contains(w))) {
            throw unknown("a convolution of open extents");
        }
        give(0, () -> {
            int[] rest = new int[d];
            Arrays.setAll(rest, i -> (x.dim(2 + i).intValue() + pads[i] + pads[d + i] - dil[i] * (w.dim(2 + i).intValue() - 1) - 1) % strides[i]);
            return n.op("conv_transpose", a.with("output_pads", rest), g, w);
        });
        // the images are convolved with the slopes, batch and channels changed places, each group by itself
        give(1, () -> {
            Dim groups = Dim.of(a.integer("groups"));
            List<Dim> space = x.tensor().dims().subList(2, d + 2);
            List<Dim> parts = new ArrayList<>(List.of(x.dim(0), groups, x.dim(1).floorDiv(groups)));
            List<Dim> image = new ArrayList<>(List.of(parts.get(2), groups.times(x.dim(0))));
            parts.addAll(space);
            image.addAll(space);
            int[] front = new int[d + 3];
            Arrays.setAll(front, i -> i == 0 ? 2 : i == 2 ? 0 : i);
            int[] swap = new int[d + 2];
            Arrays.setAll(swap, i -> i < 2 ? 1 - i : i);
            Value from = c.reshape(c.transpose(c.reshape(x, parts), front), image);
            Value r = n.op("conv", a.with("strides", dil).with("dilations", strides), from, c.transpose(g, swap));
            for (int i = 0; i < d; i++) {
                r = TensorImport.part(n, r, 2 + i, Dim.ZERO, w.dim(2 + i));
            }
            return c.transpose(r, swap);
        });
        give(2, () -> {
            int[] axes = new int[d + 1];
            Arrays.setAll(axes, i -> i == 0 ? 0 : i + 1);
            return c.reduce("sum", g, false, axes);
        });
    }

    // ---- reductions ---------------------------------------------------------------------------------------------

    private void reduce(Value x) {
        int[] axes = node.attrs().ints("axes");
        List<Dim> dims = x.tensor().dims();
        List<Dim> kept = Shapes.reduced(dims, axes, true);
        Dim count = Dim.product(Arrays.stream(axes).mapToObj(dims::get).toList());
        Value s = c.reshape(g, kept);
        Value r = c.reshape(y(), kept);
        String kind = node.attrs().text("kind");
        give(0, () -> c.expand(switch (kind) {
            case "sum" -> s;
            case "mean" -> c.div(s, c.dim(count, g.elem()));
            case "sum_square" -> c.mul(c.mul(s, 2), x);
            case "l1" -> c.mul(s, op("sign", x));
            case "l2" -> c.where(c.eq(r, 0), num(0), c.div(c.mul(s, x), r));
            case "max", "min" -> {
                Value best = c.cast(op("eq", x, r), x.elem());
                yield c.div(c.mul(s, best), c.reduce("sum", best, true, axes));
            }
            default -> throw unknown("a reduction by " + kind);
        }, dims));
    }

    private void layerNorm(Value x) {
        int[] axes = new int[node.attrs().intValue("dims")];
        Arrays.setAll(axes, i -> x.rank() - axes.length + i);
        boolean mean = node.attrs().flag("mean");
        Value d = mean ? c.sub(x, c.reduce("mean", x, true, axes)) : x;
        Value inverse = c.div(num(1), op("sqrt", c.add(c.reduce("mean", c.mul(d, d), true, axes), node.attrs().real("eps"))));
        Value z = c.mul(d, inverse);
        give(0, () -> {
            Value s = in(1) == null ? g : c.mul(g, in(1));
            Value r = c.sub(s, c.mul(z, c.reduce("mean", c.mul(s, z), true, axes)));
            return c.mul(mean ? c.sub(r, c.reduce("mean", s, true, axes)) : r, inverse);
        });
        give(1, () -> c.mul(g, z));
        give(2, () -> g);
    }

    // ---- rearrangement ------------------------------------------------------------------------------------------

    private void structure(Value x) {
        Attrs a = node.attrs();
        switch (node.op()) {
            case "reshape" -> give(0, () -> c.reshape(g, x.tensor().dims()));
            case "expand" -> give(0, () -> g);
            case "transpose" -> give(0, () -> {
                int[] perm = a.ints("perm");
                int[] back = new int[perm.length];
                for (int i = 0; i < perm.length; i++) {
                    back[perm[i]] = i;
                }
                return c.transpose(g, back);
            });
            case "slice" -> give(0, () -> slice(x, a));
            case "concat" -> {
                Dim at = Dim.ZERO;
                for (int i = 0; i < node.inputs().size(); i++) {
                    Dim start = at;
                    Dim size = in(i).dim(axis());
                    give(i, () -> TensorImport.part(n, g, axis(), start, size));
                    at = at.plus(size);
                }
            }
            case "pad" -> {
                if (!a.text("mode").equals("constant") || reached.contains(in(1))) {
                    throw unknown("padding that depends on what is padded");
                }
                give(0, () -> n.op("pad", Attrs.of("mode", "constant", "before", negative(a.dims("before")), "after", negative(a.dims("after"))), g));
            }
            case "gather" -> give(0, () -> {
                List<Dim> dims = new ArrayList<>(x.tensor().dims());
                Dim many = in(1).tensor().size();
                dims.set(axis(), many);
                return scatter(x, axis(), c.reshape(c.wrap(c.cast(in(1), ElementType.I64), x.dim(axis())), many), c.reshape(g, dims));
            });
            case "gather_elements" -> give(0, () -> n.op("scatter_elements", Attrs.of("axis", axis(), "reduction", "add"), zeros(x.tensor().dims()), in(1), g));
            default -> throw unknown("operation " + node.op());
        }
    }

    private static List<Dim> negative(List<Dim> dims) {
        return dims.stream().map(d -> d.times(-1)).toList();
    }

    private Value zeros(List<Dim> dims) {
        return n.op("expand", Attrs.of("dims", dims), num(0));
    }

    /** {@code part}'s slices along an axis added to zeros at {@code places}. */
    private Value scatter(Value x, int axis, Value places, Value part) {
        List<Dim> dims = new ArrayList<>(part.tensor().dims());
        dims.set(axis, x.dim(axis));
        Value at = c.expand(c.along(places, axis, part.rank()), part.tensor().dims());
        return n.op("scatter_elements", Attrs.of("axis", axis, "reduction", "add"), zeros(dims), at, part);
    }

    private Value slice(Value x, Attrs a) {
        int[] steps = a.ints("steps");
        Value r = g;
        List<Dim> before = new ArrayList<>(Collections.nCopies(x.rank(), Dim.ZERO));
        List<Dim> after = new ArrayList<>(before);
        for (int i = 0; i < x.rank(); i++) {
            Dim start = a.dims("starts").get(i);
            Dim size = a.dims("sizes").get(i);
            if (steps[i] == 1) {
                before.set(i, start);
                after.set(i, x.dim(i).minus(start).minus(size));
            } else {
                r = scatter(x, i, c.add(c.mul(c.iota(size, ElementType.I64), steps[i]), c.dim(start)), r);
            }
        }
        return n.op("pad", Attrs.of("before", before, "after", after, "mode", "constant"), r);
    }
}
