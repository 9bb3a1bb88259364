package dev.lathe.compiler.diag;

/**
 * The user's fault: a model, text or option that can't be taken. Shown as one block, without a stack trace:
 * what, where, why, what to do. Internal faults are {@link IllegalStateException}s.
 */
public final class LatheException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String where;
    private final String help;

    /**
     * @param where file, line and column, or node; may be empty
     * @param what what is wrong and why
     * @param help what to do; may be empty
     */
    public LatheException(String where, String what, String help) {
        super(what);
        this.where = where == null ? "" : where;
        this.help = help == null ? "" : help;
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

    /** The same fault seen from further out: {@code outer} comes before the place. */
    public LatheException within(String outer) {
        return new LatheException(where.isEmpty() ? outer : outer + ": " + where, getMessage(), help);
    }

    /** The readable block. */
    public String block() {
        StringBuilder s = new StringBuilder("error: ");
        if (!where.isEmpty()) {
            s.append(where).append(": ");
        }
        s.append(getMessage());
        if (!help.isEmpty()) {
            s.append("\n  help: ").append(help.replace("\n", "\n        "));
        }
        return s.toString();
    }
}
