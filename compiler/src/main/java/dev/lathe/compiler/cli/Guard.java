package dev.lathe.compiler.cli;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs what may hang, in a thread that is left behind when it does. */
final class Guard {
    private static final long STACK = 64L << 20;

    private Guard() {}

    static <T> T run(String name, int seconds, Callable<T> work) throws Throwable {
        FutureTask<T> task = new FutureTask<>(work);
        Thread t = new Thread(null, task, name, STACK);
        t.setDaemon(true);
        t.start();
        try {
            return task.get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause();
        } catch (TimeoutException e) {
            t.interrupt();
            throw new TimeoutException("no result after " + seconds + " s; given up");
        }
    }
}
