package dev.lathe.maven;

import java.io.File;
import java.util.ArrayList;
import java.util.List;

/** A {@code <model>} of the plugin's configuration. */
public class ModelConfig {
    /** The model's file, or a folder that holds one. */
    File source;
    /** The name of the class to make, {@code com.acme.Digits}; made from the model's name when absent. */
    String className;
    /** {@code portable,avx2,avx512,neon}; {@code auto} stands for portable and the building machine's best. All when absent. */
    String targets;
    /** Shapes to specialise for, {@code image=1x3x224x224}; any other shape takes a general path. */
    List<String> shapes = new ArrayList<>();
    /** Class names, one a line; {@code labels.txt} beside the model when absent. */
    File labels;
    /** Folders of recorded inputs and outputs for the goal {@code verify}; those beside the model when absent. */
    List<File> data = new ArrayList<>();
    /** How pictures become an input of the model, where it is to take them; {@code <picture/>} for pixels from -1 to 1. */
    PictureConfig picture;
    /** Whether 3x3 convolutions may be computed by Winograd's forms, where that is faster. */
    boolean winograd = true;
    /** Whether a quantised TensorFlow Lite model's results are rounded to the steps of their types, as its interpreter does. */
    boolean steps;
    /** Which function of a TensorFlow Lite model that has several signatures; none: its first graph. */
    String signature;
    /** A folder for what every stage of the compilation makes; nothing is written when absent. */
    File dump;
    /** For the goal {@code verify}: allowed error relative to each element. */
    Double rtol;
    /** For the goal {@code verify}: allowed error on top of that. */
    Double atol;
    /** For the goal {@code verify}: whether what departs from its recording fails even where the model computed in f64 says that the recording is off. */
    boolean recordingOnly;
    /** More arguments for {@code lathe compile}. */
    List<String> arguments = new ArrayList<>();

    /** What {@code lathe compile} is called with, but for the output. */
    List<String> commandLine() {
        List<String> line = tensorsOnly();
        if (picture != null) {
            line.addAll(picture.options());
        }
        return line;
    }

    /** The same for a model that takes what it declares, not pictures. */
    List<String> tensorsOnly() {
        List<String> line = new ArrayList<>(List.of("compile", source.getPath(), "--target", targets == null ? "portable,avx2,avx512,neon" : targets));
        if (className != null) {
            line.addAll(List.of("--class", className));
        }
        shapes.forEach(s -> line.addAll(List.of("--shape", s)));
        if (labels != null) {
            line.addAll(List.of("--labels", labels.getPath()));
        }
        if (!winograd) {
            line.add("--no-winograd");
        }
        if (steps) {
            line.add("--steps");
        }
        if (signature != null) {
            line.addAll(List.of("--signature", signature));
        }
        if (dump != null) {
            line.addAll(List.of("--dump", dump.getPath()));
        }
        line.addAll(arguments);
        return line;
    }

    /** What {@code lathe verify} is called with beside the model. */
    List<String> verification() {
        List<String> line = new ArrayList<>();
        recorded().forEach(d -> line.addAll(List.of("--data", d.getPath())));
        if (rtol != null) {
            line.addAll(List.of("--rtol", rtol.toString()));
        }
        if (atol != null) {
            line.addAll(List.of("--atol", atol.toString()));
        }
        line.addAll(recordingOnly ? List.of("--recording-only") : List.of("--source", source.getPath()));
        return line;
    }

    /** The folders of recorded data. */
    List<File> recorded() {
        return data.isEmpty() ? List.of(source.isDirectory() ? source : source.getAbsoluteFile().getParentFile()) : data;
    }

    /** The name that the model's files in the build folder have. */
    String key() {
        return className != null ? className : source.getName();
    }
}
