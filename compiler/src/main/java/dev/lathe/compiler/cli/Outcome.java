package dev.lathe.compiler.cli;

/** What came of one case on one target. */
record Outcome(Result result, double maxAbs, double maxRel, double seconds, String message) {
    enum Result { passed, failed, skipped }

    static Outcome skipped(String why) {
        return new Outcome(Result.skipped, 0, 0, 0, why);
    }

    static Outcome failed(double seconds, String why) {
        return new Outcome(Result.failed, 0, 0, seconds, why);
    }
}
