package dev.lathe.codegen.facade;

import dev.lathe.codegen.jar.JarContents;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Java names for what models call as they like; no two the same. */
final class Names {
    private final Set<String> used;

    Names(String... reserved) {
        used = new HashSet<>(List.of(reserved));
    }

    /** A new name like {@code name}, which is also free when followed by each of {@code suffixes}. */
    String add(String name, String... suffixes) {
        String java = suffixes.length > 1 && suffixes[1].startsWith("_") && name.matches("[A-Z][A-Z0-9_]*") ? name : variable(name);
        List<String> ends = suffixes.length == 0 ? List.of("") : List.of(suffixes);
        String free = java;
        for (int n = 2; taken(free, ends); n++) {
            free = java + (Character.isDigit(java.charAt(java.length() - 1)) ? "_" : "") + n;
        }
        for (String e : ends) {
            used.add(free + e);
        }
        return free;
    }

    private boolean taken(String java, List<String> ends) {
        for (String e : ends) {
            if (used.contains(java + e)) {
                return true;
            }
        }
        return JarContents.nameProblem(java) != null;
    }

    /** {@code input_ids} to {@code inputIds}, {@code N} to {@code n}. */
    private static String variable(String name) {
        StringBuilder s = new StringBuilder();
        boolean up = false;
        for (int i = 0; i < name.length() && s.length() < 60; i++) {
            char c = name.charAt(i);
            if (c < 128 && Character.isLetterOrDigit(c)) {
                s.append(up && s.length() > 0 ? Character.toUpperCase(c) : c);
                up = false;
            } else {
                up = true;
            }
        }
        if (s.length() == 0 || Character.isDigit(s.charAt(0))) {
            s.insert(0, "v");
        }
        String java = s.toString();
        return java.equals(java.toUpperCase(Locale.ROOT)) ? java.toLowerCase(Locale.ROOT)
                : Character.toLowerCase(java.charAt(0)) + java.substring(1);
    }

    /** {@code inputIds} to {@code INPUT_IDS}. */
    static String constant(String java) {
        return java.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT);
    }
}
