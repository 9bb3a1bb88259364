package dev.lathe.compiler.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Tensor;
import dev.lathe.runtime.TensorSpec;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImagesTest {
    @TempDir
    Path dir;

    @Test
    void greyStaysWhatItIs() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setSample(0, 0, 0, 51);
        image.getRaster().setSample(1, 0, 0, 255);
        Tensor t = Images.read(save(image), spec(ElementType.F32, 1, 3, 1, 2), new ImageOptions());
        assertArrayEquals(new float[] {-0.6f, 1, -0.6f, 1, -0.6f, 1}, t.toFloats(), 1e-6f);
    }

    @Test
    void colourInBothLayouts() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0x010203);
        image.setRGB(1, 0, 0x040506);
        Tensor planes = Images.read(save(image), spec(ElementType.U8, 1, 3, 1, 2), new ImageOptions());
        assertArrayEquals(new int[] {1, 4, 2, 5, 3, 6}, planes.toInts());
        // one row of three-channel pixels, not three columns of a grey image
        ImageOptions nhwc = new ImageOptions();
        nhwc.layout = ImageOptions.Layout.nhwc;
        Tensor pixels = Images.read(save(image), spec(ElementType.U8, 1, 1, 2, 3), nhwc);
        assertArrayEquals(new int[] {1, 2, 3, 4, 5, 6}, pixels.toInts());
    }

    @Test
    void resizesAndRefuses() throws IOException {
        BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 16; i++) {
            image.getRaster().setSample(i % 4, i / 4, 0, 100);
        }
        Path file = save(image);
        for (int size : new int[] {2, 3, 4, 9}) {
            Tensor t = Images.read(file, spec(ElementType.U8, 1, 1, size, size), new ImageOptions());
            assertEquals(size, t.dim(3));
            for (int v : t.toInts()) {
                assertEquals(100, v);
            }
        }
        assertThrows(LatheException.class, () -> Images.read(file, spec(ElementType.F32, 1, 10), new ImageOptions()));
        assertThrows(LatheException.class, () -> Images.read(file, spec(ElementType.F32, 1, 7, 4, 4), new ImageOptions()));
    }

    @Test
    void aRampIsSampledBetweenPixels() {
        assertArrayEquals(new float[] {0, 0.25f, 0.75f, 1}, Resize.bilinear(new float[] {0, 1}, 2, 1, 4, 1), 1e-6f);
        assertArrayEquals(new float[] {0, 0.25f, 0.75f, 1}, Resize.bilinear(new float[] {0, 1}, 1, 2, 1, 4), 1e-6f);
    }

    private Path save(BufferedImage image) throws IOException {
        Path f = dir.resolve("i.png");
        ImageIO.write(image, "png", f.toFile());
        return f;
    }

    private static TensorSpec spec(ElementType type, int... dims) {
        List<TensorSpec.Dim> d = new ArrayList<>();
        for (int n : dims) {
            d.add(new TensorSpec.Dim("" + n, n, n));
        }
        return new TensorSpec("x", TensorSpec.Kind.TENSOR, type, d);
    }
}
