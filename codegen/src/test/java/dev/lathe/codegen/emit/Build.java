package dev.lathe.codegen.emit;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import java.util.List;

/** Short names for building kernels by hand, with nothing folded. */
final class Build {
    private Build() {}

    static Expr.Lit i(int v) {
        return new Expr.Lit(Scalar.I32, v);
    }

    static Expr.Lit f(float v) {
        return new Expr.Lit(Scalar.F32, Float.floatToRawIntBits(v));
    }

    static Expr.Var v(String name) {
        return new Expr.Var(name, Scalar.I32.scalar());
    }

    static Expr.Var v(String name, Scalar s, int lanes) {
        return new Expr.Var(name, new VType(s, lanes));
    }

    static Expr bin(Expr.BinOp op, Expr a, Expr b) {
        return new Expr.Bin(op, a, b);
    }

    static Expr add(Expr a, Expr b) {
        return bin(Expr.BinOp.ADD, a, b);
    }

    static Expr mul(Expr a, Expr b) {
        return bin(Expr.BinOp.MUL, a, b);
    }

    static Expr cmp(Expr.CmpOp op, Expr a, Expr b) {
        return new Expr.Cmp(op, a, b);
    }

    static Expr load(String buf, Expr index, Scalar s, int lanes) {
        return new Expr.Load(buf, index, new VType(s, lanes));
    }

    static Stmt.For loop(String index, Expr hi, int step, Stmt... body) {
        return new Stmt.For(index, i(0), hi, step, List.of(body), false);
    }

    static Stmt store(String buf, Expr index, Expr value) {
        return new Stmt.Store(buf, index, value);
    }

    static Kernel.BufParam in(String name, Scalar s) {
        return new Kernel.BufParam(name, s, false);
    }

    static Kernel.BufParam out(String name, Scalar s) {
        return new Kernel.BufParam(name, s, true);
    }

    static Kernel kernel(List<Kernel.BufParam> bufs, List<String> ints, Stmt... body) {
        return new Kernel("k", bufs, ints, List.of(body), false);
    }
}
