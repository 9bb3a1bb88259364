package dev.lathe.runtime;

import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;

/** Pictures as models take them. All else here works without the module java.desktop, which this class alone needs. */
public final class Pictures {
    private Pictures() {}

    /** Red, green and blue of each pixel, row by row; transparency is left out. */
    @SuppressWarnings("exports")
    public static byte[] rgb(BufferedImage image) {
        int w = image.getWidth();
        byte[] out = new byte[Math.multiplyExact(3 * w, image.getHeight())];
        // getRGB would change the gamma of grey pictures; 16-bit samples keep their upper byte
        boolean grey = image.getRaster().getNumBands() == 1 && image.getColorModel() instanceof ComponentColorModel;
        int shift = Math.max(0, image.getColorModel().getComponentSize(0) - 8);
        for (int i = 0; i < out.length; i += 3) {
            int x = i / 3 % w;
            int y = i / 3 / w;
            int p = grey ? (image.getRaster().getSample(x, y, 0) >> shift) * 0x010101 : image.getRGB(x, y);
            out[i] = (byte) (p >> 16);
            out[i + 1] = (byte) (p >> 8);
            out[i + 2] = (byte) p;
        }
        return out;
    }
}
