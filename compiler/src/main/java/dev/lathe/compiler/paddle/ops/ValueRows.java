package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.Shapes;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** More functions of elements, small matrix operators, and tensors out of nothing. */
public final class ValueRows {
    private ValueRows() {}

    public static void register() {
        for (String f : new String[] {"asinh", "acosh", "atanh"}) {
            add(f, n -> n.out(n.op(f, n.need("X"))));
        }
        add("atan2", n -> n.out(n.op("atan2", n.need("X1"), n.need("X2"))));
        Map.of("bitwise_and", "BitwiseAnd", "bitwise_or", "BitwiseOr", "bitwise_xor", "BitwiseXor").forEach((name, op) -> add(name, n -> {
            boolean bool = n.need("X").elem() == ElementType.BOOL;
            n.out(bool ? n.op(name.substring(8), n.need("X"), n.need("Y")) : n.onnx(op, n.need("X"), n.need("Y")));
        }));
        add("bitwise_not", n -> n.out(n.need("X").elem() == ElementType.BOOL ? n.op("not", n.need("X")) : n.onnx("BitwiseNot", n.need("X"))));
        add("isnan_v2", n -> n.out(n.op("is_nan", n.need("X"))));
        add("isinf_v2", n -> n.out(infinite(n)));
        add("isfinite_v2", n -> n.out(n.op("not", n.op("or", n.op("is_nan", n.need("X")), infinite(n)))));
        Map.of("log2", 2, "log10", 10).forEach((name, base) -> add(name, n -> n.out(n.op("div", n.op("log", n.need("X")), Math.log(base)))));
        add("broadcast_tensors", n -> {
            List<Dim> dims = Shapes.broadcast(n.ins("X").stream().map(v -> v.tensor().dims()).toList());
            n.outs("Out", n.ins("X").stream().map(v -> n.expand(v, dims)).toList());
        });
        add("isclose", n -> n.out(close(n)));
        add("allclose", n -> {
            Value c = n.reduce("min", n.cast(close(n), ElementType.I32), false, ShapeRows.all(n.need("Input").rank()));
            n.out(n.cast(n.scalars() ? c : n.reshape(c, Dim.ONE), ElementType.BOOL));
        });
        add("equal_all", n -> {
            Value same = n.cast(n.op("eq", n.need("X"), n.need("Y")), ElementType.I32);
            Value c = n.reduce("min", same, false, ShapeRows.all(same.rank()));
            n.out(n.cast(n.scalars() ? c : n.reshape(c, Dim.ONE), ElementType.BOOL));
        });
        add("fill_any", n -> n.out(n.expand(n.like(n.need("X"), n.real("value_float", n.real("value", 0))), n.need("X").tensor().dims())));
        add("trunc", n -> {
            Value x = n.need("X");
            n.out(n.op("where", n.op("lt", x, n.like(x, 0)), n.op("ceil", x), n.op("floor", x)));
        });
        add("celu", n -> n.out(n.onnx("Celu", new Object[] {"alpha", n.real("alpha", 1)}, n.need("X"))));
        add("soft_relu", n -> {
            double t = n.real("threshold", 40);
            n.out(n.op("log1p", n.op("exp", n.between(n.need("X"), -t, t))));
        });
        add("relu_clipped", n -> n.out(n.between(n.need("X"), 0, n.real("Relu_clipped_coef", 6))));
        add("logit", n -> {
            Value x = n.need("X");
            double eps = n.real("eps", 1e-6);
            Value y = eps > 0 ? n.between(x, eps, 1 - eps) : x;
            n.out(n.op("log", n.op("div", y, n.op("sub", n.like(x, 1), y))));
        });
        add("lerp", n -> n.out(n.op("add", n.need("X"), n.op("mul", n.need("Weight"), n.op("sub", n.need("Y"), n.need("X"))))));
        for (String op : new String[] {"max", "min"}) {
            add("elementwise_f" + op, n -> {
                Value x = n.need("X");
                Value y = n.need("Y");
                n.out(n.op("where", n.op("is_nan", x), y, n.op("where", n.op("is_nan", y), x, n.op(op, x, y))));
            });
        }
        add("minus", n -> n.out(n.op("sub", n.need("X"), n.need("Y"))));
        add("kron", ValueRows::kron);
        add("dot", n -> {
            Value p = n.op("mul", n.need("X"), n.need("Y"));
            n.out(n.reduce("sum", p, !n.scalars() || p.rank() > 1, p.rank() - 1));
        });
        add("mv", n -> n.out(n.onnx("MatMul", n.need("X"), n.need("Vec"))));
        add("addmm", n -> {
            Value p = n.op("matmul", n.need("X"), n.need("Y"));
            n.out(n.op("add", n.op("mul", n.need("Input"), n.real("Beta", 1)), n.op("mul", p, n.real("Alpha", 1))));
        });
        add("einsum", n -> n.out(n.onnx("Einsum", new Object[] {"equation", n.text("equation", "")}, n.ins("Operands").toArray(new Value[0]))));
        add("cos_sim", ValueRows::cosine);
        add("inverse", n -> n.out("Output", n.onnx("com.microsoft:Inverse", n.need("Input"))));
        add("frobenius_norm", n -> {
            Value x = n.need("X");
            int[] dim = n.flag("reduce_all", false) ? ShapeRows.all(x.rank()) : java.util.Arrays.stream(n.ints("dim")).map(a -> n.axis(a, x.rank())).sorted().toArray();
            n.out(n.op("sqrt", n.reduce("sum", n.op("mul", x, x), n.flag("keep_dim", false), dim)));
        });
        add("cumprod", n -> {
            Value x = n.need("X");
            n.out(n.op("cumulate", Attrs.of("kind", "prod", "axis", n.axis(n.integer("dim", -1), x.rank()), "exclusive", false, "reverse", false), x));
        });
        // ---- out of nothing
        add("empty", n -> n.out(n.expand(n.b().scalar(n.elem("dtype", ElementType.F32), 0),
                n.has("ShapeTensorList") ? n.dims("", "ShapeTensorList", "") : n.dims("ShapeTensor", "", "shape"))));
        add("linspace", ValueRows::linspace);
        add("eye", n -> {
            Dim rows = Dim.of(n.integer("num_rows", 1));
            Dim columns = n.integer("num_columns", -1) < 0 ? rows : Dim.of(n.integer("num_columns", -1));
            Value same = n.op("eq", n.reshape(Sequences.iota(n, rows), rows, Dim.ONE), Sequences.iota(n, columns));
            n.out(n.cast(same, n.elem("dtype", ElementType.F32)));
        });
        add("gaussian_random", n -> n.out(random(n, "RandomNormalLike", "mean", n.real("mean", 0), "scale", n.real("std", 1))));
        add("truncated_gaussian_random", n -> n.out(random(n, "RandomNormalLike", "mean", n.real("mean", 0), "scale", n.real("std", 1))));
        add("uniform_random", n -> n.out(random(n, "RandomUniformLike", "low", n.real("min", -1), "high", n.real("max", 1))));
        add("sampling_id", n -> {
            // the first class whose share of the whole lies above a random number
            Value x = n.need("X");
            Value r = n.onnx("RandomUniformLike", new Object[] {"low", n.real("min", 0), "high", n.real("max", 1)}, n.part(x, 1, Dim.ZERO, Dim.ONE));
            Value below = n.reduce("sum", n.cast(n.op("lt", n.runningSum(x, 1, false), r), ElementType.I64), false, 1);
            n.out(n.op("min", below, n.b().dim(x.dim(1).minus(1))));
        });
        // ---- derivatives that some programs compute themselves
        add("relu_grad", n -> n.out("X@GRAD", n.op("where", n.op("gt", n.need("Out"), n.like(n.need("Out"), 0)), n.need("Out@GRAD"), n.like(n.need("Out"), 0))));
        add("tanh_grad", n -> {
            Value y = n.need("Out");
            n.out("X@GRAD", n.op("mul", n.need("Out@GRAD"), n.op("sub", n.like(y, 1), n.op("mul", y, y))));
        });
        add("square_grad", n -> n.out("X@GRAD", n.op("mul", n.need("Out@GRAD"), n.op("mul", n.need("X"), 2))));
        // ---- as mobile optimisers write them
        for (String op : new String[] {"add", "sub", "mul", "div", "max", "min"}) {
            add("fusion_elementwise_" + op + "_activation", n -> n.out(n.activate(ArithmeticRows.binary(n, op), n.text("act_type", ""))));
        }
        for (String op : new String[] {"io_copy", "io_copy_once", "layout", "layout_once", "memcpy", "memcpy_d2h", "memcpy_h2d", "depend"}) {
            add(op, n -> n.out(n.op("identity", n.has("Input") ? n.need("Input") : n.need("X"))));
        }
    }

    private static Value close(PaddleNode n) {
        Value x = n.need("Input");
        Value y = n.need("Other");
        double relative = n.hasAttr("rtol") ? Double.parseDouble(n.word("rtol")) : 1e-5;
        double absolute = n.hasAttr("atol") ? Double.parseDouble(n.word("atol")) : 1e-8;
        Value near = n.op("le", n.op("abs", n.op("sub", x, y)), n.op("add", n.op("mul", n.op("abs", y), relative), absolute));
        Value both = n.op("and", n.op("is_nan", x), n.op("is_nan", y));
        Value same = n.op("or", near, n.op("eq", x, y));
        return n.flag("equal_nan", false) ? n.op("or", same, both) : same;
    }

    private static Value infinite(PaddleNode n) {
        return n.op("is_inf", Attrs.of("negative", true, "positive", true), n.need("X"));
    }

    private static void kron(PaddleNode n) {
        Value x = n.need("X");
        Value y = n.need("Y");
        int rank = Math.max(x.rank(), y.rank());
        List<Dim> a = new ArrayList<>();
        List<Dim> c = new ArrayList<>();
        List<Dim> all = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            Dim p = i < rank - x.rank() ? Dim.ONE : x.dim(i - rank + x.rank());
            Dim q = i < rank - y.rank() ? Dim.ONE : y.dim(i - rank + y.rank());
            a.addAll(List.of(p, Dim.ONE));
            c.addAll(List.of(Dim.ONE, q));
            all.add(p.times(q));
        }
        n.out(n.reshape(n.op("mul", n.reshape(x, a), n.reshape(y, c)), all));
    }

    private static void cosine(PaddleNode n) {
        Value x = n.need("X");
        Value y = n.need("Y");
        Value xn = n.op("sqrt", n.reduce("sum", n.op("mul", x, x), true, 1));
        Value yn = n.op("sqrt", n.reduce("sum", n.op("mul", y, y), true, 1));
        n.out(n.op("div", n.reduce("sum", n.op("mul", x, y), true, 1), n.op("mul", xn, yn)));
        n.out("XNorm", xn);
        n.out("YNorm", yn);
    }

    private static void linspace(PaddleNode n) {
        ElementType t = n.elem("dtype", ElementType.F32);
        Value from = n.cast(TensorRows.scalar(n, "Start"), ElementType.F32);
        Value to = n.cast(TensorRows.scalar(n, "Stop"), ElementType.F32);
        Dim count = n.dims(n.need("Num")).get(0);
        Value gaps = n.cast(n.op("max", n.op("sub", n.b().dim(count), n.number(1)), n.number(1)), ElementType.F32);
        Value step = n.op("div", n.op("sub", to, from), gaps);
        Value at = n.op("iota", Attrs.of("size", count, "to", ElementType.F32));
        // the second half counts from the end, so that the last one is exact
        Value last = n.cast(n.b().dim(count.minus(1)), ElementType.F32);
        Value up = n.op("add", from, n.op("mul", at, step));
        Value down = n.op("sub", to, n.op("mul", n.op("sub", last, at), step));
        Value half = n.cast(n.b().dim(count.floorDiv(2)), ElementType.F32);
        n.out(n.cast(n.op("where", n.op("lt", at, half), up, down), t));
    }

    private static Value random(PaddleNode n, String op, Object... attrs) {
        List<Dim> dims = n.has("ShapeTensorList") ? n.dims("", "ShapeTensorList", "") : n.dims("ShapeTensor", "", "shape");
        Value like = n.expand(n.b().scalar(n.elem("dtype", ElementType.F32), 0), dims);
        List<Object> all = new ArrayList<>(List.of(attrs));
        if (n.integer("seed", 0) != 0) {
            all.addAll(List.of("seed", (float) n.integer("seed", 0)));
        }
        return n.onnx(op, all.toArray(), like);
    }
}
