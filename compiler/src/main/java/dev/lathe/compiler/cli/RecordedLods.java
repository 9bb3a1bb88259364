package dev.lathe.compiler.cli;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.DataSet;
import dev.lathe.compiler.tensor.Datum;
import dev.lathe.runtime.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Where the sequences begin that the rows of a recorded input stand for (LoD): the numbers in {@code lod.txt} of the
 * data set, or one sequence of all rows.
 */
final class RecordedLods {
    private static final String SUFFIX = ".lod";

    private RecordedLods() {}

    /** The contents of input {@code name}, or null when it isn't such an input of a recorded one. */
    static Tensor of(String name, Path set, Map<String, DataSet.Item> recorded) {
        DataSet.Item rows = name.endsWith(SUFFIX) ? recorded.get(name.substring(0, name.length() - SUFFIX.length())) : null;
        if (rows == null || !(rows.datum() instanceof Datum.TensorDatum t) || t.tensor().rank() == 0) {
            return null;
        }
        Path file = set.resolve("lod.txt");
        long[] lod = {0, t.tensor().dims()[0]};
        if (Files.isRegularFile(file)) {
            try {
                lod = Arrays.stream(Files.readString(file).strip().split("[\\s,\\[\\]]+")).filter(s -> !s.isEmpty()).mapToLong(Long::parseLong).toArray();
            } catch (NumberFormatException e) {
                throw new LatheException(file.toString(), "it should hold row numbers, separated by spaces");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return Tensor.ofLongs(lod, lod.length);
    }
}
