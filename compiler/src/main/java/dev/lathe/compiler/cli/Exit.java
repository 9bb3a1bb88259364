package dev.lathe.compiler.cli;

/** Exit codes. */
final class Exit {
    static final int DONE = 0;
    /** Verification failed. */
    static final int NO = 1;
    static final int USAGE = 2;
    /** A model can't be compiled, loaded or run. */
    static final int MODEL = 3;

    private Exit() {}
}
