package dev.lathe.maven;

import java.io.File;
import java.util.stream.Collectors;

/** What is said of a model that the goal verify does not pass. */
final class Verdict {
    private static final int DEPARTS = 1;
    private static final int OPTION = 2;

    private Verdict() {}

    /** Whether other models would be refused for the same reason. */
    static boolean concernsAll(Tool.Answer a) {
        return a.code() == OPTION;
    }

    static String of(ModelConfig m, Tool.Answer a) {
        if (a.code() != DEPARTS || a.text().startsWith("error: ")) {
            String why = a.text().lines().filter(l -> !l.endsWith(" skipped")).collect(Collectors.joining("\n"));
            // the targets to run are no element of the model
            return PomWords.of(why.startsWith("error: ") ? why : "error: " + why).replace("<targets>", "lathe.verify.targets") + "\n  model: " + m.key() + ", " + m.source;
        }
        return "error: " + m.key() + " does not compute what was recorded in " + m.recorded().stream().map(File::getPath).collect(Collectors.joining(", ")) + "\n" + a.text().indent(2)
                + "  model: " + m.source
                + "\n  help: lathe verify MODEL --layers says whether the compiled code departs from the model's own arithmetic, and at which operation;"
                + "\n        if not, the recorded data are of another model, or <rtol> and <atol> have to allow more";
    }
}
