package dev.lathe.examples.talking;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.runtime.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TalkTest {
    @Test
    void everyInputCounts() {
        try (TalkingFace model = TalkingFace.load()) {
            float[] source = Talk.picture(0);
            float[] once = model.run(source, Talk.references(), Talk.sound(0));
            assertEquals(3 * Talk.HEIGHT * Talk.WIDTH, once.length);
            for (float v : once) {
                assertTrue(v >= 0 && v <= 1, "a pixel is " + v);
            }
            float[] other = model.run(source, Talk.references(), Talk.sound(1));
            assertFalse(Arrays.equals(once, other), "sound changes nothing");
            assertFalse(Arrays.equals(once, model.run(Talk.picture(3), Talk.references(), Talk.sound(0))), "the picture changes nothing");
            assertFalse(Arrays.equals(once, model.run(source, new float[Talk.references().length], Talk.sound(0))), "references change nothing");
            // what runs leave behind counts for nothing, and inputs stay as they are
            assertArrayEquals(once, model.run(source, Talk.references(), Talk.sound(0)));
            assertArrayEquals(Talk.picture(0), source);
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (TalkingFace model = TalkingFace.load()) {
            BadInputException e = assertThrows(BadInputException.class, () -> model.run(Talk.picture(0), Talk.picture(0), Talk.sound(0)));
            assertTrue(e.getMessage().contains("ref_img"), e.getMessage());
        }
    }

    @Test
    void writesFrames(@TempDir Path dir) throws IOException {
        Talk.main(new String[] {dir.toString()});
        for (int i = 0; i < 5; i++) {
            assertEquals(Talk.WIDTH, ImageIO.read(dir.resolve("frame" + i + ".png").toFile()).getWidth());
        }
        assertFalse(Arrays.equals(Files.readAllBytes(dir.resolve("frame0.png")), Files.readAllBytes(dir.resolve("frame3.png"))));
    }
}
