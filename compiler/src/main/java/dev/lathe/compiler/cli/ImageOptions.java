package dev.lathe.compiler.cli;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.picture.Picture;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How a picture becomes a tensor. */
final class ImageOptions {
    @Option(names = "--image", paramLabel = "NAME", description = "For pictures: the input that takes them (default: the only one that can).")
    String image;

    @Option(names = "--channels", paramLabel = "C", description = "For pictures: rgb, bgr or grey, the order of the model's channels (default: rgb, grey where there is one).")
    Picture.Channels channels;

    @Option(names = "--scale", paramLabel = "S", description = "For pictures: pixels, 0 to 255, are multiplied by this first (default: 1/255).")
    Double scale;

    @Option(names = "--mean", paramLabel = "M[,M,M]", split = ",", description = "For pictures: subtracted next, for each channel (default: 0.5).")
    Double[] mean;

    @Option(names = "--std", paramLabel = "S[,S,S]", split = ",", description = "For pictures: what is left is divided by this (default: 0.5).")
    Double[] std;

    @Option(names = "--size", paramLabel = "HxW", description = "For pictures: rows and columns to resize to (default: what the input's shape says; open ones take pictures as they are).")
    String size;

    @Option(names = "--resize", paramLabel = "R", description = "For pictures: antialias, bicubic, bilinear, nearest, none (default: antialias, linear over all pixels covered).")
    Picture.Resize resize;

    @Option(names = "--fit", paramLabel = "F", description = "For pictures: stretch, crop (the middle) or pad, the latter two with the proportions kept (default: stretch).")
    Picture.Fit fit;

    @Option(names = "--central", paramLabel = "P", description = "For pictures: the share of the shorter side that --fit crop takes (default: 1; 0.875 is resize to 256, crop to 224).")
    Double central;

    @Option(names = "--fill", paramLabel = "V", description = "For pictures: what --fit pad puts beside them, 0 to 255 (default: 0).")
    Double fill;

    @Option(names = "--layout", paramLabel = "L", description = "For pictures: nchw or nhwc (default: what the input's shape says).")
    Picture.Layout layout;

    /** True when one of them was given. */
    boolean given() {
        return Stream.of(image, channels, scale, mean, std, size, resize, fit, central, fill, layout).anyMatch(o -> o != null);
    }

    Picture picture() {
        Picture d = Picture.DEFAULT;
        return new Picture(image, channels, or(scale, d.scale()), numbers(mean, d.mean()), numbers(std, d.std()), size(), or(resize, d.resize()), or(fit, d.fit()),
                or(central, d.central()), or(fill, d.fill()), layout);
    }

    private static <T> T or(T given, T otherwise) {
        return given == null ? otherwise : given;
    }

    private static List<Double> numbers(Double[] given, List<Double> otherwise) {
        return given == null ? otherwise : Arrays.asList(given);
    }

    private List<Integer> size() {
        if (size == null) {
            return null;
        }
        if (!size.matches("\\d{1,5}x\\d{1,5}")) {
            throw LatheException.wrongUse("", "the size '" + size + "' is not ROWSxCOLUMNS", "write it like --size 224x224");
        }
        return Arrays.stream(size.split("x")).map(Integer::valueOf).toList();
    }

    /** Lets a command line read the enumerations, which people type in lower case. */
    static void register(CommandLine line) {
        line.registerConverter(Picture.Channels.class, t -> of(Picture.Channels.values(), t));
        line.registerConverter(Picture.Resize.class, t -> of(Picture.Resize.values(), t));
        line.registerConverter(Picture.Fit.class, t -> of(Picture.Fit.values(), t));
        line.registerConverter(Picture.Layout.class, t -> of(Picture.Layout.values(), t));
    }

    private static <E extends Enum<E>> E of(E[] all, String text) {
        for (E e : all) {
            if (Picture.text(e).equals(text.toLowerCase(Locale.ROOT))) {
                return e;
            }
        }
        throw new TypeConversionException("'" + text + "' is none of " + Picture.names(all));
    }
}
