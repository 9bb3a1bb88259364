package dev.lathe.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The image of a jar file, open as long as a model is loaded from it. */
final class JarImage implements ModelImage, AutoCloseable {
    private static final String FOLDER = "META-INF/lathe/";
    private static final String STAMP = "/stamp.properties";

    private final Path path;
    private final ZipFile zip;

    private JarImage(Path path, ZipFile zip) {
        this.path = path;
        this.zip = zip;
    }

    static JarImage open(Path path) throws IOException {
        try {
            return new JarImage(path, new ZipFile(path.toFile()));
        } catch (java.util.zip.ZipException | IllegalArgumentException | UnsupportedOperationException e) {
            throw new JarException(path + " is no jar, or is damaged: " + e.getMessage(), e);
        }
    }

    /** The id of the one model in the jar. */
    String onlyModel() {
        List<String> ids;
        try {
            ids = zip.stream().map(ZipEntry::getName).filter(n -> n.startsWith(FOLDER) && n.endsWith(STAMP))
                    .map(n -> n.substring(FOLDER.length(), n.length() - STAMP.length())).sorted().toList();
        } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
            throw new JarException(path + " is damaged: " + e.getMessage(), e);
        }
        if (ids.size() != 1) {
            throw new JarException(ids.isEmpty() ? path + " holds no compiled model: there is no " + FOLDER + "*" + STAMP
                    : path + " holds several models, " + ids + "; put it on the class path and load one by its name");
        }
        return ids.get(0);
    }

    @Override
    public InputStream open(String name) throws IOException {
        try {
            ZipEntry e = zip.getEntry(name);
            return e == null ? null : zip.getInputStream(e);
        } catch (IllegalArgumentException e) {
            throw new IOException("damaged entry " + name, e);
        }
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
