package dev.lathe.examples.digits;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Pictures as the model takes them. */
final class Pictures {
    private static final int SIZE = 64;

    private Pictures() {}

    /** A picture of 64 x 64 grey values as three equal channels of (v/255 - 0.5) / 0.5. */
    static float[] read(Path file) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        if (image == null || image.getWidth() != SIZE || image.getHeight() != SIZE) {
            throw new IOException(file + " is no picture of 64 x 64 pixels");
        }
        float[] tensor = new float[3 * SIZE * SIZE];
        for (int i = 0; i < SIZE * SIZE; i++) {
            float v = (image.getRaster().getSample(i % SIZE, i / SIZE, 0) / 255f - 0.5f) / 0.5f;
            tensor[i] = v;
            tensor[SIZE * SIZE + i] = v;
            tensor[2 * SIZE * SIZE + i] = v;
        }
        return tensor;
    }
}
