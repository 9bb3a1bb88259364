package dev.lathe.maven;

import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.Lathe;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A digest of all that a compilation depends on: the model's files, the options, the compiler's own code. */
final class Fingerprint {
    private final MessageDigest digest;

    private Fingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @param line the options, as {@code lathe compile} takes them */
    static String of(ModelConfig m, List<String> line) throws IOException {
        Fingerprint f = new Fingerprint();
        f.text(String.join("\n", line));
        if (m.targets != null && m.targets.contains("auto")) {
            f.text(Target.best().text());
        }
        Path folder = folder(m);
        for (Path p : files(m, folder)) {
            f.text(folder.relativize(p).toString());
            f.file(p);
        }
        if (m.labels != null && m.labels.isFile()) {
            f.file(m.labels.toPath());
        }
        for (Class<?> c : List.of(Lathe.class, JarWriter.class, Model.class)) {
            CodeSource code = c.getProtectionDomain().getCodeSource();
            try (Stream<Path> all = Files.walk(Path.of(code.getLocation().toURI()))) {
                for (Path p : all.filter(Files::isRegularFile).sorted().toList()) {
                    f.file(p);
                }
            } catch (URISyntaxException e) {
                throw new IOException(e);
            }
        }
        return HexFormat.of().formatHex(f.digest.digest());
    }

    private static Path folder(ModelConfig m) {
        Path source = m.source.toPath().toAbsolutePath();
        return Files.isDirectory(source) ? source : source.getParent();
    }

    /** The model's file with those beside or below it that it names, or that belong to it by their names: weights outside the model, labels. */
    private static TreeSet<Path> files(ModelConfig m, Path folder) throws IOException {
        Path source = m.source.toPath().toAbsolutePath();
        // a Paddle program's weights have names of their own
        boolean all = Files.isDirectory(source) || source.getFileName().toString().equals("__model__");
        Path model = Files.isDirectory(source) ? Lathe.modelIn(source) : source;
        String bytes = model == null || Files.size(model) > 1 << 30 ? "" : Files.readString(model, StandardCharsets.ISO_8859_1);
        String stem = source.getFileName().toString().replaceFirst("\\.[^.]*$", "") + ".";
        TreeSet<Path> files = new TreeSet<>();
        try (Stream<Path> beside = Files.list(folder)) {
            for (Path p : beside.toList()) {
                String name = p.getFileName().toString();
                if (Files.isDirectory(p) && (named(name + "/", bytes) || named(name + "\\", bytes))) {
                    try (Stream<Path> below = Files.walk(p)) {
                        below.filter(f -> Files.isRegularFile(f) && named(f.getFileName().toString(), bytes)).forEach(files::add);
                    }
                } else if (Files.isRegularFile(p) && (all || p.equals(source) || name.startsWith(stem) || name.equals("labels.txt") || named(name, bytes))) {
                    files.add(p);
                }
            }
        }
        return files;
    }

    private static boolean named(String file, String bytes) {
        return bytes.contains(new String(file.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
    }

    private void text(String s) {
        digest.update(s.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }

    private void file(Path p) throws IOException {
        try (InputStream in = Files.newInputStream(p)) {
            byte[] b = new byte[1 << 16];
            for (int n = in.read(b); n >= 0; n = in.read(b)) {
                digest.update(b, 0, n);
            }
        }
    }
}
