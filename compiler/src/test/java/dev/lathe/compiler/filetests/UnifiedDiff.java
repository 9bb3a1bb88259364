package dev.lathe.compiler.filetests;

import java.util.ArrayList;
import java.util.List;

/** The difference of two texts as {@code diff -u} shows it. */
final class UnifiedDiff {
    private static final int CONTEXT = 3;

    private UnifiedDiff() {}

    static String of(String expected, String actual) {
        List<String> script = script(expected.split("\n", -1), actual.split("\n", -1));
        StringBuilder s = new StringBuilder("--- expected\n+++ actual\n");
        boolean gap = true;
        int oldLine = 1;
        int newLine = 1;
        for (int i = 0; i < script.size(); i++) {
            String l = script.get(i);
            if (near(script, i)) {
                s.append(gap ? "@@ -" + oldLine + " +" + newLine + " @@\n" : "").append(l).append('\n');
                gap = false;
            } else {
                gap = true;
            }
            oldLine += l.charAt(0) == '+' ? 0 : 1;
            newLine += l.charAt(0) == '-' ? 0 : 1;
        }
        return s.toString();
    }

    private static boolean near(List<String> script, int at) {
        for (int i = Math.max(0, at - CONTEXT); i <= Math.min(script.size() - 1, at + CONTEXT); i++) {
            if (script.get(i).charAt(0) != ' ') {
                return true;
            }
        }
        return false;
    }

    /** All lines, each with what happens to it in front: a longest common subsequence keeps its place. */
    private static List<String> script(String[] a, String[] b) {
        int[][] common = new int[a.length + 1][b.length + 1];
        for (int i = a.length - 1; i >= 0; i--) {
            for (int j = b.length - 1; j >= 0; j--) {
                common[i][j] = a[i].equals(b[j]) ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        List<String> r = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < a.length || j < b.length) {
            if (i < a.length && j < b.length && a[i].equals(b[j])) {
                r.add(" " + a[i++]);
                j++;
            } else if (i < a.length && (j == b.length || common[i + 1][j] >= common[i][j + 1])) {
                r.add("-" + a[i++]);
            } else {
                r.add("+" + b[j++]);
            }
        }
        return r;
    }
}
