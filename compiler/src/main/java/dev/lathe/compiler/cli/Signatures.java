package dev.lathe.compiler.cli;

import java.util.List;
import java.util.stream.Collectors;

/** Says what else a model of several functions holds. */
final class Signatures {
    static final String OPTION = "Which function of a TensorFlow Lite model that has several signatures (default: its first graph).";

    private Signatures() {}

    /** @param chosen null: the first @return a line, or null where there is nothing to choose */
    static String note(List<String> all, String chosen) {
        if (all.size() < 2) {
            return null;
        }
        String taken = chosen == null ? all.get(0) : chosen;
        return "note: this is the model's signature " + taken + "; it also has "
                + all.stream().filter(s -> !s.equals(taken)).collect(Collectors.joining(", ")) + " (--signature NAME)";
    }
}
