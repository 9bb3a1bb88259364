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

    /** What there is of memory, and what to do when it is too little. */
    static String heap() {
        return "a heap of " + (Runtime.getRuntime().maxMemory() >> 20) + " MB; start java with a larger -Xmx";
    }

    /** Why something failed, in words about the model: what the JVM says of it names arrays and classes that nobody wrote by hand. */
    static String plain(Throwable e) {
        String said = e instanceof ArithmeticException ? e.getMessage() : "";
        return said == null || said.endsWith("overflow") ? "a number is too large"
                : said.endsWith("by zero") ? "a divisor is 0, as an extent may be"
                : !said.isEmpty() ? said
                : e instanceof IndexOutOfBoundsException ? "an index leads out of a tensor"
                : e instanceof LinkageError ? "its code is damaged" : "a value is of another kind";
    }
}
