package dev.lathe.runtime;

/** A view was read after its session had run again or was closed. */
public final class StaleViewException extends LatheRuntimeException {
    private static final long serialVersionUID = 1L;

    public StaleViewException(String message) {
        super(message);
    }
}
