package dev.lathe.compiler.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The digests of runs by what ran: the jar's own digest, model, extents, compilers, JDK, target and threads, with tabs between. In a file, if there is one, a line each;
 * digests that an earlier call left there count, as a jar of other bytes has another name.
 */
final class SameBitsLog {
    private final Path file;
    private final Map<String, Set<String>> runs = new TreeMap<>();
    private int added;
    private double seconds;

    SameBitsLog(String file) throws IOException {
        this.file = file == null ? null : Path.of(file);
        if (this.file != null && Files.exists(this.file)) {
            for (String line : Files.readAllLines(this.file)) {
                String digest = line.substring(line.lastIndexOf('\t') + 1);
                if (digest.matches("[0-9a-f]{64}")) {
                    put(line.substring(0, line.lastIndexOf('\t')), digest);
                }
            }
        }
    }

    private void put(String key, String digest) {
        runs.computeIfAbsent(key, k -> new TreeSet<>()).add(digest);
    }

    synchronized void add(String key, String digest) {
        put(key, digest);
        added++;
        if (file != null) {
            try {
                Files.writeString(file, key + "\t" + digest.replace('\t', ' ') + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    synchronized boolean has(String key) {
        return runs.containsKey(key);
    }

    /** What came of all runs of some jars. */
    synchronized Set<String> digests(Collection<String> jars) {
        Set<String> all = new TreeSet<>();
        runs.forEach((k, d) -> {
            if (jars.contains(k.substring(0, k.indexOf('\t')))) {
                all.addAll(d);
            }
        });
        return all;
    }

    synchronized void took(double more) {
        seconds += more;
    }

    synchronized int size() {
        return runs.size();
    }

    synchronized int added() {
        return added;
    }

    synchronized double seconds() {
        return seconds;
    }

    static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path p : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(p);
            }
        }
    }
}
