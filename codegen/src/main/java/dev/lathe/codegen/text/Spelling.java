package dev.lathe.codegen.text;

import java.util.Collection;

/** Finds the name that was probably meant. */
public final class Spelling {
    private Spelling() {}

    /** {@code did you mean conv?}, or an empty text when nothing known is near. */
    public static String hint(String name, Collection<String> known) {
        String best = null;
        // of a very short name everything is near
        int least = name.length() < 3 ? 1 : name.length() / 3 + 1;
        for (String k : known) {
            if (Math.abs(k.length() - name.length()) < least) {
                int d = k.equalsIgnoreCase(name) ? 0 : distance(name, k);
                if (d < least) {
                    least = d;
                    best = k;
                }
            }
        }
        return best == null ? "" : "did you mean " + best + "?";
    }

    /** Insertions, deletions, replacements and swaps of neighbours between two names. */
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(d[i - 1][j - 1] + same, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
