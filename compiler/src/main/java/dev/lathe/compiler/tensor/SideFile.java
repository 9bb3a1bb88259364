package dev.lathe.compiler.tensor;

import dev.lathe.compiler.diag.LatheException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Files that a model names and that stand beside it: never one outside the model's folder. */
public final class SideFile {
    private SideFile() {}

    /**
     * The file.
     *
     * @param folder the model's
     * @param location the path as it stands in the model
     * @param where for messages
     * @param what kind of file it is
     */
    public static Path locate(Path folder, String location, String where, String what) {
        Path relative;
        try {
            relative = Path.of(location);
        } catch (InvalidPathException e) {
            throw new LatheException(where, what + " \"" + printable(location) + "\" is not a file name");
        }
        boolean drive = location.length() > 1 && location.charAt(1) == ':';
        if (relative.isAbsolute() || location.startsWith("/") || location.startsWith("\\") || drive) {
            throw refused(location, where, what, "is an absolute path");
        }
        for (String part : location.split("[/\\\\]")) {
            if (part.equals("..")) {
                throw refused(location, where, what, "leaves the model's folder");
            }
        }
        Path file = folder.resolve(relative);
        if (!Files.exists(file)) {
            throw new LatheException(where, "its data stand in file \"" + location + "\", which is not in " + folder, "put " + location
                    + " beside the model: both files belong together");
        }
        if (!Files.isRegularFile(file)) {
            throw refused(location, where, what, "is not a regular file");
        }
        try {
            if (!file.toRealPath().startsWith(folder.toRealPath())) {
                throw refused(location, where, what, "is a link that leaves the model's folder");
            }
        } catch (IOException e) {
            throw new LatheException(where, "can't read " + what + " \"" + location + "\": " + e);
        }
        return file;
    }

    private static LatheException refused(String location, String where, String what, String why) {
        return new LatheException(where, what + " \"" + location + "\" " + why, "put the file itself into the model's folder and name it by a relative path");
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
