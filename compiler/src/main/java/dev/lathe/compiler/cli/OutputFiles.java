package dev.lathe.compiler.cli;

import dev.lathe.compiler.tensor.NpyFile;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.MapValue;
import dev.lathe.runtime.OptionalValue;
import dev.lathe.runtime.SequenceValue;
import dev.lathe.runtime.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes outputs as {@code .npy} files named after them; elements of a sequence are numbered, an absent optional leaves none. */
final class OutputFiles {
    private final Path folder;
    private final FileNames names = new FileNames();
    private final List<Path> written = new ArrayList<>();

    private OutputFiles(Path folder) {
        this.folder = folder;
    }

    /** The files written. */
    static List<Path> write(Path folder, Map<String, Datum> outputs) throws IOException {
        OutputFiles f = new OutputFiles(Files.createDirectories(folder));
        outputs.forEach(f::write);
        return f.written;
    }

    private void write(String name, Datum d) {
        if (d instanceof Tensor t) {
            Path file = folder.resolve(names.unique(name) + ".npy");
            Object data = t.array() instanceof Object[] ? t.toStrings() : t.array();
            NpyFile.write(file, new dev.lathe.compiler.tensor.Tensor(t.type(), t.shape(), data));
            written.add(file);
        } else if (d instanceof SequenceValue s) {
            for (int i = 0; i < s.size(); i++) {
                write(name + "_" + i, s.items().get(i));
            }
        } else if (d instanceof OptionalValue o && o.isPresent()) {
            write(name, o.value());
        } else if (d instanceof MapValue m) {
            write(name + "_keys", m.keys());
            write(name + "_values", m.values());
        }
    }
}
