package dev.lathe.compiler.diag;

import java.util.List;
import java.util.function.Supplier;

/** Whatever goes wrong with a model becomes one {@link LatheException} that names the place as well as can be. */
public final class Faults {
    private Faults() {}

    /** Runs a stage of the pipeline on {@code model}. */
    public static <T> T in(String model, Supplier<T> stage) {
        try {
            return stage.get();
        } catch (LatheException e) {
            throw e;
        } catch (StackOverflowError e) {
            throw new LatheException(model, "the model is nested too deeply", "give Java a larger stack, for example LATHE_JAVA_OPTS=-Xss64m lathe ...");
        } catch (OutOfMemoryError e) {
            throw new LatheException(model, "the model does not fit into a heap of " + (Runtime.getRuntime().maxMemory() >> 20) + " MB",
                    "give Java more, for example LATHE_JAVA_OPTS=-Xmx8g lathe ..., or MAVEN_OPTS=-Xmx8g mvn -Dlathe.jobs=1 ...");
        } catch (RuntimeException e) {
            throw of(model, e);
        }
    }

    /** Runs work for one node, named by its source's names. */
    public static void at(List<String> names, Runnable work) {
        try {
            work.run();
        } catch (LatheException e) {
            throw names.isEmpty() || !e.where().isEmpty() ? e : e.within(node(names));
        } catch (RuntimeException e) {
            throw of(node(names), e);
        }
    }

    private static String node(List<String> names) {
        return names.isEmpty() ? "" : "node \"" + String.join("+", names) + '"';
    }

    /** What only the place where it happened knows is kept for {@code --stacktrace}. */
    private static LatheException of(String where, RuntimeException e) {
        String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        LatheException fault = new LatheException(where, "this model can't be compiled: " + why,
                "if other programs run this model, this is a fault of Lathe: please report it with the model; --stacktrace shows where it happened");
        fault.addSuppressed(e);
        return fault;
    }
}
