package dev.lathe.examples.digits;

import dev.lathe.runtime.Pictures;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Says which digits pictures show. */
public final class Classify {
    private Classify() {}

    public static void main(String[] files) throws IOException {
        try (Digits digits = Digits.load()) {
            for (String file : files) {
                System.out.println(file + ": " + classify(digits, Path.of(file)));
            }
        }
    }

    /** The name of the digit that a picture shows. */
    static String classify(Digits digits, Path file) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        if (image == null) {
            throw new IOException(file + " is no picture");
        }
        float[] scores = digits.run(Pictures.rgb(image), image.getWidth(), image.getHeight());
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            best = scores[i] > scores[best] ? i : best;
        }
        return Digits.LABELS.get(best);
    }
}
