package dev.lathe.compiler.hostile;

import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.LatheRuntimeException;
import dev.lathe.runtime.Target;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What came of one file from a stranger. */
record Verdict(Kind kind, String message, Throwable cause) {
    enum Kind { COMPILED, REFUSED, WRONG }

    /** Generous, for machines that are busy: what has no end has none after this either. */
    private static final int SECONDS = 60;

    /** Compiles a model to a jar's contents in memory. */
    static Verdict compile(Path model) {
        return of(() -> JarWriter.image(Lathe.compile(model, CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE)))));
    }

    /** Accepted, refused with an error of Lathe's own in a readable block, or wrong: another throwable, or no end. */
    static Verdict of(Callable<?> work) {
        FutureTask<?> task = new FutureTask<>(work);
        Thread t = new Thread(task, "stranger");
        t.setDaemon(true);
        t.start();
        try {
            task.get(SECONDS, TimeUnit.SECONDS);
            return new Verdict(Kind.COMPILED, "", null);
        } catch (ExecutionException e) {
            Throwable c = e.getCause();
            boolean own = c instanceof LatheException || c instanceof LatheRuntimeException;
            return new Verdict(own && c.getMessage() != null && !c.getMessage().isBlank() ? Kind.REFUSED : Kind.WRONG,
                    c instanceof LatheException l ? l.block() : String.valueOf(c.getMessage()), c);
        } catch (TimeoutException e) {
            TimeoutException where = new TimeoutException("no end after " + SECONDS + " s");
            where.setStackTrace(t.getStackTrace());
            t.interrupt();
            return new Verdict(Kind.WRONG, where.getMessage(), where);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
