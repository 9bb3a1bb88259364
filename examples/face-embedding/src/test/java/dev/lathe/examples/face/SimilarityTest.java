package dev.lathe.examples.face;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SimilarityTest {
    /** A drawn face: where the eyes and the mouth are and which colours it has follow from the seed. */
    private static BufferedImage face(int seed) {
        Random r = new Random(seed);
        BufferedImage b = new BufferedImage(96, 96, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = b.createGraphics();
        g.setColor(new Color(r.nextInt(0x1000000)));
        g.fillRect(0, 0, 96, 96);
        g.setColor(new Color(r.nextInt(0x1000000)));
        g.fillOval(10 + r.nextInt(20), 5 + r.nextInt(20), 40 + r.nextInt(30), 50 + r.nextInt(30));
        g.setColor(new Color(r.nextInt(0x1000000)));
        int apart = 10 + r.nextInt(20);
        int eyes = 25 + r.nextInt(15);
        g.fillOval(48 - apart, eyes, 10, 8);
        g.fillOval(38 + apart, eyes, 10, 8);
        g.fillRect(30, 60 + r.nextInt(15), 36, 4 + r.nextInt(8));
        g.dispose();
        return b;
    }

    private static float[] noisy(float[] t, int seed) {
        Random r = new Random(seed);
        float[] n = t.clone();
        for (int i = 0; i < n.length; i++) {
            n[i] = Math.max(-1, Math.min(1, n[i] + (float) r.nextGaussian() * 0.05f));
        }
        return n;
    }

    @Test
    void samePicturesAreMoreAlikeThanOthers() {
        try (FaceEmbedding model = FaceEmbedding.load()) {
            for (int i = 0; i < 6; i++) {
                float[] a = Similarity.tensor(face(i));
                assertEquals(1, Similarity.of(model, a, a), 1e-5);
                float same = Similarity.of(model, a, noisy(a, i));
                float other = Similarity.of(model, a, Similarity.tensor(face(i + 1)));
                assertTrue(same > 0.97 && other < same - 0.02, "face " + i + ": " + same + " with noise, " + other + " with the next face");
            }
        }
    }

    @Test
    void embeddingsHaveLengthOne() {
        try (FaceEmbedding model = FaceEmbedding.load()) {
            float[] e = model.run(Similarity.tensor(face(7)));
            double sum = 0;
            for (float v : e) {
                sum += v * v;
            }
            assertEquals(64, e.length);
            assertEquals(1, sum, 1e-5);
        }
    }
}
