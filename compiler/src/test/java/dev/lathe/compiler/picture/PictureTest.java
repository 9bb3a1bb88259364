package dev.lathe.compiler.picture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.picture.Picture.Channels;
import dev.lathe.compiler.picture.Picture.Fit;
import dev.lathe.compiler.picture.Picture.Resize;
import dev.lathe.runtime.BadInputException;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures against what plain Java computes of their pixels. */
class PictureTest {
    private static final double[] MEAN = {0.485, 0.456, 0.406};
    private static final double[] STD = {0.229, 0.224, 0.225};

    @TempDir
    Path dir;

    private static Picture with(Resize r, Fit f, double central, double fill) {
        return new Picture(null, null, 1 / 255.0, List.of(MEAN[0], MEAN[1], MEAN[2]), List.of(STD[0], STD[1], STD[2]), null, r, f, central, fill, null);
    }

    private Path model(String type) throws IOException {
        return Files.writeString(dir.resolve("net.lir"), """
                lathe 1
                graph @net(%image: TYPE) -> (%y) {
                  %y: TYPE = identity(%image)
                  return %y
                }
                """.replace("TYPE", type));
    }

    private JarContents compiled(String type, Picture p) throws IOException {
        return Lathe.compile(model(type), CompilerOptions.DEFAULT.withClassName("a.b.Net").withTargets(List.of(Target.PORTABLE)).withPicture(p));
    }

    private Tensor run(String type, Picture p, byte[] rgb, int... shape) throws IOException {
        JarContents c = compiled(type, p);
        try (Model m = Model.of(JarWriter.image(c), c.id())) {
            return (Tensor) m.runAny(Map.of("image", Tensor.ofBytes(rgb, true, shape))).get("y");
        }
    }

    private static byte[] pixels(int n) {
        byte[] b = new byte[n];
        for (int i = 0; i < n; i++) {
            b[i] = (byte) (i * 71 + i * i * 13 % 97);
        }
        return b;
    }

    /** One side: output pixel {@code i} of {@code out} as weights of the {@code in} input pixels; zero outside of the picture. */
    private static double[] weights(Resize mode, int i, int in, int out, double ratio) {
        double at = (i + 0.5 - out / 2.0) * ratio + in / 2.0 - 0.5;
        double[] w = new double[in];
        if (mode == Resize.NEAREST) {
            w[(int) Math.min(in - 1, Math.max(0, Math.floor(at + 0.5)))] = 1;
        } else if (mode == Resize.BILINEAR) {
            double from = Math.min(in - 1, Math.max(0, at));
            w[(int) from] += 1 - (from - (int) from);
            w[Math.min(in - 1, (int) from + 1)] += from - (int) from;
        } else {
            double sum = 0;
            for (int k = 0; k < in; k++) {
                double x = Math.abs(k - at) / Math.max(1, ratio);
                w[k] = mode == Resize.ANTIALIAS ? Math.max(0, 1 - x) : x <= 1 ? 1.5 * x * x * x - 2.5 * x * x + 1 : x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
                sum += w[k];
            }
            for (int k = 0; k < in; k++) {
                w[k] /= sum == 0 ? 1 : sum;
            }
        }
        return w;
    }

    private static float[] expected(Picture p, byte[] rgb, int h, int w, int rows, int columns) {
        double down = (double) h / rows;
        double across = (double) w / columns;
        if (p.fit() != Fit.STRETCH) {
            down = across = p.fit() == Fit.CROP ? p.central() * Math.min(down, across) : Math.max(down, across);
        }
        float[] y = new float[3 * rows * columns];
        for (int c = 0; c < 3; c++) {
            for (int r = 0; r < rows; r++) {
                for (int q = 0; q < columns; q++) {
                    double[] a = weights(p.resize(), r, h, rows, down);
                    double[] b = weights(p.resize(), q, w, columns, across);
                    double v = 0;
                    for (int i = 0; i < h * w; i++) {
                        v += a[i / w] * b[i % w] * (rgb[3 * i + c] & 255);
                    }
                    double rowAt = (r + 0.5 - rows / 2.0) * down + h / 2.0;
                    double columnAt = (q + 0.5 - columns / 2.0) * across + w / 2.0;
                    boolean beside = p.fit() == Fit.PAD && (rowAt < 0 || rowAt >= h || columnAt < 0 || columnAt >= w);
                    y[(c * rows + r) * columns + q] = (float) (((beside ? p.fill() : v) / 255 - MEAN[c]) / STD[c]);
                }
            }
        }
        return y;
    }

    @Test
    void everyWayToResizeGivesWhatItsFormulaSays() throws IOException {
        int[][] sizes = {{5, 7}, {23, 10}, {9, 40}, {8, 6}};
        for (Resize r : List.of(Resize.ANTIALIAS, Resize.BICUBIC, Resize.BILINEAR, Resize.NEAREST)) {
            for (Fit f : Fit.values()) {
                Picture p = with(r, f, f == Fit.CROP ? 0.875 : 1, f == Fit.PAD ? 114 : 0);
                JarContents c = compiled("f32[N,3,8,6]", p);
                try (Model m = Model.of(JarWriter.image(c), c.id())) {
                    for (int[] s : sizes) {
                        byte[] rgb = pixels(3 * s[0] * s[1]);
                        Tensor y = (Tensor) m.runAny(Map.of("image", Tensor.ofBytes(rgb, true, 1, s[0], s[1], 3))).get("y");
                        assertArrayEquals(new int[] {1, 3, 8, 6}, y.shape());
                        assertArrayEquals(expected(p, rgb, s[0], s[1], 8, 6), y.toFloats(), 2e-5f, r + " " + f + " " + s[0] + "x" + s[1]);
                    }
                }
            }
        }
    }

    @Test
    void cropTakesTheMiddleAndPadFillsTheBorder() throws IOException {
        Picture raw = new Picture(null, null, 1, List.of(0.0), List.of(1.0), null, Resize.NEAREST, Fit.CROP, 1, 0, null);
        byte[] wide = new byte[3 * 2 * 6];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = (byte) (i / 3 % 6 * 10);
        }
        assertArrayEquals(new float[] {20, 30, 20, 30}, Arrays.copyOf(run("f32[1,3,2,2]", raw, wide, 1, 2, 6, 3).toFloats(), 4));
        Picture pad = new Picture(null, null, 1, List.of(0.0), List.of(1.0), null, Resize.ANTIALIAS, Fit.PAD, 1, 7, null);
        float[] y = run("f32[1,3,6,6]", pad, wide, 1, 2, 6, 3).toFloats();
        for (int i = 0; i < 36; i++) {
            assertEquals(i / 6 == 2 || i / 6 == 3 ? i % 6 * 10 : 7, y[i], 1e-4f, "pixel " + i);
        }
    }

    @Test
    void channelsLayoutsAndTypes() throws IOException {
        byte[] rgb = {10, 20, 30, 40, 50, (byte) 200};
        Picture raw = new Picture(null, null, 1, List.of(0.0), List.of(1.0), null, Resize.NONE, Fit.STRETCH, 1, 0, null);
        assertArrayEquals(new float[] {10, 40, 20, 50, 30, 200}, run("f32[1,3,1,2]", raw, rgb, 1, 1, 2, 3).toFloats());
        assertArrayEquals(new float[] {10, 20, 30, 40, 50, 200}, run("f16[2,1,3]", raw, rgb, 2, 1, 3).toFloats());
        assertArrayEquals(new float[] {30, 20, 10, 200, 50, 40}, run("f32[1,1,2,3]", raw.withChannels(Channels.BGR), rgb, 1, 1, 2, 3).toFloats());
        // 0.299 r + 0.587 g + 0.114 b, rounded
        assertArrayEquals(new float[] {18, 64}, run("f32[1,1,1,2]", raw, rgb, 1, 1, 2, 3).toFloats());
        Picture bytes = new Picture(null, null, 1 / 255.0, List.of(0.5), List.of(0.5), null, Resize.BILINEAR, Fit.STRETCH, 1, 0, null);
        assertArrayEquals(new int[] {25, 35, 115}, run("u8[1,1,1,3]", bytes.withChannels(Channels.RGB), rgb, 1, 1, 2, 3).toInts());
        // an extent that is open takes what comes
        assertArrayEquals(new int[] {1, 3, 1, 2}, run("f32[1,3,H,W]", bytes, rgb, 1, 1, 2, 3).shape());
        assertArrayEquals(new int[] {1, 3, 4, 5}, run("f32[1,3,H,W]", bytes.withSize(List.of(4, 5)), rgb, 1, 1, 2, 3).shape());
    }

    @Test
    void theTypedClassTakesBytes() throws Exception {
        Path jar = dir.resolve("net.jar");
        JarContents c = compiled("f32[N,3,8,6]", with(Resize.ANTIALIAS, Fit.STRETCH, 1, 0));
        JarWriter.write(jar, c);
        assertEquals("image", c.properties().get("picture.input"));
        assertEquals("8x6", c.properties().get("picture.size"));
        byte[] two = pixels(2 * 3 * 5 * 7);
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, getClass().getClassLoader())) {
            Class<?> net = loader.loadClass("a.b.Net");
            Method run = net.getMethod("run", byte[].class, int.class, int.class);
            assertEquals(List.of("image", "width", "height"), Arrays.stream(run.getParameters()).map(p -> p.getName()).toList());
            try (AutoCloseable n = (AutoCloseable) net.getMethod("load").invoke(null)) {
                float[] both = (float[]) run.invoke(n, two, 7, 5);
                byte[] second = Arrays.copyOfRange(two, 105, 210);
                float[] alone = (float[]) run.invoke(n, second, 7, 5);
                assertArrayEquals(alone, Arrays.copyOfRange(both, 144, 288));
                Throwable e = assertThrows(InvocationTargetException.class, () -> run.invoke(n, two, 7, 4)).getCause();
                assertTrue(e instanceof BadInputException && e.getMessage().contains("7 x 4"), e.toString());
            }
        }
    }

    @Test
    void whatCannotBeIsRefused() {
        assertRefused("f32[N,10]", Picture.DEFAULT, "no input can take pictures");
        assertRefused("f32[N,3,8,8]", Picture.DEFAULT.withInput("x"), "no input \"x\"");
        assertRefused("f32[N,7,8,8]", Picture.DEFAULT.withInput("image"), "7 channels");
        assertRefused("i32[N,3,8,8]", Picture.DEFAULT.withInput("image"), "i32");
        assertRefused("f32[N,3,8,8]", Picture.DEFAULT.withSize(List.of(9, 9)), "9x9");
        assertRefused("u8[N,3,8,8]", with(Resize.NONE, Fit.STRETCH, 1, 0).withInput("image"), "bytes");
        assertThrows(LatheException.class, () -> with(Resize.NONE, Fit.CROP, 1, 0));
        assertThrows(LatheException.class, () -> with(Resize.BILINEAR, Fit.CROP, 1.5, 0));
    }

    private void assertRefused(String type, Picture p, String words) {
        LatheException e = assertThrows(LatheException.class, () -> compiled(type, p));
        assertTrue(e.block().contains(words), e.block());
    }
}
