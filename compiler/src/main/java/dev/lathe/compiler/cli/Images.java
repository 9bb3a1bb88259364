package dev.lathe.compiler.cli;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Tensor;
import dev.lathe.runtime.TensorSpec;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/** Images as inputs: grey or RGB, resized to what the input takes, normalised. */
final class Images {
    private final TensorSpec spec;
    private final ImageOptions options;
    private final String source;

    private Images(TensorSpec spec, ImageOptions options, String source) {
        this.spec = spec;
        this.options = options;
        this.source = source;
    }

    static Tensor read(Path file, TensorSpec spec, ImageOptions options) {
        return new Images(spec, options, file.toString()).tensor(decode(file));
    }

    private static BufferedImage decode(Path file) {
        try (java.io.InputStream in = Files.newInputStream(file)) {
            BufferedImage image = ImageIO.read(in);
            if (image == null) {
                throw new LatheException(file.toString(), "this is no image that Java can read", "PNG, JPEG, GIF and BMP can be read");
            }
            return image;
        } catch (NoSuchFileException e) {
            throw new LatheException(file.toString(), "there is no such file");
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new LatheException(file.toString(), "the image can't be read: " + e.getMessage());
        }
    }

    private Tensor tensor(BufferedImage image) {
        List<TensorSpec.Dim> dims = spec.dims();
        boolean type = spec.type() == ElementType.U8 || spec.type().isFloat() && spec.type() != ElementType.F64;
        if (spec.kind() != TensorSpec.Kind.TENSOR || !type || dims.size() < 3 || dims.size() > 4) {
            throw noImage("");
        }
        int first = dims.size() - 3;
        boolean last = options.layout == null ? !channels(dims.get(first)) && channels(dims.get(first + 2)) : options.layout == ImageOptions.Layout.nhwc;
        TensorSpec.Dim c = dims.get(last ? first + 2 : first);
        if (!channels(c) && c.isStatic()) {
            throw noImage(": it has " + c + " channels, and images have 1 or 3");
        }
        int channels = c.isStatic() ? (int) c.min() : grey(image) ? 1 : 3;
        int h = extent(dims.get(last ? first : first + 1), image.getHeight());
        int w = extent(dims.get(last ? first + 1 : first + 2), image.getWidth());
        float[][] planes = planes(image, channels);
        for (int i = 0; i < channels; i++) {
            planes[i] = Resize.bilinear(planes[i], image.getWidth(), image.getHeight(), w, h);
        }
        int[] shape = last ? new int[] {1, h, w, channels} : new int[] {1, channels, h, w};
        return packed(planes, last, dims.size() == 3 ? java.util.Arrays.copyOfRange(shape, 1, 4) : shape);
    }

    private Tensor packed(float[][] planes, boolean last, int[] shape) {
        int channels = planes.length;
        int size = planes[0].length;
        Object data = spec.type().storage().allocate(channels * size);
        for (int c = 0; c < channels; c++) {
            double mean = options.mean[Math.min(c, options.mean.length - 1)];
            double std = options.std[Math.min(c, options.std.length - 1)];
            for (int i = 0; i < size; i++) {
                int at = last ? i * channels + c : c * size + i;
                if (data instanceof int[] bytes) {
                    bytes[at] = Math.round(planes[c][i]);
                } else {
                    float v = (float) ((planes[c][i] * options.scale - mean) / std);
                    ((float[]) data)[at] = spec.type() == ElementType.F32 ? v : dev.lathe.runtime.NarrowFloats.round(spec.type(), v, true);
                }
            }
        }
        return Tensor.owning(spec.type(), data, shape);
    }

    private LatheException noImage(String why) {
        return new LatheException(source, "input " + spec + " takes no image" + why,
                "images fit float or u8 inputs of shape [N,C,H,W] or [N,H,W,C] with 1 or 3 channels; give an .npy file");
    }

    private static boolean channels(TensorSpec.Dim d) {
        return d.isStatic() && (d.min() == 1 || d.min() == 3);
    }

    /** A fixed extent, or the image's own within the bounds. */
    private static int extent(TensorSpec.Dim d, int own) {
        return (int) Math.max(d.min(), Math.min(d.max(), own));
    }

    private static boolean grey(BufferedImage image) {
        return image.getRaster().getNumBands() == 1 && image.getColorModel() instanceof java.awt.image.ComponentColorModel;
    }

    /** Pixels from 0 to 255, channel after channel. */
    private static float[][] planes(BufferedImage image, int channels) {
        int w = image.getWidth();
        int h = image.getHeight();
        float[][] planes = new float[channels][w * h];
        boolean grey = grey(image);
        Raster raster = image.getRaster();
        // 16-bit samples keep their upper byte
        int shift = Math.max(0, image.getColorModel().getComponentSize(0) - 8);
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                int at = y * w + x;
                // getRGB would change the gamma of grey images
                int g = grey ? raster.getSample(x, y, 0) >> shift : 0;
                int rgb = grey ? g * 0x010101 : image.getRGB(x, y);
                if (channels == 1) {
                    planes[0][at] = grey ? g : Math.round((299 * (rgb >> 16 & 255) + 587 * (rgb >> 8 & 255) + 114 * (rgb & 255)) / 1000f);
                } else {
                    planes[0][at] = rgb >> 16 & 255;
                    planes[1][at] = rgb >> 8 & 255;
                    planes[2][at] = rgb & 255;
                }
            }
        }
        return planes;
    }
}
