package dev.lathe.codegen.loop;

import java.util.List;

/** A statement of the loop IR. A local's name is unique within its kernel. */
public sealed interface Stmt {
    /** Gives a local a value. */
    sealed interface Local extends Stmt {
        String name();

        Expr value();
    }

    /** An immutable local. */
    record Let(String name, Expr value) implements Local {}

    /** A mutable local (an accumulator). */
    record Mut(String name, Expr value) implements Local {}

    /** Assigns a {@link Mut}. */
    record Set(String name, Expr value) implements Local {}

    /** Writes a scalar, or a vector to consecutive elements. */
    record Store(String buf, Expr index, Expr value) implements Stmt {}

    /**
     * {@code for (index = lo; index < hi; index += step)}; {@code hi} is evaluated once.
     *
     * @param step positive
     * @param lanes true when the iterations are independent of each other and may run as lanes of a vector
     */
    record For(String index, Expr lo, Expr hi, int step, List<Stmt> body, boolean lanes) implements Stmt {
        public For {
            body = List.copyOf(body);
        }
    }

    record If(Expr cond, List<Stmt> then, List<Stmt> otherwise) implements Stmt {
        public If {
            then = List.copyOf(then);
            otherwise = List.copyOf(otherwise);
        }
    }

    /**
     * Runs another kernel of the program, one that is not parallel and stands before this one: what many kernels have
     * in common is compiled once.
     */
    record Invoke(String kernel, List<BufArg> bufs, List<Expr> ints) implements Stmt {
        public Invoke {
            bufs = List.copyOf(bufs);
            ints = List.copyOf(ints);
        }
    }

    /** A buffer parameter handed on, from element {@code offset} (an i32) on. */
    record BufArg(String buf, Expr offset) {}

    record While(Expr cond, List<Stmt> body) implements Stmt {
        public While {
            body = List.copyOf(body);
        }
    }
}
