package dev.lathe.compiler;

import dev.lathe.compiler.picture.Picture;
import dev.lathe.runtime.Target;
import java.util.List;
import java.util.Map;

/**
 * What a compilation is asked for.
 *
 * @param className of the generated class; null: made from the model's name
 * @param targets in the order of the jar; empty: portable and the machine's best
 * @param shapes specialised paths: each gives some inputs static shapes
 * @param fallback whether the jar also holds a path for all other shapes (always, when {@code shapes} is empty)
 * @param numerics options that change results in the last bits ({@code winograd=false}: no convolution by Winograd's forms;
 *        {@code steps=true}: quantised models are rounded as their interpreter does); part of the stamp
 * @param labels names of the classes that an output scores; may be empty
 * @param picture how pictures become one of the inputs; null: the model takes what it declares
 * @param signature which function of a TensorFlow Lite model that has several signatures; null: its first graph; part of the stamp
 */
public record CompilerOptions(String className, List<Target> targets, List<Map<String, int[]>> shapes, boolean fallback,
        Map<String, String> numerics, List<String> labels, Picture picture, String signature) {
    public static final CompilerOptions DEFAULT = new CompilerOptions(null, List.of(), List.of(), true, Map.of(), List.of(), null, null);

    public CompilerOptions {
        targets = targets.isEmpty() ? automatic() : List.copyOf(targets);
        shapes = List.copyOf(shapes);
        numerics = Map.copyOf(numerics);
        labels = List.copyOf(labels);
    }

    /** Options of a model that takes what it declares. */
    public CompilerOptions(String className, List<Target> targets, List<Map<String, int[]>> shapes, boolean fallback, Map<String, String> numerics, List<String> labels) {
        this(className, targets, shapes, fallback, numerics, labels, null, null);
    }

    /** True where quantised models are rounded to their steps. */
    public boolean steps() {
        return numerics.getOrDefault("steps", "false").equals("true");
    }

    private static List<Target> automatic() {
        Target best = Target.best();
        return best == Target.PORTABLE ? List.of(best) : List.of(Target.PORTABLE, best);
    }

    public CompilerOptions withTargets(List<Target> t) {
        return new CompilerOptions(className, t, shapes, fallback, numerics, labels, picture, signature);
    }

    public CompilerOptions withShapes(List<Map<String, int[]>> s) {
        return new CompilerOptions(className, targets, s, fallback, numerics, labels, picture, signature);
    }

    public CompilerOptions withClassName(String n) {
        return new CompilerOptions(n, targets, shapes, fallback, numerics, labels, picture, signature);
    }

    public CompilerOptions withNumerics(Map<String, String> n) {
        return new CompilerOptions(className, targets, shapes, fallback, n, labels, picture, signature);
    }

    public CompilerOptions withLabels(List<String> l) {
        return new CompilerOptions(className, targets, shapes, fallback, numerics, l, picture, signature);
    }

    public CompilerOptions withPicture(Picture p) {
        return new CompilerOptions(className, targets, shapes, fallback, numerics, labels, p, signature);
    }

    public CompilerOptions withSignature(String s) {
        return new CompilerOptions(className, targets, shapes, fallback, numerics, labels, picture, s);
    }
}
