package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Functions of two elements, comparisons, and products of matrices. */
public final class ArithmeticRows {
    private ArithmeticRows() {}

    public static void register() {
        Map.of("add", "add", "sub", "sub", "mul", "mul", "div", "div", "max", "max", "min", "min", "pow", "pow")
                .forEach((name, op) -> add("elementwise_" + name, n -> n.out(binary(n, op))));
        add("elementwise_mod", n -> {
            Value[] p = pair(n);
            n.out(n.floorMod(p[0], p[1]));
        });
        add("elementwise_floordiv", n -> {
            Value[] p = pair(n);
            n.out(p[0].elem().isFloat() ? n.op("floor", n.op("div", p[0], p[1])) : n.op("div", n.op("sub", p[0], n.onnx("Mod", p)), p[1]));
        });
        Map.of("equal", "eq", "not_equal", "ne", "less_than", "lt", "less_equal", "le", "greater_than", "gt", "greater_equal", "ge")
                .forEach((name, op) -> add(name, n -> n.out(n.op(op, pair(n)))));
        Map.of("logical_and", "and", "logical_or", "or", "logical_xor", "xor").forEach((name, op) -> add(name, n -> n.out(n.op(op, pair(n)))));
        add("logical_not", n -> n.out(n.op("not", n.need("X"))));
        add("maximum", n -> n.out(n.op("max", pair(n))));
        add("minimum", n -> n.out(n.op("min", pair(n))));
        add("sum", n -> n.out(n.ins("X").stream().reduce((a, c) -> n.op("add", a, c)).orElseThrow()));
        add("scale", ArithmeticRows::scale);
        add("increment", n -> n.out(n.op("add", n.need("X"), n.like(n.need("X"), n.real("step", 1)))));
        add("mul", n -> n.out(mul(n)));
        add("fc", ArithmeticRows::fc);
        add("matmul", n -> n.out(matmul(n, n.flag("transpose_X", false), n.flag("transpose_Y", false), n.real("alpha", 1))));
        add("matmul_v2", n -> n.out(matmul(n, n.flag("trans_x", false), n.flag("trans_y", false), 1)));
        add("bmm", n -> n.out(n.op("matmul", n.need("X"), n.need("Y"))));
        add("where", n -> n.out(n.op("where", n.need("Condition"), n.need("X"), n.need("Y"))));
    }

    /** Both operands, the smaller one's dimensions beginning at attribute axis of the larger. */
    private static Value[] pair(PaddleNode n) {
        Value x = n.need("X");
        Value y = n.need("Y");
        if (y.elem() != x.elem()) {
            y = n.cast(y, x.elem());
        }
        long axis = n.integer("axis", -1);
        if (axis < 0 || x.rank() == y.rank()) {
            return new Value[] {x, y};
        }
        return x.rank() > y.rank() ? new Value[] {x, at(n, y, x.rank(), (int) axis)} : new Value[] {at(n, x, y.rank(), (int) axis), y};
    }

    private static Value at(PaddleNode n, Value small, int rank, int axis) {
        List<Dim> dims = new ArrayList<>(small.tensor().dims());
        // dimensions of 1 at the end may reach beyond the larger operand
        while (dims.size() + axis > rank && !dims.isEmpty() && dims.get(dims.size() - 1).is(1)) {
            dims.remove(dims.size() - 1);
        }
        while (dims.size() + axis < rank) {
            dims.add(Dim.ONE);
        }
        return n.reshape(small, dims);
    }

    static Value binary(PaddleNode n, String op) {
        Value y = n.op(op, pair(n));
        float scale = n.real("Scale_out", 1);
        return scale == 1 ? y : n.op("mul", y, n.like(y, scale));
    }

    private static void scale(PaddleNode n) {
        Value x = n.need("X");
        Value by = n.has("ScaleTensor") ? n.reshape(n.cast(n.need("ScaleTensor"), x.elem()), List.of()) : n.like(x, n.real("scale", 1));
        float bias = n.real("bias", 0);
        boolean after = n.flag("bias_after_scale", true);
        boolean same = !n.has("ScaleTensor") && n.real("scale", 1) == 1;
        Value y = bias != 0 && !after ? n.op("add", x, n.like(x, bias)) : x;
        y = same ? y : n.op("mul", y, by);
        y = bias != 0 && after ? n.op("add", y, n.like(x, bias)) : y;
        n.out(n.activate(y == x ? n.op("identity", x) : y, n.text("activation_type", "")));
    }

    private static List<Dim> flat(Value v, int columns) {
        return List.of(Dim.product(v.tensor().dims().subList(0, columns)), Dim.product(v.tensor().dims().subList(columns, v.rank())));
    }

    /** Both operands as matrices; the result has the outer dimensions of both. */
    private static Value mul(PaddleNode n) {
        Value x = n.need("X");
        Value y = n.need("Y");
        int xc = n.intValue("x_num_col_dims", 1);
        int yc = n.intValue("y_num_col_dims", 1);
        List<Dim> dims = new ArrayList<>(x.tensor().dims().subList(0, xc));
        dims.addAll(y.tensor().dims().subList(yc, y.rank()));
        // the inner extent of constant weights is the known one
        List<Dim> w = flat(y, yc);
        return n.reshape(n.op("matmul", n.reshape(x, List.of(flat(x, xc).get(0), w.get(0))), n.reshape(y, w)), dims);
    }

    private static void fc(PaddleNode n) {
        Value x = n.need("Input");
        Value w = n.need("W");
        int columns = n.intValue("in_num_col_dims", 1);
        columns = columns < 0 ? columns + x.rank() : columns;
        if (n.flag("padding_weights", false)) {
            w = n.part(n.part(w, 0, Dim.ZERO, w.dim(0).minus(4)), 1, Dim.ZERO, w.dim(1).minus(4));
        }
        List<Dim> dims = new ArrayList<>(x.tensor().dims().subList(0, columns));
        dims.add(w.dim(1));
        Value y = n.op("matmul", n.reshape(x, List.of(flat(x, columns).get(0), w.dim(0))), w);
        if (n.has("Bias")) {
            y = n.op("add", y, n.reshape(n.need("Bias"), w.dim(1)));
        }
        n.out(n.activate(n.reshape(y, dims), n.text("activation_type", "")));
    }

    private static Value matmul(PaddleNode n, boolean tx, boolean ty, float alpha) {
        Value x = n.need("X");
        Value y = n.need("Y");
        x = tx && x.rank() > 1 ? n.turned(x) : x;
        y = ty && y.rank() > 1 ? n.turned(y) : y;
        Value r = n.onnx("MatMul", x, y);
        if (r.rank() == 0 && !n.type().equals("matmul_v2")) {
            r = n.reshape(r, Dim.ONE);
        }
        return alpha == 1 ? r : n.op("mul", r, n.like(r, alpha));
    }
}
