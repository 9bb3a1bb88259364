package dev.lathe.compiler.docs;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What is known of an ONNX operator beyond how it is read: a line of {@code operators.tsv}.
 *
 * @param name as in the import table
 * @param versions the opsets that changed it; those with a star have a case of the backend suite that passes
 * @param types element types of the cases that pass; "-" without any
 * @param note "-" for none
 */
record OperatorFacts(String name, List<String> versions, String types, Extents extents, String note) {
    private static final Pattern VERSION = Pattern.compile("[1-9][0-9]?\\*?");

    /** Where the extents of its results come from. */
    enum Extents {
        FIXED("static"), SYMBOLIC("symbolic"), DATA_DEPENDENT("data-dependent"), UNSUPPORTED("unsupported");

        private final String text;

        Extents(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }

        private static Extents of(String text) {
            return Arrays.stream(values()).filter(e -> e.text.equals(text)).findFirst().orElseThrow(() -> new IllegalArgumentException("extents: " + text));
        }
    }

    OperatorFacts {
        if (versions.isEmpty() || !versions.stream().allMatch(v -> VERSION.matcher(v).matches())) {
            throw new IllegalArgumentException(name + ": versions " + versions);
        }
    }

    static List<OperatorFacts> read() {
        try (InputStream in = OperatorFacts.class.getResourceAsStream("/docs/operators.tsv")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(l -> !l.startsWith("#")).map(OperatorFacts::parse).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static OperatorFacts parse(String line) {
        String[] f = line.split("\t", -1);
        if (f.length != 5 || Arrays.stream(f).anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("operators.tsv: not five fields: " + line);
        }
        return new OperatorFacts(f[0], List.of(f[1].split(" ")), f[2], Extents.of(f[3]), f[4]);
    }

    /** "" is ai.onnx. */
    String domain() {
        return name.substring(0, Math.max(0, name.lastIndexOf('.')));
    }

    String simpleName() {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    boolean supported() {
        return extents != Extents.UNSUPPORTED;
    }
}
