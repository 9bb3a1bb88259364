package dev.lathe.compiler.picture;

import dev.lathe.compiler.diag.LatheException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How pictures become an input of a model: pixels of red, green and blue, 0 to 255, are put into the order of the
 * model's channels, resized, multiplied by {@code scale}, then {@code mean} is subtracted and what is left divided by
 * {@code std}.
 *
 * @param input its name; null: the only input that can take pictures
 * @param channels null: rgb, or grey where the input has one channel
 * @param std as {@code mean}: one number, or one a channel
 * @param size rows and columns to resize to; null: what the input's shape says
 * @param central the share of the shorter side that {@link Fit#CROP} takes, 1 for all of it
 * @param fill what {@link Fit#PAD} puts beside the picture, 0 to 255
 * @param layout null: what the input's shape says
 */
public record Picture(String input, Channels channels, double scale, List<Double> mean, List<Double> std, List<Integer> size, Resize resize, Fit fit,
        double central, double fill, Layout layout) {
    /** The order of the model's channels; grey pictures have one. */
    public enum Channels { RGB, BGR, GREY }

    /**
     * ANTIALIAS: linear, over all pixels that an output pixel covers; BICUBIC: the same with Keys' kernel; BILINEAR: linear between the four
     * nearest pixels; NEAREST: one pixel; NONE: pictures must have the model's size.
     */
    public enum Resize { ANTIALIAS, BICUBIC, BILINEAR, NEAREST, NONE }

    /** STRETCH: each side by itself; CROP: the middle, proportions kept; PAD: all of it, proportions kept. */
    public enum Fit { STRETCH, CROP, PAD }

    public enum Layout { NCHW, NHWC }

    public static final Picture DEFAULT =
            new Picture(null, null, 1 / 255.0, List.of(0.5), List.of(0.5), null, Resize.ANTIALIAS, Fit.STRETCH, 1, 0, null);

    public Picture {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        size = size == null ? null : List.copyOf(size);
        for (List<Double> each : List.of(mean, std)) {
            check(each.size() == 1 || each.size() == 3, "mean and std are one number, or one for each of three channels, not " + each.size());
            check(each.stream().allMatch(Double::isFinite), "mean and std must be finite numbers");
        }
        check(std.stream().noneMatch(d -> d == 0), "std is a divisor and can't be 0");
        check(Double.isFinite(scale) && scale != 0, "the scale must be a finite number other than 0");
        check(size == null || size.size() == 2 && size.stream().allMatch(n -> n > 0 && n <= 1 << 15), "the size must be ROWSxCOLUMNS, from 1 to 32768");
        check(central > 0 && central <= 1, "the central share must be above 0 and at most 1");
        check(fill >= 0 && fill <= 255, "the fill must be from 0 to 255");
        check(central == 1 || fit == Fit.CROP, "a central share goes with fit crop");
        check(resize != Resize.NONE || fit == Fit.STRETCH, "resize none goes with fit stretch");
    }

    Picture withChannels(Channels c) {
        return new Picture(input, c, scale, mean, std, size, resize, fit, central, fill, layout);
    }

    public Picture withSize(List<Integer> rowsAndColumns) {
        return new Picture(input, channels, scale, mean, std, rowsAndColumns, resize, fit, central, fill, layout);
    }

    private static void check(boolean ok, String what) {
        if (!ok) {
            throw LatheException.wrongUse("", what, "");
        }
    }

    public Picture withInput(String name) {
        return new Picture(name, channels, scale, mean, std, size, resize, fit, central, fill, layout);
    }

    double mean(int channel) {
        return mean.get(mean.size() == 1 ? 0 : channel);
    }

    double std(int channel) {
        return std.get(std.size() == 1 ? 0 : channel);
    }

    boolean hasNormalisation() {
        return scale != DEFAULT.scale || !mean.equals(DEFAULT.mean) || !std.equals(DEFAULT.std);
    }

    /** What a jar's stamp says, by key. */
    public Map<String, String> stamp() {
        Map<String, String> m = new LinkedHashMap<>();
        m.put("picture.input", input);
        m.put("picture.channels", text(channels));
        m.put("picture.scale", "" + scale);
        m.put("picture.mean", numbers(mean));
        m.put("picture.std", numbers(std));
        if (size != null) {
            m.put("picture.size", size.get(0) + "x" + size.get(1));
        }
        m.put("picture.resize", text(resize));
        m.put("picture.fit", text(fit) + (fit == Fit.CROP ? " " + central : fit == Fit.PAD ? " " + fill : ""));
        if (layout != null) {
            m.put("picture.layout", text(layout));
        }
        return m;
    }

    private static String numbers(List<Double> all) {
        return all.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** An enum's constant as people type it. */
    public static String text(Enum<?> e) {
        return e.name().toLowerCase(Locale.ROOT);
    }

    /** The names of an enum's constants, for messages. */
    public static String names(Enum<?>[] all) {
        return Arrays.stream(all).map(Picture::text).collect(Collectors.joining(", "));
    }
}
