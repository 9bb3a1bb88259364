package dev.lathe.compiler.cli;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.text.DimText;
import dev.lathe.codegen.text.TextException;
import dev.lathe.compiler.diag.Faults;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.lower.StepCosts;
import dev.lathe.compiler.tensor.FileBytes;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Profile;
import dev.lathe.runtime.Stamp;
import dev.lathe.runtime.Tensor;
import dev.lathe.runtime.TensorSpec;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * What the steps of a measured session have cost, all runs together: the compiler's table ({@link StepCosts}) with the
 * extents of the inputs put in.
 *
 * @param operations of contractions, two a multiply-add; NaN where not known
 * @param bytes read and written; NaN where not known
 */
public record CostTable(double[] operations, double[] bytes) {
    /**
     * The costs of what was measured; unknown ones when the jar has no table (an older compiler's).
     *
     * @param made what {@code model} was loaded from; null when that is {@code file}, a jar
     */
    public static CostTable of(Path file, JarContents made, Model model, String path, Map<String, Datum> given, Profile measured) throws IOException {
        List<String> paths = model.pathNames();
        String simple = model.id().substring(model.id().lastIndexOf('.') + 1);
        String name = StepCosts.entry(simple + "-" + model.target().text() + (paths.size() == 1 ? "" : "-" + paths.indexOf(path)) + ".lir");
        String table = made == null ? text(file, Stamp.folder(model.id()) + name) : made.texts().get(name);
        try {
            return of(table, model.inputs(), given, measured);
        } catch (TextException | IndexOutOfBoundsException e) {
            throw new LatheException(file + "!" + name, "this is no table of costs: " + Faults.plain(e), "compile the model anew");
        }
    }

    private static String text(Path jar, String entry) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            ZipEntry e = zip.getEntry(entry);
            return e == null ? null : new String(zip.getInputStream(e).readAllBytes(), StandardCharsets.UTF_8);
        } catch (ZipException | EOFException e) {
            throw FileBytes.damaged(jar, "the jar is truncated or damaged", e);
        }
    }

    /** All bytes that are known, of all steps. */
    public double knownBytes() {
        return known(bytes);
    }

    /** The sum of those that are known; NaN when none is. */
    static double known(double[] each) {
        return Arrays.stream(each).filter(v -> !Double.isNaN(v)).reduce(Double::sum).orElse(Double.NaN);
    }

    private static CostTable of(String table, List<TensorSpec> inputs, Map<String, Datum> given, Profile measured) {
        CostTable costs = new CostTable(new double[measured.steps()], new double[measured.steps()]);
        Arrays.fill(costs.operations, Double.NaN);
        Arrays.fill(costs.bytes, Double.NaN);
        List<String> lines = table == null ? List.of() : table.lines().toList();
        if (lines.size() != 1 + inputs.size() + measured.steps() || !lines.get(0).equals(StepCosts.HEAD)) {
            return costs;
        }
        Map<String, Long> symbols = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            String[] cells = lines.get(1 + i).split("\t");
            if (given.get(inputs.get(i).name()) instanceof Tensor t) {
                for (int d = 1; d < cells.length; d++) {
                    Dim dim = DimText.parse(cells[d]);
                    if (!dim.isConst() && dim.symbol() != null) {
                        symbols.putIfAbsent(dim.symbol(), (long) t.shape()[d - 1]);
                    }
                }
            }
        }
        for (int i = 0; i < measured.steps(); i++) {
            String[] cells = lines.get(1 + inputs.size() + i).split("\t");
            costs.operations[i] = value(cells[1], symbols) * measured.count(i);
            costs.bytes[i] = (value(cells[2], symbols) + value(cells[3], symbols)) * measured.count(i);
        }
        return costs;
    }

    /** NaN when a symbol is found only while running. */
    private static double value(String cell, Map<String, Long> symbols) {
        if (cell.equals("-")) {
            return Double.NaN;
        }
        Dim d = DimText.parse(cell);
        try {
            return symbols.keySet().containsAll(d.symbols()) ? d.eval(symbols::get) : Double.NaN;
        } catch (ArithmeticException e) {
            return Double.NaN;
        }
    }
}
