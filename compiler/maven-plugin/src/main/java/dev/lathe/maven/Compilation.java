package dev.lathe.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.logging.Log;

/**
 * A jar in the build folder, which is made again only when the model, its options or the compiler have changed.
 *
 * @param line what {@code lathe compile} is called with, but for the output
 */
record Compilation(ModelConfig model, List<String> line, Path jar) {
    /** Makes the jar if it must; returns what is wrong with the model, or nothing. */
    String make(Log log) throws IOException {
        Path marker = jar.resolveSibling(jar.getFileName() + ".made");
        String fingerprint = Fingerprint.of(model, line);
        if (Files.isRegularFile(jar) && Files.isRegularFile(marker) && Files.readString(marker).equals(fingerprint)) {
            log.info(model.key() + " is up to date");
            return "";
        }
        log.info("compiling " + model.source);
        Files.createDirectories(jar.getParent());
        // a build that ends here must not leave the mark of another jar
        Files.deleteIfExists(marker);
        List<String> all = new ArrayList<>(line);
        all.addAll(List.of("-o", jar.toString()));
        Tool.Answer a = Tool.run(all);
        if (a.code() != 0) {
            // what is wrong with an option does not name the model
            String why = PomWords.of(a.text());
            return why.contains(model.source.getName()) ? why : why + "\n  model: " + model.source;
        }
        a.out().lines().forEach(l -> {
            if (l.startsWith("note: ")) {
                log.warn(model.key() + ": " + l.substring(6));
            } else {
                log.info(l);
            }
        });
        Files.writeString(marker, fingerprint);
        return "";
    }
}
