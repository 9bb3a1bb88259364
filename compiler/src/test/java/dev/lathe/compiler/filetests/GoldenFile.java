package dev.lathe.compiler.filetests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/** A test file: the text as it is, and the directives in its comments. */
public final class GoldenFile {
    private static final String ERROR = "//error:";

    private final Path path;
    private final List<String> lines;

    private GoldenFile(Path path, List<String> lines) {
        this.path = path;
        this.lines = lines;
    }

    public static GoldenFile read(Path path) throws IOException {
        return of(path, Files.readString(path));
    }

    static GoldenFile of(Path path, String text) {
        return new GoldenFile(path, Arrays.asList(text.split("\n", -1)));
    }

    public Path path() {
        return path;
    }

    /** The file's name, as errors show it. */
    public String name() {
        return path.getFileName().toString();
    }

    /** Everything; directives are comments of the text, so that lines and columns are those of the file. */
    public String text() {
        return String.join("\n", lines);
    }

    /** Each {@code // test} line, split at spaces. */
    public List<List<String>> tests() {
        return lines.stream().filter(l -> l.startsWith("// test ")).map(l -> Arrays.asList(l.substring(8).strip().split("\\s+"))).toList();
    }

    /** Contents of lines that begin with a directive. */
    public List<String> after(String directive) {
        List<String> r = new ArrayList<>();
        for (String l : lines) {
            if (l.startsWith(directive + " ")) {
                r.add(l.substring(directive.length() + 1));
            } else if (l.equals(directive)) {
                r.add("");
            }
        }
        return r;
    }

    /** The exact expectation; null when the file has none. */
    public String expected() {
        List<String> e = after("//>");
        return e.isEmpty() ? null : String.join("\n", e) + "\n";
    }

    /** Expected errors by line. */
    public TreeMap<Integer, List<String>> errors() {
        TreeMap<Integer, List<String>> r = new TreeMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String[] parts = lines.get(i).split(ERROR);
            for (int p = 1; p < parts.length; p++) {
                r.computeIfAbsent(i + 1, k -> new ArrayList<>()).add(parts[p].strip());
            }
        }
        return r;
    }

    /** The file's text with another exact expectation, where the old one stood or at the end. */
    String blessed(String output) {
        List<String> r = new ArrayList<>();
        List<String> fresh = Arrays.stream(output.stripTrailing().split("\n", -1)).map(l -> l.isEmpty() ? "//>" : "//> " + l).toList();
        boolean placed = false;
        for (String l : lines) {
            if (!l.startsWith("//>")) {
                r.add(l);
            } else if (!placed) {
                r.addAll(fresh);
                placed = true;
            }
        }
        if (!placed) {
            while (!r.isEmpty() && r.get(r.size() - 1).isBlank()) {
                r.remove(r.size() - 1);
            }
            r.addAll(fresh);
            r.add("");
        }
        return String.join("\n", r);
    }
}
