package dev.lathe.codegen.jar;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes the companion of a jar that IDEs show: the Java source of the typed class. Equal contents give equal bytes. */
public final class SourcesJar {
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private SourcesJar() {}

    /** Where the companion of {@code jar} lies: {@code a-sources.jar} for {@code a.jar}. */
    public static Path beside(Path jar) {
        return jar.resolveSibling(jar.getFileName().toString().replaceFirst("\\.jar$", "") + "-sources.jar");
    }

    public static void write(Path out, JarContents contents) throws IOException {
        String id = contents.id();
        String source = contents.texts().get(id.substring(id.lastIndexOf('.') + 1) + ".java");
        if (source == null) {
            throw new IllegalArgumentException("model " + id + " has no typed class");
        }
        WholeFile.write(out, file -> {
            ZipOutputStream zip = new ZipOutputStream(file);
            ZipEntry e = new ZipEntry(id.replace('.', '/') + ".java");
            e.setTimeLocal(TIME);
            zip.putNextEntry(e);
            zip.write(source.getBytes(StandardCharsets.UTF_8));
            zip.closeEntry();
            zip.finish();
        });
    }
}
