package dev.lathe.examples.talking;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import javax.imageio.ImageIO;

/** Draws a face frame by frame while it talks: one picture, two reference pictures and sound make the next picture. */
public final class Talk {
    static final int WIDTH = 48;
    static final int HEIGHT = 64;
    static final int AUDIO = 29 * 5;

    private Talk() {}

    public static void main(String[] args) throws IOException {
        try (TalkingFace model = TalkingFace.load()) {
            for (int frame = 0; frame < 5; frame++) {
                float[] picture = model.run(picture(0), references(), sound(frame));
                File file = new File(args[0], "frame" + frame + ".png");
                ImageIO.write(image(picture), "png", file);
                System.out.println(file);
            }
        }
    }

    /** A gradient in place of a photo. */
    static float[] picture(int seed) {
        float[] p = new float[3 * HEIGHT * WIDTH];
        for (int i = 0; i < p.length; i++) {
            p[i] = (i * (seed + 1) % 97) / 97f;
        }
        return p;
    }

    /** Two pictures in six channels. */
    static float[] references() {
        float[] both = new float[6 * HEIGHT * WIDTH];
        System.arraycopy(picture(1), 0, both, 0, both.length / 2);
        System.arraycopy(picture(2), 0, both, both.length / 2, both.length / 2);
        return both;
    }

    /** Features of a fifth of a second of sound. */
    static float[] sound(int frame) {
        float[] s = new float[AUDIO];
        for (int i = 0; i < s.length; i++) {
            s[i] = (float) Math.sin(i * 0.1 + frame);
        }
        return s;
    }

    static BufferedImage image(float[] planes) {
        BufferedImage b = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            int rgb = 0;
            for (int c = 0; c < 3; c++) {
                rgb = rgb << 8 | Math.round(planes[c * WIDTH * HEIGHT + i] * 255);
            }
            b.setRGB(i % WIDTH, i / WIDTH, rgb);
        }
        return b;
    }
}
