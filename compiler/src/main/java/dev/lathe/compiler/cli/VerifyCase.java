package dev.lathe.compiler.cli;

import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.DataSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A model with recorded inputs and outputs.
 *
 * @param seconds after which a target's run counts as hung
 * @param whole whether it is a whole model, and not one of ONNX's tests, whose recordings hold
 */
record VerifyCase(String name, Path model, List<Path> sets, Tolerance tolerance, int seconds, boolean whole) {
    private static final int CASE_SECONDS = 60;
    private static final int MODEL_SECONDS = 300;

    /** Every folder below {@code suite}, at any depth, that holds a model and recorded data; in the order of their names. */
    static List<VerifyCase> suite(Path suite, Tolerance given) {
        if (!Files.isDirectory(suite)) {
            throw new LatheException(suite.toString(), "there is no such folder");
        }
        List<VerifyCase> cases = new ArrayList<>();
        try (Stream<Path> all = Files.walk(suite, FileVisitOption.FOLLOW_LINKS)) {
            for (Path folder : (Iterable<Path>) all.filter(Files::isDirectory).sorted(Comparator.comparing(Path::toString))::iterator) {
                Path model = Lathe.modelIn(folder);
                if (model != null) {
                    cases.add(of(suite.relativize(folder).toString(), model, DataSet.folders(folder), given));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return cases;
    }

    private static VerifyCase of(String relative, Path model, List<Path> sets, Tolerance given) {
        Path folder = model.toAbsolutePath().normalize().getParent().getFileName();
        String name = relative.isEmpty() ? folder.toString() : relative;
        boolean small = folder.toString().startsWith("test_");
        return new VerifyCase(name, model, sets, given != null ? given : small ? Tolerance.ONNX_CASE : Tolerance.WHOLE_MODEL,
                small ? CASE_SECONDS : MODEL_SECONDS, !small);
    }

    /** One model or jar with folders of data; each data set is a case. */
    static List<VerifyCase> of(Path model, List<Path> folders, Tolerance given) {
        List<VerifyCase> cases = new ArrayList<>();
        for (Path folder : folders) {
            for (Path set : DataSet.folders(folder)) {
                cases.add(new VerifyCase(set.getFileName().toString(), model, List.of(set), given != null ? given : Tolerance.WHOLE_MODEL, MODEL_SECONDS, true));
            }
        }
        return cases;
    }
}
