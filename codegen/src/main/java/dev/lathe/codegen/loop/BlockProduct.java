package dev.lathe.codegen.loop;

import static dev.lathe.codegen.loop.LibraryKernels.let;
import static dev.lathe.codegen.loop.LibraryKernels.loop;
import static dev.lathe.codegen.loop.LibraryKernels.v;

import java.util.List;

/**
 * The kernel that contracts many pixels and columns where there are no vectors to write by hand: what it means, as plain loops. Class
 * emission puts {@code lib.Blocks} in its place, which does the same for many elements at a time.
 *
 * <p>Buffers: input, packed weights, a start value for each column, result. Numbers: the pixels {@code from} to {@code to}, whose index
 * has up to three dimensions, the inner ones of extents {@code d1, d2}; the input's and the result's steps along them; the extents and
 * steps of the reduction's runs, {@code length} the innermost; the columns; width and number of panels, their size, the first column
 * of the last one. A chain begins at its start value and goes through the reduction in order.
 */
public final class BlockProduct {
    private static final List<String> INTS = List.of("from", "to", "d1", "d2", "as0", "as1", "as2", "os0", "os1", "os2", "r0", "r1", "rs0", "rs1",
            "rs2", "length", "columns", "width", "panels", "panel", "last");

    private static final Kernel KERNEL = LibraryKernels.kernel("block", INTS, loop("m", v("from"), v("to"), pixel()));

    private BlockProduct() {}

    public static Kernel kernel() {
        return KERNEL;
    }

    /** True for this kernel under whatever name. */
    public static boolean is(Kernel k) {
        return LibraryKernels.isSame(k, KERNEL);
    }

    private static List<Stmt> pixel() {
        return List.of(let("q", X.div(v("m"), v("d2"))), let("x2", X.sub(v("m"), X.mul(v("q"), v("d2")))),
                let("x0", X.div(v("q"), v("d1"))), let("x1", X.sub(v("q"), X.mul(v("x0"), v("d1")))),
                let("in", along(v("x0"), "as0", v("x1"), "as1", v("x2"), "as2")), let("out", along(v("x0"), "os0", v("x1"), "os1", v("x2"), "os2")),
                let("tail", X.sub(v("panels"), X.i(1))),
                loop("c", X.i(0), v("columns"), column()));
    }

    private static List<Stmt> column() {
        Expr p = v("p");
        return List.of(let("p", X.min(X.div(v("c"), v("width")), v("tail"))),
                let("at", X.add(X.mul(p, v("panel")), X.sub(v("c"), X.select(X.eq(p, v("tail")), v("last"), X.mul(p, v("width")))))),
                new Stmt.Mut("s", X.load("b", v("c"), Scalar.F32)),
                loop("u0", X.i(0), v("r0"), List.of(loop("u1", X.i(0), v("r1"), run()))),
                new Stmt.Store("o", X.add(v("out"), v("c")), X.var("s", Scalar.F32)));
    }

    private static List<Stmt> run() {
        Expr row = X.add(X.mul(X.add(X.mul(v("u0"), v("r1")), v("u1")), v("length")), v("k"));
        return List.of(let("from_run", X.add(v("in"), X.add(X.mul(v("u0"), v("rs0")), X.mul(v("u1"), v("rs1"))))),
                loop("k", X.i(0), v("length"), List.of(new Stmt.Set("s", X.fma(
                        X.load("a", X.add(v("from_run"), X.mul(v("k"), v("rs2"))), Scalar.F32),
                        X.load("w", X.add(v("at"), X.mul(row, v("width"))), Scalar.F32), X.var("s", Scalar.F32))))));
    }

    private static Expr along(Expr i0, String s0, Expr i1, String s1, Expr i2, String s2) {
        return X.add(X.add(X.mul(i0, v(s0)), X.mul(i1, v(s1))), X.mul(i2, v(s2)));
    }
}
