package dev.lathe.compiler.cli;

import dev.lathe.codegen.jar.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/** A table of outcomes: one line for each case and target. The file is there when all are, and not before. */
final class CsvFile {
    private final Path file;
    private final StringBuilder lines = new StringBuilder("case,target,result,max_abs,max_rel,seconds,message\n");

    /** @throws IOException at once where no file can be */
    CsvFile(Path file) throws IOException {
        this.file = file;
        if (!Files.isDirectory(file.toAbsolutePath().getParent())) {
            throw new NoSuchFileException(file.toString());
        }
    }

    void add(String name, String target, Outcome o) {
        lines.append(cell(name)).append(',').append(target).append(',').append(o.result()).append(',')
                .append(String.format(Locale.ROOT, "%.3e,%.3e,%.3f,", o.maxAbs(), o.maxRel(), o.seconds())).append(cell(o.message())).append('\n');
    }

    private static String cell(String s) {
        return s.matches("[^\",\\r\\n]*") ? s : '"' + s.replace("\"", "\"\"").replaceAll("\\R", " ") + '"';
    }

    /** Writes the table. */
    void write() throws IOException {
        WholeFile.write(file, lines.toString());
    }
}
