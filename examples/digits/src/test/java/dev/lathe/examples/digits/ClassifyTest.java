package dev.lathe.examples.digits;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.runtime.Pictures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ClassifyTest {
    private static List<Path> pictures() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("images"))) {
            return all.sorted().toList();
        }
    }

    @Test
    void namesTheDigitInEveryPicture() throws IOException {
        List<Path> pictures = pictures();
        assertEquals(30, pictures.size());
        try (Digits digits = Digits.load()) {
            for (Path p : pictures) {
                // 00_is_7.png
                int shown = p.getFileName().toString().charAt(6) - '0';
                assertEquals(Digits.LABELS.get(shown), Classify.classify(digits, p), p.toString());
            }
        }
    }

    @Test
    void aBatchGivesWhatSinglePicturesGive() throws IOException {
        List<Path> pictures = pictures().subList(0, 3);
        try (Digits digits = Digits.load()) {
            byte[] batch = new byte[3 * 12288];
            float[] single = new float[30];
            for (int i = 0; i < 3; i++) {
                byte[] image = Pictures.rgb(ImageIO.read(pictures.get(i).toFile()));
                System.arraycopy(image, 0, batch, i * 12288, 12288);
                System.arraycopy(digits.run(image, 64, 64), 0, single, i * 10, 10);
            }
            assertArrayEquals(single, digits.run(batch, 64, 64), Arrays.toString(single));
        }
    }
}
