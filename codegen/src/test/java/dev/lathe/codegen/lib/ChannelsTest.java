package dev.lathe.codegen.lib;

import dev.lathe.codegen.loop.DepthwiseProduct;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@link Channels} against what {@link DepthwiseProduct} means, bit for bit. */
class ChannelsTest {
    private final Random random = new Random(7);

    @ParameterizedTest
    @CsvSource({
        // lines of several parts, of one, and shorter ones
        "1, 3, 50, 48, 48, 3, 3, 1", "2, 5, 21, 48, 48, 3, 3, 2", "1, 4, 7, 16, 16, 3, 3, 1", "3, 2, 1, 5, 5, 1, 1, 1",
        // pixels further apart than their channels
        "1, 3, 40, 32, 37, 3, 3, 1", "2, 3, 9, 20, 23, 5, 5, 2",
        // more channels than are computed at a time
        "1, 2, 3, 1024, 1024, 3, 3, 1", "1, 2, 3, 1025, 1025, 2, 3, 1", "2, 2, 2, 2500, 2503, 1, 7, 1",
        // lines of a picture of one dimension; no taps, no columns
        "4, 1, 300, 7, 7, 1, 9, 3", "1, 2, 8, 6, 6, 0, 3, 1", "1, 2, 0, 6, 6, 3, 3, 1"
    })
    void itIsWhatTheKernelMeans(int images, int lines, int columns, int channels, int step, int r0, int r1, int stride) {
        int width = columns * stride + r1;
        int height = lines * stride + r0;
        int image = height * width * step + 3;
        float[] a = Meant.numbers(random, images * image + 10);
        float[] w = Meant.numbers(random, (r0 * r1 + 1) * (channels + 2) + 2);
        float[] b = Meant.numbers(random, channels + 3);
        float[] o = Meant.numbers(random, images * (lines * columns * step + 5) + 10);
        int[] ints = {1, images * lines, lines, columns, channels, channels + 2, image, stride * width * step, stride * step, lines * columns * step + 5, columns * step,
            step, r0, r1, width * step, step};
        Meant.check(DepthwiseProduct.kernel(), Channels.class, List.of(a, w, b, o), ints);
    }
}
