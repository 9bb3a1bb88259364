package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.ir.Node;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import dev.lathe.codegen.lib.Fourier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Fourier transforms, which a helper computes, and random numbers, each from its place. */
final class SignalLowering {
    private SignalLowering() {}

    static Map<String, Lowering> rows() {
        return Map.of(
                "dft", SignalLowering::dft,
                "random_seed", (n, cx) -> cx.helper("Seeds.fresh", List.of(cx.result(n.out())), List.of(), List.of(), List.of()),
                "random", SignalLowering::random);
    }

    private static Dim flag(boolean b) {
        return b ? Dim.ONE : Dim.ZERO;
    }

    private static void dft(Node n, Lower cx) {
        View x = cx.packedView(n.in(0));
        View out = cx.result(n.out());
        View y = out.contiguous() ? out : cx.buffer("spectrum", out.type(), out.dims());
        Dim length = n.attrs().dim("length");
        View table;
        if (length.isConst()) {
            table = cx.pack(List.of("fourier", length), "fourier", ElementType.F64, List.of(length.times(2)), () -> Fourier.table(length.intValue()));
        } else {
            table = cx.buffer("fourier", ElementType.F64, List.of(length.times(2)));
            cx.helper("Fourier.table", List.of(table), List.of(length), List.of(), List.of());
        }
        View work = cx.scratch(ElementType.F64, length.times(Fourier.scratch(1)));
        cx.helper("Fourier.transform", List.of(x, y, table, work), List.of(x.dims().get(0), x.dims().get(1), x.dims().get(2), x.dims().get(3),
                length, flag(n.attrs().flag("inverse")), flag(n.attrs().flag("onesided"))), List.of(), List.of());
        if (y != out || out.type() != ElementType.F32 && out.type() != ElementType.F64) {
            MapKernel.run(cx, "narrow", List.of(out), List.of(y), (k, a) -> List.of(Casts.narrow(out.type(), a.get(0))));
        }
    }

    private static void random(Node n, Lower cx) {
        View seed = cx.packedView(n.in(0));
        View out = cx.result(n.out());
        boolean normal = n.attrs().text("kind").equals("normal");
        boolean wide = out.type().storage() == Storage.F64;
        KernelBuilder k = cx.kernel("random_" + n.attrs().text("kind"));
        KernelBuilder.Buf o = k.write(out);
        KernelBuilder.Buf s = k.read(seed);
        List<Expr> extents = out.dims().stream().map(k::dim).toList();
        Runnable[] body = new Runnable[1];
        List<Expr> index = new ArrayList<>();
        body[0] = () -> {
            Expr place = X.i(0);
            for (int d = 0; d < index.size(); d++) {
                place = X.add(X.mul(place, extents.get(d)), index.get(d));
            }
            Expr v = X.call("Philox", normal ? "normal" : wide ? "uniform64" : "uniform", s.flat(X.i(0)), place);
            o.store(index, Casts.narrow(out.type(), X.convert(wide ? Scalar.F64 : Scalar.F32, v)));
        };
        Loops.shared(k, out.dims(), extents, 64, false, index, body[0]);
        k.run();
    }
}
