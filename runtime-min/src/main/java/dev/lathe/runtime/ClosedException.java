package dev.lathe.runtime;

/** A model or session was used after it had been closed. */
public final class ClosedException extends LatheRuntimeException {
    private static final long serialVersionUID = 1L;

    public ClosedException(String message) {
        super(message);
    }
}
