package dev.lathe.compiler.onnx;

import dev.lathe.compiler.diag.LatheException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The operators of a model that can't be read, and where it has them; they are told of all at once. */
public final class Missing {
    private static final int NAMES = 5;

    private final String one;
    private final String several;
    private final String unit;
    private final Map<String, List<String>> all = new TreeMap<>();

    /** @param one how it begins where one operator is missing; @param several the same behind another number; @param unit what one use is called */
    public Missing(String one, String several, String unit) {
        this.one = one;
        this.several = several;
        this.unit = unit;
    }

    public void add(String operator, String name) {
        all.computeIfAbsent(operator, k -> new ArrayList<>()).add(name);
    }

    /** Throws when there are any. */
    public void refuse(String where, String help) {
        if (all.isEmpty()) {
            return;
        }
        StringBuilder s = new StringBuilder(all.size() == 1 ? one : all.size() + " " + several).append(" not supported (")
                .append(count(all.values().stream().mapToInt(List::size).sum())).append("):");
        all.forEach((operator, names) -> {
            s.append("\n  ").append(operator).append(": ").append(count(names.size())).append(": ");
            s.append(String.join(", ", names.subList(0, Math.min(NAMES, names.size())).stream().map(n -> '"' + n + '"').toList()));
            if (names.size() > NAMES) {
                s.append(", and ").append(names.size() - NAMES).append(" more");
            }
        });
        throw new LatheException(where, s.toString(), help);
    }

    private String count(int n) {
        return n + " " + unit + (n == 1 ? "" : "s");
    }
}
