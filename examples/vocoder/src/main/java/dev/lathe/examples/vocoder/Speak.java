package dev.lathe.examples.vocoder;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Turns mel frames into sound: any number of them, as they come. */
public final class Speak {
    static final int BANDS = 40;
    static final int SAMPLES_PER_FRAME = 64;
    private static final int RATE = 8000;

    private Speak() {}

    public static void main(String[] args) throws IOException {
        int frames = args.length > 1 ? Integer.parseInt(args[1]) : 250;
        try (Vocoder vocoder = Vocoder.load()) {
            float[] audio = vocoder.run(sweep(frames));
            Files.write(Path.of(args[0]), wav(audio));
            System.out.printf(Locale.ROOT, "%s: %d frames, %.2f s of sound%n", args[0], frames, (double) audio.length / RATE);
        }
    }

    /** A spectrogram, band by band, in which one loud band climbs. */
    static float[] sweep(int frames) {
        float[] mel = new float[BANDS * frames];
        for (int b = 0; b < BANDS; b++) {
            for (int t = 0; t < frames; t++) {
                float d = b - (float) t * BANDS / frames;
                mel[b * frames + t] = 2 / (1 + d * d) - 1;
            }
        }
        return mel;
    }

    /** A WAV file of 16-bit samples in one channel. */
    static byte[] wav(float[] audio) {
        int bytes = 2 * audio.length;
        ByteBuffer b = ByteBuffer.allocate(44 + bytes).order(ByteOrder.LITTLE_ENDIAN);
        b.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + bytes).put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
        b.putShort((short) 1).putShort((short) 1).putInt(RATE).putInt(2 * RATE).putShort((short) 2).putShort((short) 16);
        b.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(bytes);
        for (float v : audio) {
            b.putShort((short) Math.round(v * 32767));
        }
        return b.array();
    }
}
