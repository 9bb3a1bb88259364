package dev.lathe.runtime;

/** An input has the wrong name, type or shape, or is missing. */
public final class BadInputException extends LatheRuntimeException {
    private static final long serialVersionUID = 1L;

    public BadInputException(String message) {
        super(message);
    }

    public BadInputException(String message, Throwable cause) {
        super(message, cause);
    }
}
