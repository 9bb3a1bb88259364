package dev.lathe.compiler.cli;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** File names made from names of tensors. */
final class FileNames {
    private final Set<String> taken = new HashSet<>();

    /** A name that no file system minds. */
    static String safe(String name) {
        String s = name.replaceAll("[^A-Za-z0-9._-]", "_").replaceAll("^\\.+", "_");
        s = s.length() > 100 ? s.substring(0, 100) : s;
        return s.isEmpty() ? "_" : s;
    }

    /** A safe name that was not given before, letters' case aside. */
    String unique(String name) {
        String s = safe(name);
        String u = s;
        for (int i = 2; !taken.add(u.toLowerCase(Locale.ROOT)); i++) {
            u = s + "_" + i;
        }
        return u;
    }
}
