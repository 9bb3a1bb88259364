package dev.lathe.compiler.diag;

/**
 * The user's fault: a model, text or option that can't be taken. Shown as one block, without a stack trace:
 * what, where, why, what to do. Internal faults are {@link IllegalStateException}s.
 */
public final class LatheException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String where;
    private final String help;
    private final boolean wrongUse;

    /** Characters of a message that are shown; lists of all that is unsupported in a model are shorter. */
    private static final int LONGEST = 20_000;

    /**
     * @param where file, line and column, or node; may be empty
     * @param what what is wrong and why
     * @param help what to do; may be empty
     */
    public LatheException(String where, String what, String help) {
        this(where, what, help, false);
    }

    private LatheException(String where, String what, String help, boolean wrongUse) {
        super(what);
        this.where = where == null ? "" : where;
        this.help = help == null ? "" : help;
        this.wrongUse = wrongUse;
    }

    /** What was asked for is wrong, whatever the model: an option's value, the name of an input that there isn't. */
    public static LatheException wrongUse(String where, String what, String help) {
        return new LatheException(where, what, help, true);
    }

    public LatheException(String where, String what) {
        this(where, what, "");
    }

    public String where() {
        return where;
    }

    public String help() {
        return help;
    }

    /** True where another command is needed, not another model. */
    public boolean isWrongUse() {
        return wrongUse;
    }

    /** The same fault seen from further out: {@code outer} comes before the place. */
    public LatheException within(String outer) {
        LatheException further = new LatheException(where.isEmpty() ? outer : outer + ": " + where, getMessage(), help, wrongUse);
        // where it was noticed, for those who ask for a stack trace
        for (Throwable t : getSuppressed()) {
            further.addSuppressed(t);
        }
        return further;
    }

    // a name from a damaged model may have any length
    private static String shortened(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + " ... (" + (text.length() - LONGEST) + " characters more)";
    }

    /** The readable block. */
    public String block() {
        StringBuilder s = new StringBuilder("error: ");
        if (!where.isEmpty()) {
            s.append(where).append(": ");
        }
        s.append(shortened(getMessage()));
        if (!help.isEmpty()) {
            s.append("\n  help: ").append(help.replace("\n", "\n        "));
        }
        return s.toString();
    }
}
