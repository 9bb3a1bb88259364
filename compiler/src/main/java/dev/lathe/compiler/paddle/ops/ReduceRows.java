package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sums, means and extremes, and where these are. */
public final class ReduceRows {
    private ReduceRows() {}

    public static void register() {
        for (String kind : new String[] {"sum", "mean", "max", "min", "prod"}) {
            add("reduce_" + kind, n -> n.out(reduce(n, kind, n.need("X"))));
        }
        add("reduce_amax", n -> n.out(reduce(n, "max", n.need("X"))));
        add("reduce_amin", n -> n.out(reduce(n, "min", n.need("X"))));
        add("reduce_all", n -> n.out(n.cast(reduce(n, "min", n.cast(n.need("X"), ElementType.I32)), ElementType.BOOL)));
        add("reduce_any", n -> n.out(n.cast(reduce(n, "max", n.cast(n.need("X"), ElementType.I32)), ElementType.BOOL)));
        add("logsumexp", n -> {
            Value x = n.need("X");
            long[] axes = n.flag("reduce_all", false) ? Arrays.stream(ShapeRows.all(x.rank())).asLongStream().toArray() : n.integers("axis");
            n.out(n.onnx("ReduceLogSumExp", new Object[] {"keepdims", n.flag("keepdim", false) ? 1L : 0L}, x, n.b().longs(axes)));
        });
        add("mean", n -> {
            Value y = n.reduce("mean", n.need("X"), false, ShapeRows.all(n.need("X").rank()));
            n.out(n.scalars() ? y : n.reshape(y, Dim.ONE));
        });
        add("squared_l2_norm", n -> {
            Value x = n.need("X");
            n.out(n.reshape(n.reduce("sum", n.op("mul", x, x), false, ShapeRows.all(x.rank())), Dim.ONE));
        });
        add("arg_max", n -> n.out(arg(n, "max")));
        add("arg_min", n -> n.out(arg(n, "min")));
        add("cumsum", n -> {
            Value x = n.need("X");
            boolean flat = n.flag("flatten", false);
            x = flat ? n.reshape(x, x.tensor().size()) : x;
            n.out(n.op("cumulate", Attrs.of("kind", "sum", "axis", n.axis(n.integer("axis", -1), x.rank()), "exclusive", n.flag("exclusive", false),
                    "reverse", n.flag("reverse", false)), x));
        });
        add("top_k", ReduceRows::topK);
        add("top_k_v2", ReduceRows::topK);
        add("argsort", n -> {
            Value x = n.need("X");
            int axis = n.axis(n.integer("axis", -1), x.rank());
            List<Value> r = n.onnx("TopK", 2, new Object[] {"axis", (long) axis, "largest", n.flag("descending", false) ? 1L : 0L}, x, n.b().dims(List.of(x.dim(axis))));
            n.out(r.get(0));
            n.out("Indices", r.get(1));
        });
    }

    private static Value reduce(PaddleNode n, String kind, Value x) {
        boolean keep = n.flag("keep_dim", false);
        int[] dim = n.ints("dim");
        boolean everything = n.flag("reduce_all", false) || dim.length == 0;
        int[] axes = everything ? ShapeRows.all(x.rank()) : Arrays.stream(dim).map(a -> n.axis(a, x.rank())).sorted().toArray();
        Value y = n.reduce(kind, x, keep, axes);
        // early versions had no scalars
        y = y.rank() == 0 && !n.scalars() ? n.reshape(y, Dim.ONE) : y;
        return n.integer("out_dtype", -1) < 0 ? y : n.cast(y, n.elem("out_dtype", y.elem()));
    }

    private static Value arg(PaddleNode n, String kind) {
        Value x = n.need("X");
        boolean keep = n.flag("keepdims", false);
        if (n.flag("flatten", false)) {
            x = n.reshape(x, x.tensor().size());
            keep = false;
        }
        Value y = n.op("arg_reduce", Attrs.of("kind", kind, "axis", n.axis(n.integer("axis", -1), x.rank()), "keep", keep, "last", false), x);
        y = y.rank() == 0 && !n.scalars() ? n.reshape(y, Dim.ONE) : y;
        return n.cast(y, n.elem("dtype", ElementType.I64));
    }

    private static void topK(PaddleNode n) {
        Value x = n.need("X");
        int axis = n.axis(n.integer("axis", -1), x.rank());
        List<Dim> k = new ArrayList<>(n.has("K") ? n.dims(n.need("K")) : List.of(Dim.of(n.integer("k", 1))));
        List<Value> r = n.onnx("TopK", 2, new Object[] {"axis", (long) axis, "largest", n.flag("largest", true) ? 1L : 0L}, x, n.b().dims(List.of(k.get(0))));
        n.out(r.get(0));
        n.out("Indices", r.get(1));
    }
}
