package dev.lathe.runtime;

/** The jar is damaged, incomplete, or was made for another run time. Nothing of it has run. */
public final class JarException extends LatheRuntimeException {
    private static final long serialVersionUID = 1L;

    public JarException(String message) {
        super(message);
    }

    public JarException(String message, Throwable cause) {
        super(message, cause);
    }
}
