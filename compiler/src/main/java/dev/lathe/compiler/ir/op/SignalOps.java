package dev.lathe.compiler.ir.op;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.op.Op.Call;
import dev.lathe.compiler.ir.op.Op.Kind;
import dev.lathe.runtime.ElementType;
import java.util.List;

/** Fourier transforms and random numbers. */
final class SignalOps {
    private SignalOps() {}

    static List<Op> rows() {
        return List.of(
                /*
                 * discrete Fourier transform of [outer, n, inner, parts] (parts 1: real, 2: complex) along n, cut or padded with
                 * zeros; attributes: length (dim), inverse (bool; scaled by 1/length), onesided (bool: half of the spectrum of
                 * something real comes out, or goes in with inverse)
                 */
                new Op("dft", 1, 1, Kind.PURE, SignalOps::dft),
                // i64[1]: a seed that no other run gets
                new Op("random_seed", 0, 0, Kind.IMPURE, c -> List.of(Type.tensor(ElementType.I64, 1))),
                /*
                 * random numbers that depend on the seed (i64[1]) and their place only; attributes: dims, to (type),
                 * kind (uniform: [0, 1), normal: mean 0, deviation 1)
                 */
                new Op("random", 1, 1, Kind.PURE, c -> List.of(Type.tensor(c.attrs().type("to"), c.attrs().dims("dims")))));
    }

    private static List<Type> dft(Call c) {
        TensorType x = c.tensor(0);
        c.check(x.rank() == 4 && x.elem().isFloat(), () -> "the operand is " + x + "; it needs four dimensions and a floating-point type");
        Dim parts = x.dim(3);
        c.check(!parts.isConst() || parts.is(1) || parts.is(2), () -> "the operand is " + x + "; its last dimension must be 1 or 2");
        Dim n = c.attrs().dim("length");
        boolean one = c.attrs().flag("onesided");
        boolean inverse = c.attrs().flag("inverse");
        return List.of(x.withDims(List.of(x.dim(0), one && !inverse ? n.floorDiv(2).plus(1) : n, x.dim(2), one && inverse ? Dim.ONE : Dim.of(2))));
    }
}
