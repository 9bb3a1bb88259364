package dev.lathe.codegen.loop;

import static dev.lathe.codegen.loop.LibraryKernels.let;
import static dev.lathe.codegen.loop.LibraryKernels.loop;
import static dev.lathe.codegen.loop.LibraryKernels.v;

import java.util.List;

/**
 * The kernel of depthwise convolutions where there are no vectors to write by hand: what it means, as plain loops. Class emission puts
 * {@code lib.Channels} in its place, which does the same for many elements at a time.
 *
 * <p>Buffers: input, weights [taps][channels], a start value for each channel, result; channels stand beside each other. Numbers: the lines
 * {@code from} to {@code to} of the result, of which an image has {@code lines}; columns, channels; the weights' step from tap to tap; the input's
 * steps from image to image and from one line and column of the result to where the next one's window begins; the result's steps; the window's
 * lines and columns and the input's steps along them. A chain begins at its start value and goes through the window in order.
 */
public final class DepthwiseProduct {
    private static final List<String> INTS = List.of("from", "to", "lines", "columns", "channels", "tap", "as0", "as1", "as2", "os0", "os1", "os2", "r0", "r1",
            "rs0", "rs1");

    private static final Kernel KERNEL = LibraryKernels.kernel("channels", INTS, loop("l", v("from"), v("to"), List.of(let("n", X.div(v("l"), v("lines"))),
            let("y", X.sub(v("l"), X.mul(v("n"), v("lines")))), loop("x", X.i(0), v("columns"), List.of(loop("c", X.i(0), v("channels"), element()))))));

    private DepthwiseProduct() {}

    public static Kernel kernel() {
        return KERNEL;
    }

    /** True for this kernel under whatever name. */
    public static boolean is(Kernel k) {
        return LibraryKernels.isSame(k, KERNEL);
    }

    private static List<Stmt> element() {
        Expr at = X.add(X.add(X.add(along("as"), X.mul(v("u"), v("rs0"))), X.mul(v("v"), v("rs1"))), v("c"));
        Expr weight = X.add(X.mul(X.add(X.mul(v("u"), v("r1")), v("v")), v("tap")), v("c"));
        return List.of(new Stmt.Mut("s", X.load("b", v("c"), Scalar.F32)),
                loop("u", X.i(0), v("r0"), List.of(loop("v", X.i(0), v("r1"), List.of(new Stmt.Set("s",
                        X.fma(X.load("a", at, Scalar.F32), X.load("w", weight, Scalar.F32), X.var("s", Scalar.F32))))))),
                new Stmt.Store("o", X.add(along("os"), v("c")), X.var("s", Scalar.F32)));
    }

    private static Expr along(String step) {
        return X.add(X.add(X.mul(v("n"), v(step + 0)), X.mul(v("y"), v(step + 1))), X.mul(v("x"), v(step + 2)));
    }
}
