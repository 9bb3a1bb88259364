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
    /** More arguments for {@code lathe compile}. */
    List<String> arguments = new ArrayList<>();

    /** What {@code lathe compile} is called with, but for the output. */
    List<String> commandLine() {
        List<String> line = new ArrayList<>(List.of("compile", source.getPath(), "--target", targets == null ? "portable,avx2,avx512,neon" : targets));
        if (className != null) {
            line.addAll(List.of("--class", className));
        }
        shapes.forEach(s -> line.addAll(List.of("--shape", s)));
        if (labels != null) {
            line.addAll(List.of("--labels", labels.getPath()));
        }
        if (picture != null) {
            line.addAll(picture.options());
        }
        line.addAll(arguments);
        return line;
    }

    /** The name that the model's files in the build folder have. */
    String key() {
        return className != null ? className : source.getName();
    }
}
