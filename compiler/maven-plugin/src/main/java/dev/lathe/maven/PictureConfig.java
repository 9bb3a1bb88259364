package dev.lathe.maven;

import java.util.ArrayList;
import java.util.List;

/** The {@code <picture>} of a model: options of {@code lathe compile} of the same names. What is absent has its default. */
public class PictureConfig {
    /** The input that takes pictures; the only one that can when absent. */
    String input;
    /** {@code rgb}, {@code bgr} or {@code grey}: the order of the model's channels. */
    String channels;
    /** Pixels, 0 to 255, are multiplied by this first. */
    String scale;
    /** Subtracted next: one number, or three separated by commas. */
    String mean;
    /** What is left is divided by this: one number, or three separated by commas. */
    String std;
    /** Rows and columns to resize to, {@code 224x224}. */
    String size;
    /** {@code antialias}, {@code bicubic}, {@code bilinear}, {@code nearest} or {@code none}. */
    String resize;
    /** {@code stretch}, {@code crop} or {@code pad}. */
    String fit;
    /** The share of the shorter side that {@code crop} takes. */
    String central;
    /** What {@code pad} puts beside the picture, 0 to 255. */
    String fill;
    /** {@code nchw} or {@code nhwc}. */
    String layout;

    List<String> options() {
        // one is always there: it says that pictures are wanted
        List<String> line = new ArrayList<>(List.of("--fit", fit == null ? "stretch" : fit));
        add(line, "--image", input);
        add(line, "--channels", channels);
        add(line, "--scale", scale);
        add(line, "--mean", mean);
        add(line, "--std", std);
        add(line, "--size", size);
        add(line, "--resize", resize);
        add(line, "--central", central);
        add(line, "--fill", fill);
        add(line, "--layout", layout);
        return line;
    }

    private static void add(List<String> line, String option, String value) {
        if (value != null) {
            // negative numbers must not look like options
            line.add(option + "=" + value.strip());
        }
    }
}
