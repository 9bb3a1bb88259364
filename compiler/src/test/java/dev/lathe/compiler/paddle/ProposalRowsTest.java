package dev.lathe.compiler.paddle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.runtime.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProposalRowsTest {
    @TempDir
    Path dir;

    private static Tensor floats(float[] v, int... dims) {
        return Tensor.ofFloats(v, dims);
    }

    @Test
    void anchorsStandOnEveryCell() {
        TestProgram p = new TestProgram().input("x", 0, 1, 1, 1, 2)
                .op("anchor_generator", Map.of("Input", "x"), Map.of("Anchors", "a", "Variances", "v"), "anchor_sizes", new float[] {32}, "aspect_ratios", new float[] {1},
                        "variances", new float[] {0.1f, 0.1f, 0.2f, 0.2f}, "stride", new float[] {16, 16}, "offset", 0.5f).output("a").output("v");
        List<Tensor> y = p.run(dir, "x", floats(new float[2], 1, 1, 1, 2));
        // cells of 16 pixels, centred at 7.5; extents 32, both ends counted
        assertEquals(floats(new float[] {-8, -8, 23, 23, 8, -8, 39, 23}, 1, 2, 1, 4), y.get(0));
        assertArrayEquals(new float[] {0.1f, 0.1f, 0.2f, 0.2f, 0.1f, 0.1f, 0.2f, 0.2f}, y.get(1).toFloats());
    }

    @Test
    void theBestAnchorsThatDontOverlapAreProposed() {
        TestProgram p = new TestProgram().input("s", 0, 1, 1, 1, 3).input("d", 0, 1, 4, 1, 3).input("i", 0, 1, 2)
                .parameter("a", new float[] {0, 0, 10, 10, 1, 0, 11, 10, 30, 30, 60, 60}, 1, 3, 1, 4).parameter("v", new float[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 1, 3, 1, 4)
                .op("generate_proposals_v2", Map.of("Scores", "s", "BboxDeltas", "d", "ImShape", "i", "Anchors", "a", "Variances", "v"),
                        Map.of("RpnRois", "r", "RpnRoiProbs", "q", "RpnRoisNum", "n"), "pre_nms_topN", 10, "post_nms_topN", 10, "nms_thresh", 0.5f, "min_size", 2f, "eta", 1f,
                        "pixel_offset", false).output("r").output("q").output("n");
        float[] d = new float[12];
        // the third moves by a tenth of its width
        d[2] = 0.1f;
        List<Tensor> y = p.run(dir, "s", floats(new float[] {0.5f, 0.9f, 0.7f}, 1, 1, 1, 3), "d", floats(d, 1, 4, 1, 3), "i", floats(new float[] {40, 50}, 1, 2));
        assertEquals(floats(new float[] {1, 0, 11, 10, 33, 30, 50, 40}, 2, 4), y.get(0));
        assertArrayEquals(new float[] {0.9f, 0.7f}, y.get(1).toFloats());
        assertArrayEquals(new int[] {2}, y.get(2).toInts());
    }

    @Test
    void boxesGoToTheLevelOfTheirSizeAndBack() {
        TestProgram p = new TestProgram().input("x", 0, 3, 4)
                .op("distribute_fpn_proposals", Map.of("FpnRois", "x"), Map.of("MultiFpnRois", "a,b", "RestoreIndex", "r", "MultiLevelRoIsNum", "na,nb"), "min_level", 3, "max_level", 4,
                        "refer_level", 4, "refer_scale", 224, "pixel_offset", false)
                .output("a").output("b").output("r").output("na").output("nb");
        float[] x = {0, 0, 300, 300, 0, 0, 50, 50, 0, 0, 224, 224};
        List<Tensor> y = p.run(dir, "x", floats(x, 3, 4));
        assertEquals(floats(new float[] {0, 0, 50, 50}, 1, 4), y.get(0));
        assertEquals(floats(new float[] {0, 0, 300, 300, 0, 0, 224, 224}, 2, 4), y.get(1));
        assertArrayEquals(new int[] {1, 0, 2}, y.get(2).toInts());
        assertArrayEquals(new int[] {1}, y.get(3).toInts());
        assertArrayEquals(new int[] {2}, y.get(4).toInts());
    }

    @Test
    void theBestOfAllLevelsAreCollectedByImage() {
        TestProgram p = new TestProgram().input("a", 1, -1, 4).input("b", 1, -1, 4).input("sa", 1, -1, 1).input("sb", 1, -1, 1)
                .op("collect_fpn_proposals", Map.of("MultiLevelRois", "a,b", "MultiLevelScores", "sa,sb"), Map.of("FpnRois", "r", "RoisNum", "n"), "post_nms_topN", 3)
                .output("r").output("n");
        Tensor lod = Tensor.ofLongs(new long[] {0, 1, 2}, 3);
        List<Tensor> y = p.run(dir, "a", floats(new float[] {1, 1, 1, 1, 2, 2, 2, 2}, 2, 4), "b", floats(new float[] {3, 3, 3, 3, 4, 4, 4, 4}, 2, 4),
                "sa", floats(new float[] {0.1f, 0.9f}, 2, 1), "sb", floats(new float[] {0.5f, 0.7f}, 2, 1), "a.lod", lod, "b.lod", lod, "sa.lod", lod, "sb.lod", lod);
        assertEquals(floats(new float[] {3, 3, 3, 3, 2, 2, 2, 2, 4, 4, 4, 4}, 3, 4), y.get(0));
        assertArrayEquals(new int[] {1, 2}, y.get(1).toInts());
    }

    @Test
    void scoresFallWithOverlap() {
        TestProgram p = new TestProgram().input("b", 0, 1, 3, 4).input("s", 0, 1, 2, 3)
                .op("matrix_nms", Map.of("BBoxes", "b", "Scores", "s"), Map.of("Out", "y", "Index", "i", "RoisNum", "n"), "score_threshold", 0.1f, "post_threshold", 0.2f,
                        "nms_top_k", 3, "keep_top_k", 5, "background_label", 0, "use_gaussian", false, "normalized", true).output("y").output("i").output("n");
        List<Tensor> y = p.run(dir, "b", floats(new float[] {0, 0, 10, 10, 0, 0, 10, 5, 20, 20, 30, 30}, 1, 3, 4), "s", floats(new float[] {1, 1, 1, 0.8f, 0.9f, 0.05f}, 1, 2, 3));
        // the second best overlaps the best by a half
        assertArrayEquals(new float[] {1, 0.9f, 0, 0, 10, 5, 1, 0.4f, 0, 0, 10, 10}, y.get(0).toFloats(), 1e-6f);
        assertArrayEquals(new int[] {1, 0}, y.get(1).toInts());
        assertArrayEquals(new int[] {2}, y.get(2).toInts());
    }

    @Test
    void onlyBoxesAboveTheThresholdAreComparedEachWithEach() {
        TestProgram p = new TestProgram().input("b", 0, -1, -1, 4).input("s", 0, -1, 2, -1)
                .op("matrix_nms", Map.of("BBoxes", "b", "Scores", "s"), Map.of("Out", "y", "Index", "i", "RoisNum", "n"), "score_threshold", 0.1f, "post_threshold", 0.2f,
                        "nms_top_k", -1, "keep_top_k", -1, "background_label", -1, "use_gaussian", false, "normalized", true).output("y").output("i").output("n");
        // all boxes with each other would take 40 GB
        int m = 100_000;
        float[] b = new float[m * 4];
        float[] s = new float[m * 2];
        int[] at = {7, 500, 99_999};
        float[][] box = {{0, 0, 10, 10}, {0, 0, 10, 5}, {20, 20, 30, 30}};
        for (int i = 0; i < 3; i++) {
            System.arraycopy(box[i], 0, b, at[i] * 4, 4);
            s[m + at[i]] = new float[] {0.8f, 0.9f, 0.3f}[i];
        }
        List<Tensor> y = p.run(dir, "b", floats(b, 1, m, 4), "s", floats(s, 1, 2, m));
        assertArrayEquals(new float[] {1, 0.9f, 0, 0, 10, 5, 1, 0.4f, 0, 0, 10, 10, 1, 0.3f, 20, 20, 30, 30}, y.get(0).toFloats(), 1e-6f);
        assertArrayEquals(new int[] {500, 7, 99_999}, y.get(1).toInts());
        assertArrayEquals(new int[] {3}, y.get(2).toInts());
        List<Tensor> none = TestProgram.run(dir.resolve("net.pdmodel"), List.of("y", "n"), "b", floats(b, 1, m, 4), "s", floats(new float[m * 2], 1, 2, m));
        assertEquals(0, none.get(0).size());
        assertArrayEquals(new int[] {0}, none.get(1).toInts());
    }

    @Test
    void rowsOfBoxesForEachClassAreChosenByImage() {
        TestProgram p = new TestProgram().input("b", 1, -1, 2, 4).input("s", 1, -1, 2)
                .op("multiclass_nms2", Map.of("BBoxes", "b", "Scores", "s"), Map.of("Out", "y", "Index", "i"), "background_label", -1, "score_threshold", 0.1f, "nms_top_k", 10,
                        "nms_threshold", 0.5f, "keep_top_k", 2, "normalized", true).output("y").output("i");
        float[] b = {0, 0, 10, 10, 0, 0, 4, 4, 0, 0, 10, 9, 5, 5, 9, 9, 0, 0, 10, 10, 0, 0, 4, 4};
        Tensor lod = Tensor.ofLongs(new long[] {0, 2, 3}, 3);
        List<Tensor> y = p.run(dir, "b", floats(b, 3, 2, 4), "s", floats(new float[] {0.9f, 0.3f, 0.8f, 0.6f, 0.7f, 0.05f}, 3, 2), "b.lod", lod, "s.lod", lod);
        assertEquals(floats(new float[] {0, 0.9f, 0, 0, 10, 10, 1, 0.6f, 5, 5, 9, 9, 0, 0.7f, 0, 0, 10, 10}, 3, 6), y.get(0));
        assertArrayEquals(new int[] {0, 3, 4}, y.get(1).toInts());
    }

    @Test
    void boxesAreMatchedTheNearestFirst() {
        TestProgram p = new TestProgram().input("d", 0, 2, 3)
                .op("bipartite_match", Map.of("DistMat", "d"), Map.of("ColToRowMatchIndices", "i", "ColToRowMatchDist", "q"), "match_type", "per_prediction", "dist_threshold", 0.5f)
                .output("i").output("q");
        List<Tensor> y = p.run(dir, "d", floats(new float[] {0.9f, 0.8f, 0.55f, 0.1f, 0.3f, 0.2f}, 2, 3));
        assertArrayEquals(new int[] {0, 1, 0}, y.get(0).toInts());
        assertArrayEquals(new float[] {0.9f, 0.3f, 0.55f}, y.get(1).toFloats());
    }

    @Test
    void overlapsClippingAndCornersOfPolygons() {
        TestProgram p = new TestProgram().input("x", 0, 2, 4).input("y", 0, 1, 4).input("g", 0, 1, 2, 1, 2).input("m", 0, 1, 3)
                .op("iou_similarity", Map.of("X", "x", "Y", "y"), Map.of("Out", "iou"), "box_normalized", true)
                .op("polygon_box_transform", Map.of("Input", "g"), Map.of("Output", "corners"))
                .op("box_clip", Map.of("Input", "x", "ImInfo", "m"), Map.of("Output", "clipped")).output("iou").output("corners").output("clipped");
        List<Tensor> r = p.run(dir, "x", floats(new float[] {0, 0, 2, 2, -5, 1, 90, 90}, 2, 4), "y", floats(new float[] {1, 1, 3, 3}, 1, 4),
                "g", floats(new float[] {1, 1, 2, 2}, 1, 2, 1, 2), "m", floats(new float[] {40, 80, 2}, 1, 3));
        assertArrayEquals(new float[] {1 / 7f, 4 / (95 * 89f)}, r.get(0).toFloats(), 1e-6f);
        assertArrayEquals(new float[] {-1, 3, -2, -2}, r.get(1).toFloats());
        assertArrayEquals(new float[] {0, 0, 2, 2, 0, 1, 39, 19}, r.get(2).toFloats());
    }

    @Test
    void targetsAreEncodedAsPriorsSeeThem() {
        TestProgram p = new TestProgram().input("p", 0, 1, 4).input("t", 0, 1, 4)
                .op("box_coder", Map.of("PriorBox", "p", "TargetBox", "t"), Map.of("OutputBox", "y"), "code_type", "encode_center_size", "variance", new float[] {0.5f, 0.5f, 1, 1}).output("y");
        Tensor y = p.run(dir, "p", floats(new float[] {0, 0, 4, 4}, 1, 4), "t", floats(new float[] {2, 0, 4, 8}, 1, 4)).get(0);
        assertArrayEquals(new float[] {0.5f, 1, (float) Math.log(0.5), (float) Math.log(2)}, y.toFloats(), 1e-6f);
    }

    @Test
    void levelsAreDecodedAndChosenTogether() {
        TestProgram p = new TestProgram().input("ba", 0, 1, 2, 4).input("bb", 0, 1, 1, 4).input("sa", 0, 1, 2, 2).input("sb", 0, 1, 1, 2).input("m", 0, 1, 3)
                .parameter("aa", new float[] {0, 0, 9, 9, 20, 20, 29, 29}, 2, 4).parameter("ab", new float[] {0, 0, 9, 10}, 1, 4)
                .op("retinanet_detection_output", Map.of("BBoxes", "ba,bb", "Scores", "sa,sb", "Anchors", "aa,ab", "ImInfo", "m"), Map.of("Out", "y"), "score_threshold", 0.3f,
                        "nms_top_k", 3, "nms_threshold", 0.5f, "nms_eta", 1f, "keep_top_k", 10).output("y");
        float[] moved = new float[8];
        moved[4] = 0.5f;
        Tensor y = p.run(dir, "ba", floats(moved, 1, 2, 4), "bb", floats(new float[4], 1, 1, 4), "sa", floats(new float[] {0.9f, 0.1f, 0.2f, 0.6f}, 1, 2, 2),
                "sb", floats(new float[] {0.5f, 0.05f}, 1, 1, 2), "m", floats(new float[] {60, 66, 2}, 1, 3)).get(0);
        // class 1 of the last level overlaps the best one; its class 2 has no threshold
        assertArrayEquals(new float[] {1, 0.9f, 0, 0, 4.5f, 4.5f, 2, 0.6f, 12.5f, 10, 17, 14.5f, 2, 0.05f, 0, 0, 4.5f, 5}, y.toFloats(), 1e-5f);
    }

    @Test
    void quadranglesBecomeRectangles() {
        TestProgram p = new TestProgram().input("x", 0, 1, 2, 3, 4).input("r", 1, -1, 8)
                .op("roi_perspective_transform", Map.of("X", "x", "ROIs", "r"), Map.of("Out", "y", "Mask", "m", "TransformMatrix", "t"), "transformed_height", 2,
                        "transformed_width", 3, "spatial_scale", 1f).output("y").output("m").output("t");
        float[] x = new float[24];
        for (int i = 0; i < 24; i++) {
            x[i] = i;
        }
        // two columns wide and one row high; the second turned by a quarter
        float[] r = {0.5f, 1, 2.5f, 1, 2.5f, 2, 0.5f, 2, 3, 0, 3, 2, 2, 2, 2, 0};
        List<Tensor> y = p.run(dir, "x", floats(x, 1, 2, 3, 4), "r", floats(r, 2, 8), "r.lod", Tensor.ofLongs(new long[] {0, 2}, 2));
        float[] want = {4.5f, 5.5f, 6.5f, 8.5f, 9.5f, 10.5f, 16.5f, 17.5f, 18.5f, 20.5f, 21.5f, 22.5f, 3, 7, 11, 2, 6, 10, 15, 19, 23, 14, 18, 22};
        assertArrayEquals(want, y.get(0).toFloats(), 1e-4f);
        assertArrayEquals(new int[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, y.get(1).toInts());
        assertArrayEquals(new float[] {1, 0, 0.5f, 0, 1, 1, 0, 0, 1}, java.util.Arrays.copyOf(y.get(2).toFloats(), 9), 1e-4f);
    }
}
