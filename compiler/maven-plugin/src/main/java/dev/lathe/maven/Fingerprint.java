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

    static String of(ModelConfig m) throws IOException {
        Fingerprint f = new Fingerprint();
        f.text(String.join("\n", m.commandLine()));
        if (m.targets != null && m.targets.contains("auto")) {
            f.text(Target.best().text());
        }
        for (Path p : files(m)) {
            f.text(p.getFileName().toString());
            f.file(p);
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

    /** The model's file with those beside it that it names, or that share its name: weights outside the model; and the labels. */
    private static TreeSet<Path> files(ModelConfig m) throws IOException {
        TreeSet<Path> files = new TreeSet<>();
        Path source = m.source.toPath().toAbsolutePath();
        if (Files.isDirectory(source)) {
            try (Stream<Path> all = Files.list(source)) {
                all.filter(Files::isRegularFile).forEach(files::add);
            }
            return files;
        }
        files.add(source);
        String bytes = Files.size(source) > 1 << 30 ? "" : Files.readString(source, StandardCharsets.ISO_8859_1);
        String stem = source.getFileName().toString().replaceFirst("\\.[^.]*$", "") + ".";
        try (Stream<Path> all = Files.list(source.getParent())) {
            all.filter(Files::isRegularFile).filter(p -> {
                String name = p.getFileName().toString();
                return name.startsWith(stem) || name.equals("labels.txt")
                        || bytes.contains(new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
            }).forEach(files::add);
        }
        if (m.labels != null) {
            files.add(m.labels.toPath().toAbsolutePath());
        }
        return files;
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
