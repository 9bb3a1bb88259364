package dev.lathe.compiler.cli;

import java.util.List;

/**
 * What came of one case on one target.
 *
 * @param message why it failed or was skipped; for a case that passed empty, unless its recording is what is off: then how that was found
 * @param lines what a computation in f64 says of its outputs, where there was one
 */
record Outcome(Result result, double maxAbs, double maxRel, double seconds, String message, List<String> lines) {
    enum Result { passed, failed, skipped }

    static Outcome skipped(String why) {
        return new Outcome(Result.skipped, 0, 0, 0, why, List.of());
    }

    static Outcome failed(double seconds, String why) {
        return new Outcome(Result.failed, 0, 0, seconds, why, List.of());
    }

    /** Whether it passed although it departs from its recording. */
    boolean judged() {
        return result == Result.passed && !message.isEmpty();
    }
}
