package dev.lathe.codegen.verify;

/**
 * Something wrong with a program.
 *
 * @param where {@code kernel gemm}, {@code step 12 (Conv_0)}, {@code buffer 7 (x)}, ...
 */
public record Problem(String where, String message) {
    @Override
    public String toString() {
        return where + ": " + message;
    }
}
