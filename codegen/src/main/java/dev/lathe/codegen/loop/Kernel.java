package dev.lathe.codegen.loop;

import java.util.List;

/**
 * A loop nest over flat buffers: one Java method. Its Java signature is, for each buffer, the array and an int offset
 * that is added to every index, then the integer parameters.
 *
 * @param parallel true when the first two integer parameters are {@code lo} and {@code hi}, a range of independent
 *     work items that may be split among threads at any point
 * @param understudy a kernel before this one with the same parameters that does the same, slower, but that the JIT compiles sooner; null where there is none
 */
public record Kernel(String name, List<BufParam> bufs, List<String> ints, List<Stmt> body, boolean parallel, String understudy) {
    public Kernel {
        bufs = List.copyOf(bufs);
        ints = List.copyOf(ints);
        body = List.copyOf(body);
    }

    public Kernel(String name, List<BufParam> bufs, List<String> ints, List<Stmt> body, boolean parallel) {
        this(name, bufs, ints, body, parallel, null);
    }

    /** The same under another name. */
    public Kernel named(String other) {
        return new Kernel(other, bufs, ints, body, parallel, understudy);
    }

    /** The same with another body. */
    public Kernel with(List<Stmt> other) {
        return new Kernel(name, bufs, ints, other, parallel, understudy);
    }

    /** A buffer parameter. */
    public record BufParam(String name, Scalar scalar, boolean written) {}

    public BufParam buf(String name) {
        for (BufParam b : bufs) {
            if (b.name().equals(name)) {
                return b;
            }
        }
        throw new IllegalArgumentException("kernel " + this.name + " has no buffer " + name);
    }
}
