package dev.lathe.compiler.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A table of outcomes: one line for each case and target. */
final class CsvFile implements AutoCloseable {
    private final PrintWriter out;

    CsvFile(Path file) throws IOException {
        out = new PrintWriter(Files.newBufferedWriter(file, StandardCharsets.UTF_8));
        out.print("case,target,result,max_abs,max_rel,seconds,message\n");
    }

    void add(String name, String target, Outcome o) {
        out.print(cell(name) + "," + target + "," + o.result() + ","
                + String.format(Locale.ROOT, "%.3e,%.3e,%.3f,", o.maxAbs(), o.maxRel(), o.seconds()) + cell(o.message()) + "\n");
        out.flush();
    }

    private static String cell(String s) {
        return s.matches("[^\",\\r\\n]*") ? s : '"' + s.replace("\"", "\"\"").replaceAll("\\R", " ") + '"';
    }

    @Override
    public void close() {
        out.close();
    }
}
