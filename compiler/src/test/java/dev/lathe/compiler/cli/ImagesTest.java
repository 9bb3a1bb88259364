package dev.lathe.compiler.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.picture.Picture;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Tensor;
import dev.lathe.runtime.TensorSpec;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
        Tensor t = Images.read(save(image), spec(ElementType.F32, 1, 3, 1, 2), new ImageOptions(), Map.of());
        assertArrayEquals(new float[] {-0.6f, 1, -0.6f, 1, -0.6f, 1}, t.toFloats(), 1e-6f);
    }

    @Test
    void colourInBothLayouts() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0x010203);
        image.setRGB(1, 0, 0x040506);
        Tensor planes = Images.read(save(image), spec(ElementType.U8, 1, 3, 1, 2), new ImageOptions(), Map.of());
        assertArrayEquals(new int[] {1, 4, 2, 5, 3, 6}, planes.toInts());
        // one row of three-channel pixels, not three columns of a grey image
        ImageOptions nhwc = new ImageOptions();
        nhwc.layout = Picture.Layout.NHWC;
        Tensor pixels = Images.read(save(image), spec(ElementType.U8, 1, 1, 2, 3), nhwc, Map.of());
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
            Tensor t = Images.read(file, spec(ElementType.U8, 1, 1, size, size), new ImageOptions(), Map.of());
            assertEquals(size, t.dim(3));
            for (int v : t.toInts()) {
                assertEquals(100, v);
            }
        }
        assertThrows(LatheException.class, () -> Images.read(file, spec(ElementType.F32, 1, 10), new ImageOptions(), Map.of()));
        assertThrows(LatheException.class, () -> Images.read(file, spec(ElementType.F32, 1, 7, 4, 4), new ImageOptions(), Map.of()));
    }

    /** A jar that prepares pictures gives the bits that a model gives which is told how. */
    @Test
    void aJarPreparesPicturesByItself() throws IOException {
        BufferedImage image = new BufferedImage(9, 5, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 45; i++) {
            image.setRGB(i % 9, i / 9, i * 0x051321);
        }
        Path png = save(image);
        Path model = Cli.model("conv");
        Path jar = dir.resolve("conv.jar");
        Object[] options = {"--mean", "0.4,0.5,0.6", "--std", "0.2", "--fit", "crop", "--central", "0.9", "--resize", "bicubic"};
        Cli.run(with(options, "compile", model, "-o", jar)).ok();
        String direct = Cli.run(with(options, "run", model, "--input", "x=" + png, "--digest")).ok().lastLine();
        assertEquals(direct, Cli.run("run", jar, "--input", png, "--digest").ok().lastLine());
        Cli.run("run", jar, "--input", png, "--mean", "0.4").fails(3, "prepares pictures by itself");
        Cli.run("inspect", jar).ok().prints("picture.mean = 0.4,0.5,0.6", "picture.fit = crop 0.9", "x: u8[1, height, width, 3]");
        Cli.run("compile", model, "-o", jar, "--fit", "squeeze").fails(2, "stretch, crop, pad");
        Cli.run("compile", model, "-o", jar, "--size", "12").fails(2, "ROWSxCOLUMNS");
    }

    private static Object[] with(Object[] options, Object... first) {
        Object[] all = Arrays.copyOf(first, first.length + options.length);
        System.arraycopy(options, 0, all, first.length, options.length);
        return all;
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
