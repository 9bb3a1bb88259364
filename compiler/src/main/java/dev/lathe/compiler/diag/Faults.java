package dev.lathe.compiler.diag;

import java.util.List;
import java.util.function.Supplier;

/** Whatever goes wrong with a model becomes one {@link LatheException} that names the place as well as can be. */
public final class Faults {
    private static final long BYTES = Runtime.getRuntime().maxMemory();
    private static final String HEAP = "a heap of " + (BYTES >> 20) + " MB";
    private static final String MORE = "give Java more, for example LATHE_JAVA_OPTS=-Xmx8g lathe ..., or MAVEN_OPTS=-Xmx8g mvn -Dlathe.jobs=1 ...";

    private Faults() {}

    /**
     * The refusal of a model that has more of something than this heap can hold: said at once, where it would take a minute of collecting garbage to find out.
     *
     * @param count of what there is now
     * @param bytes that they take at least, all together
     */
    public static void fits(long count, long bytes, String what) {
        if (bytes > BYTES) {
            throw new LatheException("", "the model becomes more than " + (count - 1) + " " + what + ", which don't fit into " + HEAP, MORE);
        }
    }

    /** Runs a stage of the pipeline on {@code model}. */
    public static <T> T in(String model, Supplier<T> stage) {
        try {
            return stage.get();
        } catch (LatheException e) {
            throw e;
        } catch (StackOverflowError e) {
            throw new LatheException(model, "the model is nested too deeply", "give Java a larger stack, for example LATHE_JAVA_OPTS=-Xss64m lathe ...");
        } catch (OutOfMemoryError e) {
            throw new LatheException(model, "the model does not fit into " + HEAP, MORE);
        } catch (RuntimeException e) {
            throw of(model, e);
        }
    }

    /** Runs work for one node, named by its source's names. */
    public static void at(List<String> names, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            throw at(names, e);
        }
    }

    /** What has gone wrong in work for one node, named by its source's names: for loops over very many nodes, to which a {@code Runnable} each is dear. */
    public static LatheException at(List<String> names, RuntimeException e) {
        if (e instanceof LatheException known) {
            return names.isEmpty() || !known.where().isEmpty() ? known : known.within(node(names));
        }
        return of(node(names), e);
    }

    private static String node(List<String> names) {
        return names.isEmpty() ? "" : "node \"" + String.join("+", names) + '"';
    }

    /** {@code e} in words for a model's owner: what the JVM says of its own names arrays, types and variables of Lathe's. */
    public static String plain(RuntimeException e) {
        String said = e.getMessage() == null ? "" : e.getMessage();
        if (e instanceof NullPointerException) {
            return "an input or attribute that is needed is missing";
        } else if (e instanceof IndexOutOfBoundsException) {
            return "there are fewer inputs, outputs, dimensions or attribute values than are needed";
        } else if (e instanceof ClassCastException) {
            return "an input or attribute is of another kind than it should be";
        } else if (e instanceof NegativeArraySizeException) {
            return "an extent is negative";
        } else if (e instanceof ArithmeticException) {
            return said.endsWith("by zero") ? "a number that others are divided by is 0" : said.isEmpty() || said.endsWith(" overflow") ? "a number is too large" : said;
        } else if (e instanceof NumberFormatException) {
            return "not a number: " + said.replaceFirst("^For input string: ", "");
        }
        return said.isEmpty() ? "something in it has another form than it should" : said;
    }

    /** An operator of the source whose parts no check before this has refused. */
    public static LatheException misfit(String where, RuntimeException e) {
        return misfit(where, "", e);
    }

    /** @param more what may explain a part that is missing */
    public static LatheException misfit(String where, String more, RuntimeException e) {
        return because(new LatheException(where, "its inputs and attributes don't fit together: " + plain(e) + (e instanceof NullPointerException ? more : ""),
                "compare the inputs and attributes with the operator's definition; if other programs run this model, please report it with the model"), e);
    }

    /** What only the place where it happened knows is kept for {@code --stacktrace}. */
    public static LatheException because(LatheException fault, RuntimeException e) {
        fault.addSuppressed(e);
        return fault;
    }

    private static LatheException of(String where, RuntimeException e) {
        return because(new LatheException(where, "this model can't be compiled: " + plain(e),
                "if other programs run this model, this is a fault of Lathe: please report it with the model; --stacktrace shows where it happened"), e);
    }
}
