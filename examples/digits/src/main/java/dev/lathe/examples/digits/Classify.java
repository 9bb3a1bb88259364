package dev.lathe.examples.digits;

import java.io.IOException;
import java.nio.file.Path;

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
        float[] scores = digits.run(Pictures.read(file));
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            best = scores[i] > scores[best] ? i : best;
        }
        return Digits.LABELS.get(best);
    }
}
