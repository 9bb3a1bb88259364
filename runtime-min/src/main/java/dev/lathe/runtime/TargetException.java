package dev.lathe.runtime;

/** The jar holds no code that this machine can run; the message says what it holds, what the machine has and what to type. */
public final class TargetException extends LatheRuntimeException {
    private static final long serialVersionUID = 1L;

    public TargetException(String message) {
        super(message);
    }
}
