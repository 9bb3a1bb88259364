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
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the sequences begin that the rows of a recorded input stand for (LoD): the numbers in {@code lod.txt} of the
 * data set, or one sequence of all rows. Sequences of sequences have a line for each level.
 */
final class RecordedLods {
    private static final Pattern NAME = Pattern.compile("(.*)\\.lod(\\d?)", Pattern.DOTALL);

    private RecordedLods() {}

    /** The contents of input {@code name}, or null when it isn't such an input of a recorded one. */
    static Tensor of(String name, Path set, Map<String, DataSet.Item> recorded) {
        Matcher m = NAME.matcher(name);
        DataSet.Item rows = m.matches() ? recorded.get(m.group(1)) : null;
        if (rows == null || !(rows.datum() instanceof Datum.TensorDatum t) || t.tensor().rank() == 0) {
            return null;
        }
        int level = m.group(2).isEmpty() ? 0 : Integer.parseInt(m.group(2));
        Path file = set.resolve("lod.txt");
        if (!Files.isRegularFile(file)) {
            return numbers(0, level == 0 ? t.tensor().dims()[0] : 1);
        }
        try {
            List<long[]> levels = levels(Files.readString(file));
            if (level >= levels.size()) {
                throw new LatheException(file.toString(), "it has " + levels.size() + " levels of sequences, and input \"" + name + "\" is at level " + (level + 1));
            }
            return numbers(levels.get(levels.size() - 1 - level));
        } catch (NumberFormatException e) {
            throw new LatheException(file.toString(), "it should hold row numbers, separated by spaces");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A line, or a list in brackets, for each level, the rows' own last; each begins with 0. Else all numbers are one level. */
    private static List<long[]> levels(String text) {
        List<long[]> lines = Arrays.stream(text.split("[\\n\\]]")).map(RecordedLods::parsed).filter(l -> l.length > 0).toList();
        boolean several = lines.stream().allMatch(l -> l.length > 1 && l[0] == 0);
        return several ? lines : List.of(parsed(text));
    }

    private static long[] parsed(String text) {
        return Arrays.stream(text.strip().split("[\\s,\\[\\]]+")).filter(s -> !s.isEmpty()).mapToLong(Long::parseLong).toArray();
    }

    private static Tensor numbers(long... lod) {
        return Tensor.ofLongs(lod, lod.length);
    }
}
