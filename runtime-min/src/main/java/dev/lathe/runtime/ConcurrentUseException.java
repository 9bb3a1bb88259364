package dev.lathe.runtime;

/** A session was used by two threads at once; the message names both. */
public final class ConcurrentUseException extends LatheRuntimeException {
    private static final long serialVersionUID = 1L;

    public ConcurrentUseException(String message) {
        super(message);
    }
}
