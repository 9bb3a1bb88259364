package dev.lathe.runtime;

/**
 * Hears what a model does, for metrics; given with {@link ModelOptions#withObserver}. Called by the thread that loads
 * or runs, several at a time: an observer is quick, thread-safe, and throws nothing.
 */
public interface Observer {
    /** A model has been loaded. */
    default void loaded(Model model, long nanos) {}

    /** A run has ended: inputs put in place, steps done. {@code done} is false when an exception ended it. */
    default void ran(Model model, long nanos, boolean done) {}
}
