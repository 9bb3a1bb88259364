package dev.lathe.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What an execution of the goal has put into the build folder, so that the next one can take away what is not made any more:
 * code of a target or a class name that was given up must not stay in the project's jar.
 *
 * @param list the file that remembers them, a line each
 * @param classes where the project's classes and resources are gathered
 */
record UnpackedFiles(Path list, Path classes) {
    /** Deletes those of the last time that are not among these, and remembers these. */
    void replace(Set<Path> now, Path resources, Path sources) throws IOException {
        Set<Path> all = now.stream().map(p -> p.toAbsolutePath().normalize()).collect(Collectors.toCollection(TreeSet::new));
        if (Files.isRegularFile(list)) {
            for (String line : Files.readAllLines(list)) {
                Path old = Path.of(line);
                if (!all.contains(old)) {
                    Files.deleteIfExists(old);
                    copies(old, resources.toAbsolutePath().normalize(), sources.toAbsolutePath().normalize());
                }
            }
        }
        Files.createDirectories(list.getParent());
        Files.write(list, all.stream().map(Path::toString).toList());
    }

    /** Deletes what Maven made of the file: the copy of a resource, the classes of a source. */
    private void copies(Path old, Path resources, Path sources) throws IOException {
        if (old.startsWith(resources)) {
            Files.deleteIfExists(classes.resolve(resources.relativize(old).toString()));
        } else if (old.startsWith(sources)) {
            Path folder = classes.resolve(sources.relativize(old).toString()).getParent();
            String stem = old.getFileName().toString().replaceFirst("\\.java$", "");
            if (Files.isDirectory(folder)) {
                try (Stream<Path> beside = Files.list(folder)) {
                    for (Path p : beside.filter(p -> isOf(p.getFileName().toString(), stem)).toList()) {
                        Files.delete(p);
                    }
                }
            }
        }
    }

    private static boolean isOf(String file, String stem) {
        return file.endsWith(".class") && (file.equals(stem + ".class") || file.startsWith(stem + "$"));
    }
}
