package dev.lathe.codegen.transform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Fn;
import dev.lathe.codegen.loop.Fns;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import dev.lathe.codegen.loop.X;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Vector forms against the scalar methods, bit for bit. */
class VectorMathTest {
    private static final int LANES = 16;
    private static final VType V = new VType(Scalar.F32, LANES);

    @ParameterizedTest
    @ValueSource(strings = {"F32Math.exp", "F32Math.expm1", "F32Math.log", "F32Math.log1p", "F32Math.tanh",
        "F32Math.sigmoid", "F32Math.erf", "F32Math.sinCore", "F32Math.cosCore", "NarrowFloats.roundF16",
        "NarrowFloats.roundBf16"})
    void sameBitsAsScalar(String name) {
        String[] n = name.split("\\.");
        Fn fn = Fns.of(n[0], n[1]);
        assertTrue(VectorMath.has(fn));
        compare(X.call(fn, X.load("a", X.i(0), V)), X.call(fn, X.load("a", X.ivar("i"), Scalar.F32)));
    }

    @Test
    void rounding() {
        for (Expr.UnOp op : List.of(Expr.UnOp.FLOOR, Expr.UnOp.CEIL, Expr.UnOp.RINT)) {
            compare(X.un(op, X.load("a", X.i(0), V)), X.un(op, X.load("a", X.ivar("i"), Scalar.F32)));
        }
    }

    private static void compare(Expr vector, Expr scalar) {
        List<Kernel.BufParam> bufs = List.of(new Kernel.BufParam("a", Scalar.F32, false),
            new Kernel.BufParam("o", Scalar.F32, true));
        Kernel v = VectorMath.expand(new Kernel("v", bufs, List.of(), List.of(new Stmt.Store("o", X.i(0), vector)), false));
        Walk.expressions(v.body(), e -> assertTrue(!(e instanceof Expr.Call)));
        Kernel s = new Kernel("s", bufs, List.of(), List.of(new Stmt.For("i", X.i(0), X.i(LANES), 1,
            List.of(new Stmt.Store("o", X.ivar("i"), scalar)), false)), false);
        float[] all = samples();
        boolean trig = scalar.toString().contains("Core");
        float[] in = new float[LANES];
        float[] a = new float[LANES];
        float[] b = new float[LANES];
        for (int at = 0; at + LANES <= all.length; at += LANES) {
            for (int j = 0; j < LANES; j++) {
                float x = all[at + j];
                in[j] = trig && Math.abs(x) > 0x1p20f ? 1 : x;
            }
            Eval.run(v, Map.of("a", in, "o", a));
            Eval.run(s, Map.of("a", in, "o", b));
            for (int j = 0; j < LANES; j++) {
                // Math.floor, ceil and rint themselves give a NaN one sign in the interpreter and another in C2
                boolean nan = scalar instanceof Expr.Un && Float.isNaN(in[j]) && Float.isNaN(b[j]);
                int got = nan ? Float.floatToIntBits(a[j]) : Float.floatToRawIntBits(a[j]);
                assertEquals(nan ? Float.floatToIntBits(b[j]) : Float.floatToRawIntBits(b[j]), got, "of " + in[j] + ": " + scalar);
            }
        }
    }

    private static float[] samples() {
        List<Float> x = new ArrayList<>();
        for (int bits : new int[] {0, 1, 2, 0x7fffff, 0x800000, 0x3f800000, 0x3effffff, 0x3f000000, 0x3f000001, 0x3fc00000,
            0x40200000, 0x4affffff, 0x4b000000, 0x4b000001, 0x4b800000, 0x7f7fffff, 0x7f800000, 0x7fc00000, 0x7fc12345,
            0x33000000, 0x33000001, 0x33800000, 0x387fffff, 0x38800000, 0x38801000, 0x38803000, 0x477fefff, 0x477ff000,
            0x7f7f7fff, 0x7f7f8000, 0x42b17218, 0x42b20000, 0x42cff1b5, 0x42d00000, 0x3f19999a, 0x3f733333}) {
            for (int near = -1; near <= 1; near++) {
                if ((bits + near & 0x7fffffff) == bits + near) {
                    x.add(Float.intBitsToFloat(bits + near));
                    x.add(-Float.intBitsToFloat(bits + near));
                }
            }
        }
        Random r = new Random(7);
        for (int j = 0; j < 6000; j++) {
            x.add(Float.intBitsToFloat(r.nextInt()));
            x.add((r.nextFloat() - 0.5f) * 20);
            x.add((float) r.nextGaussian() * 60);
        }
        for (int j = -400; j < 400; j++) {
            x.add(j * 0.25f);
        }
        while (x.size() % LANES != 0) {
            x.add(0f);
        }
        float[] v = new float[x.size()];
        for (int j = 0; j < v.length; j++) {
            v[j] = x.get(j);
        }
        return v;
    }
}
