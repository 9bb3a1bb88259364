package dev.lathe.compiler.lower;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Names that end in a number, each made once: all kernels of a long program call what is in them alike. */
final class NumberedNames {
    private final String between;
    private final Map<String, List<String>> names = new HashMap<>();

    /** @param between what stands between a name and its number */
    NumberedNames(String between) {
        this.between = between;
    }

    String get(String name, int number) {
        List<String> made = names.computeIfAbsent(name, n -> new ArrayList<>());
        while (made.size() <= number) {
            made.add(name + between + made.size());
        }
        return made.get(number);
    }
}
