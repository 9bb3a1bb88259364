package dev.lathe.compiler.cli;

import dev.lathe.codegen.debug.Listing;
import dev.lathe.codegen.emit.Emitted;
import dev.lathe.codegen.jar.WholeFile;
import dev.lathe.codegen.program.Program;
import dev.lathe.compiler.Trace;
import dev.lathe.compiler.ir.Graph;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes what every stage makes into a folder, numbered in order. */
final class DumpTrace implements Trace {
    private final Path folder;
    private int next;

    DumpTrace(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
    }

    @Override
    public void graph(String stage, Graph g) {
        try {
            StageText.write(g, file(stage, ".lir"), null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void program(String path, Program p) {
        text(file("program-" + p.target() + "-" + FileNames.safe(path), ".lir"), StageText.of(p));
    }

    @Override
    public void classes(String path, Program p, Emitted e) {
        StringBuilder s = new StringBuilder();
        e.methods().forEach(m -> s.append(String.format("// %6d bytes  %s.%s  %s%n", m.bytes(), m.owner(), m.name(), m.source())));
        e.classes().values().forEach(c -> s.append(Listing.of(c, null)).append('\n'));
        text(file("classes-" + p.target() + "-" + FileNames.safe(path), ".txt"), s.toString());
    }

    private Path file(String stage, String ending) {
        return folder.resolve(String.format("%02d-%s%s", next++, stage, ending));
    }

    private static void text(Path file, String text) {
        try {
            WholeFile.write(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
