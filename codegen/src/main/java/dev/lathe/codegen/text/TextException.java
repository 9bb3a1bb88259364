package dev.lathe.codegen.text;

/** A text that can't be taken. The message is a readable block: every error with its place, its line and a caret. */
public final class TextException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TextException(String block) {
        super(block);
    }
}
