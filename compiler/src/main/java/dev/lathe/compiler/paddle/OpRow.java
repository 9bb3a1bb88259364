package dev.lathe.compiler.paddle;

/** Reads one PaddlePaddle operator: decomposes it into core operations. */
@FunctionalInterface
public interface OpRow {
    void read(PaddleNode n);
}
