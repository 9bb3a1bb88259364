package dev.lathe.examples.vocoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.runtime.BadInputException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpeakTest {
    @Test
    void takesAnyNumberOfFrames() {
        try (Vocoder vocoder = Vocoder.load()) {
            for (int frames : new int[] {1, 2, 37, 250, 37}) {
                float[] audio = vocoder.run(Speak.sweep(frames));
                assertEquals(frames * Speak.SAMPLES_PER_FRAME, audio.length);
                for (float v : audio) {
                    assertTrue(Math.abs(v) <= 1, "a sample is " + v);
                }
            }
            assertThrows(BadInputException.class, () -> vocoder.run(new float[Speak.BANDS + 1]));
        }
    }

    /** The network looks at a limited number of frames on both sides: far from a change nothing changes. */
    @Test
    void longSoundBeginsLikeItsFirstPart() {
        try (Vocoder vocoder = Vocoder.load()) {
            int frames = 200;
            float[] mel = Speak.sweep(frames);
            float[] half = new float[Speak.BANDS * frames / 2];
            for (int b = 0; b < Speak.BANDS; b++) {
                System.arraycopy(mel, b * frames, half, b * frames / 2, frames / 2);
            }
            int same = 80 * Speak.SAMPLES_PER_FRAME;
            assertArrayEquals(Arrays.copyOf(vocoder.run(mel), same), Arrays.copyOf(vocoder.run(half), same));
        }
    }

    @Test
    void writesAFileThatPlayersRead(@TempDir Path dir) throws Exception {
        Path file = dir.resolve("a.wav");
        PrintStream out = System.out;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            Speak.main(new String[] {file.toString(), "50"});
        } finally {
            System.setOut(out);
        }
        assertEquals(file + ": 50 frames, 0.40 s of sound", said.toString(StandardCharsets.UTF_8).strip());
        try (AudioInputStream in = AudioSystem.getAudioInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
            assertEquals(50 * Speak.SAMPLES_PER_FRAME, in.getFrameLength());
            assertEquals(8000, in.getFormat().getSampleRate());
            byte[] samples = in.readAllBytes();
            int loud = 0;
            for (int i = 1; i < samples.length; i += 2) {
                loud = Math.max(loud, Math.abs(samples[i]));
            }
            assertTrue(loud > 4, "the sound is silent");
        }
    }
}
