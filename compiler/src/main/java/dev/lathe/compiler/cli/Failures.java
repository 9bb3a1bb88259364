package dev.lathe.compiler.cli;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.LatheRuntimeException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Turns whatever goes wrong into one readable block. */
final class Failures {
    private Failures() {}

    /** Prints the block, and with {@code stacktrace} where it came from; returns the exit code. */
    static int report(Throwable e, boolean stacktrace, PrintWriter err) {
        err.println(block(e, stacktrace));
        if (stacktrace) {
            e.printStackTrace(err);
        }
        err.flush();
        return e instanceof LatheException l && l.isWrongUse() ? Exit.USAGE : Exit.MODEL;
    }

    private static String block(Throwable e, boolean stacktrace) {
        if (e instanceof LatheException l) {
            return l.block();
        } else if (e instanceof LatheRuntimeException) {
            return "error: " + e.getMessage();
        } else if (e instanceof UncheckedIOException u) {
            return block(u.getCause(), stacktrace);
        } else if (e instanceof IOException io) {
            return "error: " + reason(io);
        } else if (e instanceof OutOfMemoryError) {
            return "error: there is not enough memory (" + e.getMessage() + "); the heap may grow to " + (Runtime.getRuntime().maxMemory() >> 20)
                    + " MB\n  help: give Java more, for example LATHE_JAVA_OPTS=-Xmx8g lathe ..., or MAVEN_OPTS=-Xmx8g mvn -Dlathe.jobs=1 ...";
        } else if (e instanceof StackOverflowError) {
            return "error: the model is nested too deeply\n  help: give Java a larger stack, for example LATHE_JAVA_OPTS=-Xss64m lathe ...";
        }
        return "internal error: " + oneLine(e) + "\n  this is a fault of Lathe: please report it with the model"
                + (stacktrace ? "" : "\n  help: --stacktrace shows where it happened");
    }

    /** The whole failure on one line, for tables. */
    static String oneLine(Throwable e) {
        if (e instanceof LatheException l) {
            return flat((l.where().isEmpty() ? "" : l.where() + ": ") + l.getMessage());
        } else if (e instanceof LatheRuntimeException) {
            return flat(e.getMessage());
        } else if (e instanceof UncheckedIOException u) {
            return oneLine(u.getCause());
        } else if (e instanceof IOException io) {
            return flat(reason(io));
        } else if (e instanceof StackOverflowError) {
            return "the model is nested too deeply";
        } else if (e instanceof OutOfMemoryError) {
            return "there is not enough memory";
        }
        return flat(e.getClass().getSimpleName() + (e.getMessage() == null ? "" : ": " + e.getMessage()));
    }

    private static String flat(String s) {
        return s.strip().replaceAll("\\s*\\R\\s*", " | ");
    }

    private static String reason(IOException e) {
        if (e instanceof NoSuchFileException f) {
            return f.getFile() + ": there is no such file or folder";
        } else if (e instanceof AccessDeniedException f) {
            return f.getFile() + ": access is denied";
        } else if (e instanceof FileAlreadyExistsException f) {
            return f.getFile() + ": this exists already and is no folder";
        } else if (e instanceof FileSystemException f) {
            return f.getFile() + ": " + f.getReason();
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
