package dev.lathe.maven;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Unpacks what {@code lathe compile} wrote: the typed class as Java source, all else as it is. */
final class CompiledJar {
    private static final String STAMPS = "META-INF/lathe/";

    private CompiledJar() {}

    /** Unpacks the jar; returns the files that the folders now hold. */
    static List<Path> unpack(Path jar, Path classes, Path sources) throws IOException {
        List<Path> files = new ArrayList<>();
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            String id = id(zip);
            String path = id.replace('.', '/');
            String source = STAMPS + id + "/" + path.substring(path.lastIndexOf('/') + 1) + ".java";
            for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements();) {
                ZipEntry e = all.nextElement();
                String name = e.getName();
                boolean typed = name.equals(path + ".class") || name.matches(Pattern.quote(path) + "\\$Results?\\.class");
                if (name.equals("META-INF/MANIFEST.MF") || typed) {
                    continue;
                }
                Path to = name.equals(source) ? sources.resolve(path + ".java") : classes.resolve(name);
                Files.createDirectories(to.getParent());
                try (InputStream in = zip.getInputStream(e)) {
                    byte[] bytes = in.readAllBytes();
                    // an unchanged file keeps its time, so that nothing that depends on it is done again
                    if (!Files.isRegularFile(to) || Files.size(to) != bytes.length || !Arrays.equals(Files.readAllBytes(to), bytes)) {
                        Files.write(to, bytes);
                    }
                }
                files.add(to);
            }
        }
        return files;
    }

    /** The name of the class that the jar is for. */
    static String id(ZipFile zip) throws IOException {
        return zip.stream().map(ZipEntry::getName).filter(n -> n.startsWith(STAMPS) && n.endsWith("/stamp.properties"))
                .map(n -> n.substring(STAMPS.length(), n.length() - "/stamp.properties".length())).findFirst()
                .orElseThrow(() -> new IOException(zip.getName() + " holds no compiled model"));
    }
}
