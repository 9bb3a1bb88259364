package dev.lathe.compiler.tflite;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.tensor.FileBytes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The functions that a model offers by name, each a graph of its own. */
public final class TfliteSignatures {
    private TfliteSignatures() {}

    /** The names of a sound model's signatures, those of its first graph first. */
    public static List<String> of(Path file) {
        FlatTable model = FlatTable.root(FileBytes.whole(file), file.toString());
        return model.tables(7).stream().sorted(Comparator.comparing(s -> s.int32(4, 0) != 0)).map(TfliteSignatures::name).toList();
    }

    /** The number of the graph that a signature stands for. */
    static int graph(FlatTable model, String name) {
        List<String> all = new ArrayList<>();
        for (FlatTable s : model.tables(7)) {
            if (name(s).equals(name)) {
                return s.int32(4, 0);
            }
            all.add(name(s));
        }
        throw LatheException.wrongUse("", "there is no signature \"" + name + "\"",
                all.isEmpty() ? "the model has no signatures; leave --signature out" : "the model's signatures are " + String.join(", ", all));
    }

    private static String name(FlatTable s) {
        return s.string(2);
    }
}
