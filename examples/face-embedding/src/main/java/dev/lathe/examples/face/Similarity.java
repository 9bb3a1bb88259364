package dev.lathe.examples.face;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import javax.imageio.ImageIO;

/** Compares two pictures by their embeddings: 1 for the same, towards 0 or below for different ones. */
public final class Similarity {
    private static final int SIZE = 64;

    private Similarity() {}

    public static void main(String[] files) throws IOException {
        try (FaceEmbedding model = FaceEmbedding.load()) {
            System.out.println(of(model, tensor(ImageIO.read(new File(files[0]))), tensor(ImageIO.read(new File(files[1])))));
        }
    }

    /** The cosine of the angle between two pictures' embeddings, which have length 1; both go through the model in one run. */
    static float of(FaceEmbedding model, float[] a, float[] b) {
        float[] both = new float[2 * a.length];
        System.arraycopy(a, 0, both, 0, a.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        float[] e = model.run(both, 2);
        float dot = 0;
        for (int i = 0; i < e.length / 2; i++) {
            dot = Math.fma(e[i], e[e.length / 2 + i], dot);
        }
        return dot;
    }

    /** A picture, scaled to 64 x 64, as red, green and blue planes from -1 to 1. */
    static float[] tensor(BufferedImage picture) {
        BufferedImage scaled = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = scaled.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        g.drawImage(picture, 0, 0, SIZE, SIZE, null);
        g.dispose();
        float[] t = new float[3 * SIZE * SIZE];
        for (int i = 0; i < SIZE * SIZE; i++) {
            int rgb = scaled.getRGB(i % SIZE, i / SIZE);
            for (int c = 0; c < 3; c++) {
                t[c * SIZE * SIZE + i] = (rgb >> 16 - 8 * c & 255) / 127.5f - 1;
            }
        }
        return t;
    }
}
