package dev.lathe.compiler.cli;

import dev.lathe.codegen.debug.MethodSizes;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.FileBytes;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Stamp;
import dev.lathe.runtime.TargetException;
import dev.lathe.runtime.TensorSpec;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** Says what a compiled jar is: its stamp, what it takes and gives, and what is in it. */
record JarReport(Path path, PrintWriter out) {
    void print() throws IOException {
        try (ZipFile zip = new ZipFile(path.toFile())) {
            List<? extends ZipEntry> entries = Collections.list(zip.entries());
            List<String> stamps = entries.stream().map(ZipEntry::getName).filter(n -> n.startsWith("META-INF/lathe/") && n.endsWith("/stamp.properties")).toList();
            if (stamps.isEmpty()) {
                throw new LatheException(path.toString(), "this is no jar that Lathe made: it has no stamp");
            }
            for (String s : stamps) {
                stamp(Stamp.read(zip.getInputStream(zip.getEntry(s)).readAllBytes(), path + "!" + s));
            }
            if (stamps.size() == 1) {
                signature();
            }
            contents(zip, entries);
        } catch (ZipException | EOFException e) {
            throw FileBytes.damaged(path, "the jar is truncated or damaged", e);
        }
    }

    private void stamp(Map<String, String> stamp) {
        out.println("stamp");
        for (Map.Entry<String, String> e : stamp.entrySet()) {
            if (!e.getKey().startsWith("entry.") && !e.getKey().startsWith("variant.")) {
                out.println("  " + e.getKey() + " = " + e.getValue().replace("\n", ", "));
            }
        }
    }

    private void signature() {
        try (Model m = Model.load(path)) {
            specs("inputs", m.inputs(), out);
            specs("outputs", m.outputs(), out);
            out.println("on this machine: " + m.target().text() + " (" + m.targetReason() + "); constants take " + ProgramReport.bytes(m.constantBytes()));
        } catch (TargetException e) {
            out.println("on this machine: " + e.getMessage());
        }
    }

    static void specs(String title, List<TensorSpec> specs, PrintWriter out) {
        out.println(title);
        specs.forEach(s -> out.println("  " + s));
    }

    private void contents(ZipFile zip, List<? extends ZipEntry> entries) throws IOException {
        long classes = 0;
        long weights = 0;
        long rest = 0;
        int count = 0;
        int largest = 0;
        String where = "";
        for (ZipEntry e : entries) {
            if (e.getName().endsWith(".class")) {
                count++;
                classes += e.getCompressedSize();
                for (Map.Entry<String, Integer> m : MethodSizes.of(zip.getInputStream(e).readAllBytes()).entrySet()) {
                    if (m.getValue() > largest) {
                        largest = m.getValue();
                        where = e.getName().substring(0, e.getName().length() - 6).replace('/', '.') + "." + m.getKey().substring(0, m.getKey().indexOf('('));
                    }
                }
            } else if (e.getName().endsWith("/weights.bin")) {
                weights += e.getCompressedSize();
            } else {
                rest += e.getCompressedSize();
            }
        }
        out.println("contents");
        out.println("  weights   " + ProgramReport.bytes(weights));
        out.println("  classes   " + count + " of " + ProgramReport.bytes(classes) + "; largest method " + largest + " bytes (" + where + ")");
        out.println("  the rest  " + ProgramReport.bytes(rest) + ": program texts, plans, stamp");
    }
}
