package dev.lathe.runtime;

/**
 * How a model is to run.
 *
 * @param threads threads that one session uses, the caller's included; results don't depend on it
 * @param target the target to take; null for the best one. {@code -Dlathe.target=} overrides both
 * @param sessions how many runs {@link Model#run} lets go on at the same time
 * @param observer hears of loads and runs; null for none
 */
public record ModelOptions(int threads, Target target, int sessions, Observer observer) {
    public static final ModelOptions DEFAULT = new ModelOptions(1, null, Runtime.getRuntime().availableProcessors(), null);

    public ModelOptions {
        if (threads < 1 || threads > 1024 || sessions < 1) {
            throw new IllegalArgumentException("threads must be 1 to 1024 and sessions at least 1, not " + threads + " and " + sessions);
        }
    }

    public ModelOptions withThreads(int n) {
        return new ModelOptions(n, target, sessions, observer);
    }

    public ModelOptions withTarget(Target t) {
        return new ModelOptions(threads, t, sessions, observer);
    }

    public ModelOptions withSessions(int n) {
        return new ModelOptions(threads, target, n, observer);
    }

    public ModelOptions withObserver(Observer o) {
        return new ModelOptions(threads, target, sessions, o);
    }
}
