package dev.lathe.compiler.cli;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** Cases of the ONNX backend suite that don't pass, and why. They count as failed all the same. */
public final class KnownFailures {
    /** How a suite is run. */
    public enum Mode {
        /** as recorded */
        PLAIN,
        /** every dimension of the inputs open */
        DYNAMIC
    }

    private static final Map<String, String> ALWAYS = new TreeMap<>();
    private static final Map<String, String> DYNAMIC = new TreeMap<>();

    static {
        String draws = "the expected output is one draw of NumPy's generator; ONNX prescribes the distribution only, which unit tests check";
        for (String s : new String[] {"", "_double", "_seed"}) {
            ALWAYS.put("test_bernoulli" + s, draws);
            ALWAYS.put("test_bernoulli" + s + "_expanded", draws);
        }
        String mask = "the expected mask is one draw of NumPy's generator; ONNX prescribes the ratio only";
        for (String s : new String[] {"", "_mask", "_default", "_default_mask"}) {
            ALWAYS.put("test_training_dropout" + s, mask);
        }
        String noise = "elements that are 0 in exact arithmetic are expected as the rounding noise of the recording transform (about 2e-7, allowed are 1e-7)";
        ALWAYS.put("test_dft_inverse", noise);
        ALWAYS.put("test_dft_inverse_opset19", noise);
        for (String s : new String[] {"bmp_rgb", "jpeg2k_rgb", "jpeg_bgr", "jpeg_grayscale", "jpeg_rgb", "png_rgb", "pnm_rgb", "tiff_rgb", "webp_rgb"}) {
            ALWAYS.put("test_image_decoder_decode_" + s, "ImageDecoder is out of scope: images are decoded before the model runs");
        }
        for (String s : new String[] {"2d", "2d_align_corners", "3d", "3d_align_corners"}) {
            DYNAMIC.put("test_affine_grid_" + s + "_expanded", "the function's body tells 2-D from 3-D by the length of a shape, which is then open: a rank would follow from a value");
        }
    }

    private KnownFailures() {}

    /** Why the case {@code name}, with or without folders before it, doesn't pass; null when it should. */
    public static String reason(String name, Mode mode) {
        String last = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
        String always = ALWAYS.get(last);
        return always != null || mode == Mode.PLAIN ? always : DYNAMIC.get(last);
    }

    /** The cases that fail in {@code mode} and, other than in PLAIN, not without it. */
    public static Map<String, String> of(Mode mode) {
        return Collections.unmodifiableMap(mode == Mode.PLAIN ? ALWAYS : DYNAMIC);
    }
}
