package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.codegen.program.Step;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Constants, symbols as data, and rearrangement: mostly views, at worst a copy. */
final class StructureLowering {
    private StructureLowering() {}

    static Map<String, Lowering> rows() {
        Map<String, Lowering> m = new HashMap<>();
        m.put("const", (n, cx) -> {});
        m.put("identity", (n, cx) -> cx.alias(n.out(), cx.view(n.in(0))));
        m.put("gather", GatherLowering::gather);
        m.put("dims_of", StructureLowering::dimsOf);
        m.put("bind", (n, cx) -> {
            List<String> symbols = n.attrs().texts("symbols");
            cx.markLate(symbols);
            cx.step(new Step.Bind(symbols, cx.packedView(n.in(0)).ref(), cx.loc()));
        });
        m.put("reshape", StructureLowering::reshape);
        m.put("transpose", (n, cx) -> cx.alias(n.out(), cx.view(n.in(0)).transposed(n.attrs().ints("perm"))));
        m.put("expand", (n, cx) -> cx.alias(n.out(), cx.view(n.in(0)).expanded(n.out().tensor().dims())));
        m.put("slice", (n, cx) -> cx.alias(n.out(), cx.view(n.in(0))
                .slice(n.attrs().dims("starts"), n.attrs().dims("sizes"), n.attrs().ints("steps"))));
        m.put("concat", StructureLowering::concat);
        m.put("pad", PadLowering::lower);
        return m;
    }

    private static void dimsOf(Node n, Lower cx) {
        KernelBuilder k = cx.kernel("dims");
        KernelBuilder.Buf o = k.write(cx.result(n.out()));
        List<Dim> dims = n.attrs().dims("dims");
        for (int i = 0; i < dims.size(); i++) {
            o.storeFlat(X.i(i), X.convert(Scalar.I64, k.dim(dims.get(i))));
        }
        k.run();
    }

    private static void reshape(Node n, Lower cx) {
        View v = cx.view(n.in(0));
        List<Dim> to = n.attrs().dims("dims");
        View r = v.reshaped(to);
        cx.alias(n.out(), r != null ? r : cx.contiguous(v).reshaped(to));
    }

    private static void concat(Node n, Lower cx) {
        View out = cx.result(n.out());
        int axis = axis(n);
        List<View> parts = parts(n, out, axis);
        for (int i = 0; i < parts.size(); i++) {
            View from = cx.view(n.in(i));
            if (!from.equals(parts.get(i))) {
                cx.copy(from, parts.get(i));
            }
        }
    }

    static int axis(Node n) {
        int a = n.attrs().intValue("axis");
        return a < 0 ? a + n.out().rank() : a;
    }

    /** Where each operand of a concatenation stands inside the result. */
    static List<View> parts(Node n, View out, int axis) {
        List<View> r = new ArrayList<>();
        Dim at = Dim.ZERO;
        for (Value v : n.inputs()) {
            Dim size = v.dim(axis);
            // other dimensions as the operand says them: symbols that mean the same may be written differently
            r.add(out.part(axis, at, size));
            at = at.plus(size);
        }
        return r;
    }

    /** The scalar constant that fills a pad; zero when absent. */
    static Expr fillValue(Node n, Lower cx, KernelBuilder k) {
        if (n.in(1) == null) {
            return switch (n.out().elem().storage()) {
                case F32 -> X.f(0);
                case F64 -> X.d(0);
                case I32 -> X.i(0);
                case I64 -> X.l(0);
                case REF -> throw new IllegalStateException("pad of strings needs a value");
            };
        }
        Tensor t = cx.constant(n.in(1));
        return t != null && t.type().storage() != dev.lathe.runtime.Storage.REF
                ? Elementwise.literal(t)
                : k.let(k.read(cx.packedView(n.in(1))).flat(X.i(0)));
    }
}
