package dev.lathe.compiler.cli;

import picocli.CommandLine.Option;

/** How an image becomes a tensor. */
final class ImageOptions {
    enum Layout { nchw, nhwc }

    @Option(names = "--scale", paramLabel = "S", defaultValue = "0.00392156862745098",
            description = "For images: pixels, 0 to 255, are multiplied by this first (default: 1/255).")
    double scale = 1 / 255.0;

    @Option(names = "--mean", paramLabel = "M[,M,M]", split = ",", defaultValue = "0.5", description = "For images: subtracted next, for each channel (default: 0.5).")
    double[] mean = {0.5};

    @Option(names = "--std", paramLabel = "S[,S,S]", split = ",", defaultValue = "0.5", description = "For images: what is left is divided by this (default: 0.5).")
    double[] std = {0.5};

    @Option(names = "--layout", paramLabel = "L", description = "For images: nchw or nhwc (default: what the input's shape says).")
    Layout layout;
}
