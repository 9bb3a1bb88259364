package dev.lathe.compiler.tensor;

import dev.lathe.compiler.diag.LatheException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Recorded inputs and outputs of a model: a folder {@code test_data_set_N} with files {@code input_I.pb} and
 * {@code output_I.pb}, or {@code .npy}.
 */
public record DataSet(Path folder, List<Item> inputs, List<Item> outputs) {
    /**
     * One file.
     *
     * @param index the number in the file's name: the position among the model's inputs or outputs
     * @param name the name stored in the file; may be empty
     */
    public record Item(int index, String name, Path file, Datum datum) {
    }

    private record Numbered(int index, Path file) {
    }

    private static final Pattern INPUT = Pattern.compile("input_(\\d{1,9})\\.(pb|npy)");
    private static final Pattern OUTPUT = Pattern.compile("output_(\\d{1,9})\\.(pb|npy)");
    private static final Pattern SET = Pattern.compile("test_data_set_(\\d{1,9})");

    /**
     * Reads a folder, in numeric order.
     *
     * @param inputKinds by the model's inputs; what is beyond the list's end is a tensor
     * @param outputKinds the same for the outputs
     */
    public static DataSet read(Path folder, List<DatumKind> inputKinds, List<DatumKind> outputKinds) {
        return new DataSet(folder, items(folder, INPUT, inputKinds), items(folder, OUTPUT, outputKinds));
    }

    /** Reads a folder's inputs only: for one who doesn't know the kinds of the outputs yet. */
    public static List<Item> inputs(Path folder, List<DatumKind> kinds) {
        return items(folder, INPUT, kinds);
    }

    /** Reads one {@code .pb} file. */
    public static Datum file(Path file, DatumKind kind) {
        return DatumReader.read(0, file, kind).datum();
    }

    /** The data sets beside a model, in numeric order; a folder that itself holds data files counts as one. */
    public static List<Path> folders(Path folder) {
        List<Path> sets = numbered(folder, SET).stream().map(Numbered::file).filter(Files::isDirectory).toList();
        if (sets.isEmpty() && !(numbered(folder, INPUT).isEmpty() && numbered(folder, OUTPUT).isEmpty())) {
            return List.of(folder);
        }
        return sets;
    }

    private static List<Item> items(Path folder, Pattern pattern, List<DatumKind> kinds) {
        List<Item> items = new ArrayList<>();
        for (Numbered n : numbered(folder, pattern)) {
            if (!items.isEmpty() && items.get(items.size() - 1).index() == n.index()) {
                throw new LatheException(n.file().toString(), "there are two files with number " + n.index(),
                    "delete one of them");
            }
            DatumKind kind = n.index() < kinds.size() ? kinds.get(n.index()) : DatumKind.TENSOR;
            boolean plain = n.file().toString().endsWith(".npy");
            items.add(plain ? new Item(n.index(), "", n.file(), new Datum.TensorDatum(NpyFile.read(n.file()))) : DatumReader.read(n.index(), n.file(), kind));
        }
        return List.copyOf(items);
    }

    private static List<Numbered> numbered(Path folder, Pattern pattern) {
        List<Numbered> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Matcher m = pattern.matcher(file.getFileName().toString());
                if (m.matches()) {
                    found.add(new Numbered(Integer.parseInt(m.group(1)), file));
                }
            }
        } catch (IOException e) {
            if (!Files.isDirectory(folder)) {
                throw new LatheException(folder.toString(), "there is no such folder");
            }
            throw FileBytes.unreadable(folder, e);
        }
        // by name among equal numbers: the order doesn't depend on the file system
        found.sort(Comparator.comparingInt(Numbered::index).thenComparing(n -> n.file().toString()));
        return found;
    }
}
