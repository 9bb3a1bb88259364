package dev.lathe.compiler;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Work that goes on beside the thread that began it, on a processor that would be idle; what it gives doesn't depend on which. */
final class Aside<T> {
    private final CompletableFuture<T> work;

    Aside(Supplier<T> work) {
        this.work = CompletableFuture.supplyAsync(work);
    }

    /** What the work gave, when it is done; throws what it threw. */
    T get() {
        try {
            return work.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException r) {
                throw r;
            } else if (e.getCause() instanceof Error r) {
                throw r;
            }
            throw e;
        }
    }
}
