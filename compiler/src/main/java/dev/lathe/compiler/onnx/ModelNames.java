package dev.lathe.compiler.onnx;

import java.nio.file.Path;
import java.util.List;

/** What importers call what has no name of its own. */
public final class ModelNames {
    private ModelNames() {}

    /**
     * A graph's name: that of its file, or of the folder where the file's says nothing.
     *
     * @param extensions what the file's name may end in, with its dot
     * @param plain names that say nothing
     */
    public static String graph(Path file, List<String> extensions, List<String> plain) {
        String name = file.getFileName().toString();
        for (String e : extensions) {
            name = name.endsWith(e) ? name.substring(0, name.length() - e.length()) : name;
        }
        Path dir = file.toAbsolutePath().normalize().getParent();
        return plain.contains(name) && dir != null && dir.getFileName() != null ? dir.getFileName().toString() : name;
    }

    /** A name as the textual IR can have it for a symbol: an identifier. */
    public static String symbol(String name) {
        return name.replaceAll("[^A-Za-z0-9_]", "_").replaceFirst("^(?=[0-9_])", "d");
    }
}
