package dev.lathe.compiler.cli;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.DataSet;
import dev.lathe.compiler.tensor.DatumKind;
import dev.lathe.compiler.tensor.NpyFile;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.TensorSpec;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads what {@code --input} names. */
final class InputFiles {
    private static final Set<String> IMAGES = Set.of("png", "jpg", "jpeg", "gif", "bmp");

    private final List<TensorSpec> specs;
    private final ImageOptions images;
    private final Map<String, String> stamp;

    InputFiles(List<TensorSpec> specs, ImageOptions images, Map<String, String> stamp) {
        this.specs = specs;
        this.images = images;
        this.stamp = stamp;
    }

    /** By input name, in the order given. */
    Map<String, Datum> read(List<String> arguments) {
        Map<String, Datum> values = new LinkedHashMap<>();
        for (String a : arguments) {
            TensorSpec spec = specOf(a);
            // a name of an input may itself hold an equals sign
            String file = a.startsWith(spec.name() + "=") ? a.substring(spec.name().length() + 1) : a;
            if (values.put(spec.name(), read(spec, Path.of(file))) != null) {
                throw new LatheException("", "input \"" + spec.name() + "\" is given twice");
            }
        }
        for (TensorSpec s : specs) {
            if (!values.containsKey(s.name())) {
                throw new LatheException("", "input \"" + s.name() + "\" is not given", "give all of " + list() + "\nlike --input " + s.name() + "=FILE");
            }
        }
        return values;
    }

    private TensorSpec specOf(String argument) {
        TensorSpec found = null;
        for (TensorSpec s : specs) {
            if (argument.startsWith(s.name() + "=") && (found == null || s.name().length() > found.name().length())) {
                found = s;
            }
        }
        if (found == null && argument.indexOf('=') < 0 && specs.size() == 1) {
            return specs.get(0);
        }
        if (found == null) {
            int eq = argument.indexOf('=');
            throw new LatheException("", eq < 0 ? "--input " + argument + " doesn't say which input this is" : "there is no input \"" + argument.substring(0, eq) + "\"",
                    "the inputs are " + list());
        }
        return found;
    }

    private String list() {
        return specs.isEmpty() ? "none" : specs.stream().map(TensorSpec::toString).collect(Collectors.joining("; "));
    }

    private Datum read(TensorSpec spec, Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        String ending = name.substring(name.lastIndexOf('.') + 1);
        if (IMAGES.contains(ending)) {
            return Images.read(file, spec, images, stamp);
        }
        if (ending.equals("npy")) {
            if (spec.kind() != TensorSpec.Kind.TENSOR) {
                throw new LatheException(file.toString(), "input \"" + spec.name() + "\" is no tensor, so an array can't be given", "give an ONNX .pb file");
            }
            return Conversions.fit(NpyFile.read(file), spec, file.toString());
        }
        if (ending.equals("pb")) {
            dev.lathe.compiler.tensor.Datum d = DataSet.file(file, kindOf(spec));
            return d instanceof dev.lathe.compiler.tensor.Datum.TensorDatum t && spec.kind() == TensorSpec.Kind.TENSOR
                    ? Conversions.fit(t.tensor(), spec, file.toString()) : Conversions.toRuntime(d, file.toString());
        }
        throw new LatheException(file.toString(), "the ending doesn't say what this is", "inputs are .npy, .pb (ONNX TensorProto), .png or .jpg");
    }

    static DatumKind kindOf(TensorSpec spec) {
        return switch (spec.kind()) {
            case TENSOR -> DatumKind.TENSOR;
            case SEQUENCE -> DatumKind.SEQUENCE;
            case OPTIONAL -> DatumKind.OPTIONAL;
        };
    }

    /** A compiler's tensor as one of the run time. */
    static dev.lathe.runtime.Tensor toRuntime(Tensor t) {
        return dev.lathe.runtime.Tensor.owning(t.type(), t.data(), t.dims());
    }
}
