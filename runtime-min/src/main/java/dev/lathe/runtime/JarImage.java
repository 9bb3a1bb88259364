package dev.lathe.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The image of a jar file, open as long as a model is loaded from it. */
final class JarImage implements ModelImage, AutoCloseable {
    private final Path path;
    private final ZipFile zip;

    /** Opens a jar. */
    JarImage(Path path) throws IOException {
        this.path = path;
        this.zip = new ZipFile(path.toFile());
    }

    /** The id of the one model in the jar. */
    String onlyModel() {
        String folder = Stamp.folder("");
        folder = folder.substring(0, folder.length() - 1);
        String stamp = Stamp.entry("").substring(folder.length());
        String id = null;
        for (Enumeration<? extends ZipEntry> e = zip.entries(); e.hasMoreElements();) {
            String n = e.nextElement().getName();
            if (n.startsWith(folder) && n.endsWith(stamp) && n.length() > folder.length() + stamp.length()) {
                String next = n.substring(folder.length(), n.length() - stamp.length());
                if (id != null) {
                    throw new JarException(path + " holds several models, " + id + " and " + next + "; put it on the class path and load one by its name");
                }
                id = next;
            }
        }
        if (id == null) {
            throw new JarException(path + " holds no compiled model: there is no " + folder + "*" + stamp);
        }
        return id;
    }

    @Override
    public InputStream open(String name) throws IOException {
        ZipEntry e = zip.getEntry(name);
        return e == null ? null : zip.getInputStream(e);
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
