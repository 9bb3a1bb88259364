package dev.lathe.runtime;

/** Whatever goes wrong in a compiled model; the subclasses say what kind of thing. */
public class LatheRuntimeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LatheRuntimeException(String message) {
        super(message);
    }

    public LatheRuntimeException(String message, Throwable cause) {
        super(message, cause);
    }
}
