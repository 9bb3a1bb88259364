package dev.lathe.compiler.onnx.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.MapValue;
import dev.lathe.runtime.SequenceValue;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The operators of ai.onnx.ml. */
class LearnedTablesTest {
    private static Tensor f(int rows, int columns, float... v) {
        return Tensor.ofFloats(new int[] {rows, columns}, v);
    }

    private static Tensor s(String... v) {
        return new Tensor(ElementType.STR, new int[] {v.length}, v);
    }

    private static Tensor l(long... v) {
        return Tensor.ofLongs(new int[] {v.length}, v);
    }

    @Test
    void labelEncoderOfAllOpsets() {
        assertArrayEquals(new long[] {1, -1, 0}, OneNode.ml("LabelEncoder", 1).attr("classes_strings", new String[] {"b", "a"}).in(s("a", "x", "b")).run(1).get(0).longs());
        assertArrayEquals(new String[] {"a", "?"}, OneNode.ml("LabelEncoder", 1).attr("classes_strings", new String[] {"b", "a"}).attr("default_string", "?")
                .in(l(1, 7)).run(1).get(0).strings());
        assertArrayEquals(new float[] {0.5f, -0.0f, 2}, OneNode.ml("LabelEncoder", 2).attr("keys_int64s", new long[] {9, 3}).attr("values_floats", 0.5f, 2f)
                .in(l(9, 4, 3)).run(1).get(0).floats());
        // NaN is a key as any other
        assertArrayEquals(new String[] {"nan", "one", "none"}, OneNode.ml("LabelEncoder", 2).attr("keys_floats", Float.NaN, 1f)
                .attr("values_strings", new String[] {"nan", "one"}).attr("default_string", "none").in(Tensor.ofFloats(new int[] {3}, Float.NaN, 1, 2)).run(1).get(0).strings());
        Tensor keys = new Tensor(ElementType.I32, new int[] {2}, new int[] {5, 1});
        Tensor values = new Tensor(ElementType.I16, new int[] {2}, new int[] {50, 10});
        Tensor other = new Tensor(ElementType.I16, new int[] {1}, new int[] {-7});
        assertArrayEquals(new int[] {10, -7, 50}, OneNode.ml("LabelEncoder", 4).attr("keys_tensor", keys).attr("values_tensor", values).attr("default_tensor", other)
                .in(new Tensor(ElementType.I32, new int[] {3}, new int[] {1, 2, 5})).run(1).get(0).ints());
    }

    @Test
    void categories() {
        OneNode a = OneNode.ml("CategoryMapper", 1).attr("cats_int64s", new long[] {10, 20}).attr("cats_strings", new String[] {"x", "y"});
        assertArrayEquals(new long[] {20, -1}, a.in(s("y", "z")).run(1).get(0).longs());
        Tensor hot = OneNode.ml("OneHotEncoder", 1).attr("cats_int64s", new long[] {3, 1}).in(Tensor.ofFloats(new int[] {3}, 1, 2, 3)).run(1).get(0);
        assertArrayEquals(new int[] {3, 2}, hot.dims());
        assertArrayEquals(new float[] {0, 1, 0, 0, 1, 0}, hot.floats());
    }

    @Test
    void columns() {
        assertArrayEquals(new float[] {3, 1, 6, 4}, OneNode.ml("ArrayFeatureExtractor", 1).in(f(2, 3, 1, 2, 3, 4, 5, 6)).in(l(2, 0)).run(1).get(0).floats());
        Tensor v = OneNode.ml("FeatureVectorizer", 1).attr("inputdimensions", new long[] {2, 1}).in(f(2, 2, 1, 2, 3, 4))
                .in(Tensor.ofLongs(new int[] {2, 1}, 8, 9)).run(1).get(0);
        assertArrayEquals(new float[] {1, 2, 8, 3, 4, 9}, v.floats());
    }

    @Test
    void cleaning() {
        assertArrayEquals(new float[] {0, 1}, OneNode.ml("Binarizer", 1).attr("threshold", 0.5).in(f(1, 2, 0.5f, 0.6f)).run(1).get(0).floats());
        assertArrayEquals(new float[] {2, 6}, OneNode.ml("Scaler", 1).attr("offset", 1f, 2f).attr("scale", new float[] {2f}).in(Tensor.ofLongs(new int[] {1, 2}, 2, 5)).run(1).get(0).floats());
        assertArrayEquals(new float[] {7, 1, 3, 8}, OneNode.ml("Imputer", 1).attr("replaced_value_float", Double.NaN).attr("imputed_value_floats", 7f, 8f)
                .in(f(2, 2, Float.NaN, 1, 3, Float.NaN)).run(1).get(0).floats());
        assertArrayEquals(new long[] {4, 1}, OneNode.ml("Imputer", 1).attr("replaced_value_int64", 0).attr("imputed_value_int64s", new long[] {4})
                .in(Tensor.ofLongs(new int[] {1, 2}, 0, 1)).run(1).get(0).longs());
        OneNode.near(OneNode.ml("Normalizer", 1).attr("norm", "L2").in(f(2, 2, 3, -4, 0, 0)).run(1).get(0), 1e-6, 0.6, -0.8, 0, 0);
        OneNode.near(OneNode.ml("Normalizer", 1).attr("norm", "L1").in(f(1, 2, 3, -1)).run(1).get(0), 1e-6, 0.75, -0.25);
        OneNode.near(OneNode.ml("Normalizer", 1).in(f(1, 2, 2, 4)).run(1).get(0), 1e-6, 0.5, 1);
    }

    @Test
    void linearModels() {
        OneNode.near(OneNode.ml("LinearRegressor", 1).attr("coefficients", 1f, 2f, -1f, 0f).attr("intercepts", 10f, 20f).attr("targets", 2)
                .in(f(1, 2, 3, 4)).run(1).get(0), 1e-6, 21, 17);
        List<Tensor> c = OneNode.ml("LinearClassifier", 1).attr("coefficients", 1f, 0f, 0f, 1f, -1f, -1f).attr("intercepts", 0f, 0f, 0f)
                .attr("classlabels_strings", new String[] {"a", "b", "c"}).attr("post_transform", "SOFTMAX").in(f(2, 2, 1, 2, -3, -3)).run(2);
        assertArrayEquals(new String[] {"b", "c"}, c.get(0).strings());
        double sum = Math.exp(1) + Math.exp(2) + Math.exp(-3);
        OneNode.near(Tensor.ofFloats(new int[] {3}, java.util.Arrays.copyOf(c.get(1).floats(), 3)), 1e-5, Math.exp(1) / sum, Math.exp(2) / sum, Math.exp(-3) / sum);
        List<Tensor> b = OneNode.ml("LinearClassifier", 1).attr("coefficients", 1f, 1f).attr("intercepts", new float[] {-1f}).attr("classlabels_ints", new long[] {5, 6})
                .attr("post_transform", "LOGISTIC").in(f(2, 2, 2, 1, 0, 0)).run(2);
        assertArrayEquals(new long[] {6, 5}, b.get(0).longs());
        OneNode.near(b.get(1), 1e-5, sigmoid(-2), sigmoid(2), sigmoid(1), sigmoid(-1));
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Test
    void supportVectorRegression() {
        float[] x = {0.5f, -1};
        float[] sv = {1, 2, -1, 0.5f};
        double r0 = Math.exp(-0.5 * (0.25 + 9));
        double r1 = Math.exp(-0.5 * (2.25 + 2.25));
        OneNode.near(svr("RBF", x, sv), 1e-5, 2 * r0 - r1);
        double d0 = 0.5 - 2;
        double d1 = -0.5 - 0.5;
        OneNode.near(svr("POLY", x, sv), 1e-5, 2 * Math.pow(0.5 * d0 + 1, 2) - Math.pow(0.5 * d1 + 1, 2));
        OneNode.near(svr("SIGMOID", x, sv), 1e-5, 2 * Math.tanh(0.5 * d0 + 1) - Math.tanh(0.5 * d1 + 1));
        OneNode.near(svr("LINEAR", x, sv), 1e-5, 2 * d0 - d1);
    }

    private static Tensor svr(String kernel, float[] x, float[] sv) {
        return OneNode.ml("SVMRegressor", 1).attr("kernel_type", kernel).attr("kernel_params", 0.5f, 1f, 2f).attr("n_supports", 2)
                .attr("support_vectors", sv).attr("coefficients", 2f, -1f).attr("rho", new float[] {0}).in(f(1, 2, x)).run(1).get(0);
    }

    @Test
    void supportVectorClassesVote() {
        // one vector a class on a line; the decision of classes i < j is coef * <x, v_i> + coef' * <x, v_j> + rho
        List<Tensor> r = OneNode.ml("SVMClassifier", 1).attr("kernel_type", "LINEAR").attr("vectors_per_class", new long[] {1, 1, 1})
                .attr("support_vectors", 1f, 2f, 3f).attr("coefficients", 1f, -1f, 2f, 1f, 0.5f, -1f).attr("rho", 0f, 0.5f, -1f)
                .attr("classlabels_ints", new long[] {10, 20, 30}).in(f(2, 1, 1, -1)).run(2);
        // pair (0,1): w[0][v0]*x + w[0][v1]*2x; (0,2): w[1][v0]*x + w[0][v2]*3x + 0.5; (1,2): w[1][v1]*2x + w[1][v2]*3x - 1
        OneNode.near(r.get(1), 1e-6, 1 - 2, 1 + 6 + 0.5, 1 - 3 - 1, -1 + 2, -1 - 6 + 0.5, -1 + 3 - 1);
        // votes of x = 1: 1, 0, 2; each one: the first wins; of x = -1: 0, 2, 1
        assertArrayEquals(new long[] {10, 10}, r.get(0).longs());
    }

    private static List<Tensor> linear(float[] rows, long[] labels, float... coefficients) {
        return OneNode.ml("SVMClassifier", 1).attr("kernel_type", "LINEAR").attr("coefficients", coefficients).attr("rho", new float[] {0.25f})
                .attr("classlabels_ints", labels).in(f(rows.length, 1, rows)).run(2);
    }

    @Test
    void linearMachinesScoreEachClass() {
        List<Tensor> r = linear(new float[] {1, -1}, new long[] {7, 8, 9}, 1, -2, 0.5f);
        OneNode.near(r.get(1), 1e-6, 1.25, -1.75, 0.75, -0.75, 2.25, -0.25);
        assertArrayEquals(new long[] {7, 8}, r.get(0).longs());
        assertArrayEquals(new long[] {5, 5}, linear(new float[] {1, -3}, new long[] {5}, 2).get(0).longs());
    }

    @Test
    void ofTwoClassesOfALinearMachineTheSecondHasTheHighScores() {
        // scores 1.25, -0.75; -0.75, 1.25; -0.05, 0.55: above 0 tells the second
        assertArrayEquals(new long[] {4, 4, 4}, linear(new float[] {1, -1, -0.3f}, new long[] {3, 4}, 1, -1).get(0).longs());
        // of coefficients that are all positive from 0.5 on; scores 2.25, 1.25; -1.75, -0.75; -0.15, 0.05; 0.45, 0.35
        assertArrayEquals(new long[] {4, 4, 4, 3}, linear(new float[] {1, -1, -0.2f, 0.1f}, new long[] {3, 4}, 2, 1).get(0).longs());
    }

    @Test
    void supportVectorProbabilitiesOfTwoClassesAddUp() {
        List<Tensor> r = OneNode.ml("SVMClassifier", 1).attr("kernel_type", "LINEAR").attr("vectors_per_class", new long[] {1, 1}).attr("support_vectors", 1f, -1f)
                .attr("coefficients", 0.5f, -0.5f).attr("rho", new float[] {0f}).attr("prob_a", new float[] {-2f}).attr("prob_b", new float[] {0.1f}).attr("classlabels_strings", new String[] {"p", "n"})
                .in(f(2, 1, 3, -1)).run(2);
        assertArrayEquals(new String[] {"p", "n"}, r.get(0).strings());
        double p = sigmoid(2 * 3 - 0.1);
        double q = sigmoid(2 * -1 - 0.1);
        OneNode.near(r.get(1), 1e-2, p, 1 - p, q, 1 - q);
    }

    @Test
    void supportVectorLabelsAreVotedForWhateverIsProbable() {
        // pairs (0,1), (0,2), (1,2) of decisions 0.2, 0.1, -8: class 0 has two votes, class 2 the largest probability
        List<Tensor> r = OneNode.ml("SVMClassifier", 1).attr("kernel_type", "LINEAR").attr("vectors_per_class", new long[] {1, 1, 1})
                .attr("support_vectors", 1f, 1f, 1f).attr("coefficients", 0f, 0f, 0f, 0f, 0f, 0f).attr("rho", 0.2f, 0.1f, -8f)
                .attr("prob_a", -1f, -1f, -1f).attr("prob_b", 0f, 0f, 0f).attr("classlabels_ints", new long[] {4, 5, 6}).in(f(1, 1, 1)).run(2);
        assertArrayEquals(new long[] {4}, r.get(0).longs());
        float[] p = r.get(1).floats();
        assertEquals(1, p[0] + p[1] + p[2], 1e-5);
        assertTrue(p[2] > p[0] && p[0] > p[1], java.util.Arrays.toString(p));
    }

    @Test
    void oneScoreOfTwoClassesIsNoVectorToTakeSoftmaxOf() {
        for (String how : List.of("NONE", "SOFTMAX", "SOFTMAX_ZERO")) {
            List<Tensor> line = OneNode.ml("LinearClassifier", 1).attr("coefficients", new float[] {2f}).attr("intercepts", new float[] {0f})
                    .attr("classlabels_ints", new long[] {0, 1}).attr("post_transform", how).in(f(2, 1, 0.125f, -3)).run(2);
            // told by 0, whatever the scores that are made of it
            assertArrayEquals(new long[] {1, 0}, line.get(0).longs());
            OneNode.near(line.get(1), 1e-6, 0.75, 0.25, 7, -6);
            List<Tensor> sure = forest("TreeEnsembleClassifier", "class", 0.5f, 0.75f, 0.25f, 0f).attr("class_ids", new long[] {0, 0, 0, 0})
                    .attr("classlabels_int64s", new long[] {7, 8}).attr("post_transform", how).in(f(3, 2, 1, 9, 2, 1, 2, -1)).run(2);
            // no weight below 0: probabilities, more than a half is needed
            assertArrayEquals(new long[] {7, 8, 7}, sure.get(0).longs());
            OneNode.near(sure.get(1), 1e-6, 0.5, 0.5, 0.25, 0.75, 0.75, 0.25);
            List<Tensor> mixed = forest("TreeEnsembleClassifier", "class", 0.5f, -0.75f, 0.25f, 0f).attr("class_ids", new long[] {0, 0, 0, 0})
                    .attr("classlabels_int64s", new long[] {7, 8}).attr("post_transform", how).in(f(2, 2, 1, 9, 2, 1)).run(2);
            assertArrayEquals(new long[] {8, 7}, mixed.get(0).longs());
            OneNode.near(mixed.get(1), 1e-6, -0.5, 0.5, 0.75, -0.75);
        }
    }

    @Test
    void vectorsOfFeaturesAreCutAndFilled() {
        Tensor r = OneNode.ml("FeatureVectorizer", 1).attr("inputdimensions", new long[] {1, 3}).in(f(2, 2, 1, 2, 3, 4)).in(f(2, 2, 5, 6, 7, 8)).run(1).get(0);
        assertArrayEquals(new int[] {2, 4}, r.dims());
        OneNode.near(r, 0, 1, 5, 6, 0, 3, 7, 8, 0);
        // all that stands behind the first dimension is a row
        r = OneNode.ml("FeatureVectorizer", 1).attr("inputdimensions", new long[] {2, 1}).in(Tensor.ofFloats(new int[] {2, 1, 2}, 1, 2, 3, 4)).in(f(2, 1, 5, 6)).run(1).get(0);
        assertArrayEquals(new int[] {2, 3}, r.dims());
        OneNode.near(r, 0, 1, 2, 5, 3, 4, 6);
    }

    private static OneNode forest(String op, String kind, float... weights) {
        // two trees: x0 <= 1 ? leaf : (x1 > 0 ? leaf : leaf), and a single leaf
        return OneNode.ml(op, 1).attr("nodes_treeids", new long[] {0, 0, 0, 0, 0, 1}).attr("nodes_nodeids", new long[] {0, 1, 2, 3, 4, 0})
                .attr("nodes_modes", new String[] {"BRANCH_LEQ", "LEAF", "BRANCH_GT", "LEAF", "LEAF", "LEAF"}).attr("nodes_featureids", new long[] {0, 0, 1, 0, 0, 0})
                .attr("nodes_values", 1f, 0f, 0f, 0f, 0f, 0f).attr("nodes_truenodeids", new long[] {1, 0, 3, 0, 0, 0})
                .attr("nodes_falsenodeids", new long[] {2, 0, 4, 0, 0, 0}).attr("nodes_missing_value_tracks_true", new long[] {1, 0, 0, 0, 0, 0})
                .attr(kind + "_treeids", new long[] {0, 0, 0, 1}).attr(kind + "_nodeids", new long[] {1, 3, 4, 0}).attr(kind + "_weights", weights);
    }

    @Test
    void treesOfRegression() {
        Tensor x = f(4, 2, 1, 9, 2, 1, 2, -1, Float.NaN, 5);
        for (String how : List.of("SUM", "AVERAGE", "MIN", "MAX")) {
            OneNode n = forest("TreeEnsembleRegressor", "target", 10, 20, 30, 15).attr("target_ids", new long[] {0, 0, 0, 0}).attr("aggregate_function", how)
                    .attr("base_values", new float[] {0.5f});
            // NaN goes the way of yes at the root
            double[] tree = {10, 20, 30, 10};
            double[] want = new double[4];
            for (int i = 0; i < 4; i++) {
                want[i] = 0.5 + switch (how) {
                    case "SUM" -> tree[i] + 15;
                    case "AVERAGE" -> (tree[i] + 15) / 2;
                    case "MIN" -> Math.min(tree[i], 15);
                    default -> Math.max(tree[i], 15);
                };
            }
            OneNode.near(n.in(x).run(1).get(0), 1e-6, want);
        }
    }

    @Test
    void treesOfClassification() {
        Tensor x = f(2, 2, 1, 9, 2, 1);
        List<Tensor> r = forest("TreeEnsembleClassifier", "class", 0.5f, 0.75f, 0.25f, 0.25f).attr("class_ids", new long[] {0, 1, 2, 1})
                .attr("classlabels_strings", new String[] {"a", "b", "c"}).in(x).run(2);
        assertArrayEquals(new String[] {"a", "b"}, r.get(0).strings());
        OneNode.near(r.get(1), 1e-6, 0.5, 0.25, 0, 0, 1, 0);
        // the first class's weights tell two classes
        List<Tensor> b = forest("TreeEnsembleClassifier", "class", 0.5f, -0.75f, 0.25f, -0.25f).attr("class_ids", new long[] {0, 0, 0, 0})
                .attr("classlabels_int64s", new long[] {7, 8}).attr("post_transform", "LOGISTIC").in(x).run(2);
        assertArrayEquals(new long[] {8, 7}, b.get(0).longs());
        OneNode.near(b.get(1), 1e-5, sigmoid(-0.25), sigmoid(0.25), sigmoid(1), sigmoid(-1));
    }

    private static OneNode second(String how, float... weights) {
        return forest("TreeEnsembleClassifier", "class", weights).attr("class_ids", new long[] {1, 1, 1, 1}).attr("classlabels_int64s", new long[] {7, 8})
                .attr("post_transform", how).in(f(2, 2, 1, 9, 2, 1));
    }

    @Test
    void weightsOfTheSecondClassLeaveTheFirstItsScoreOfZero() {
        // as CatBoost wrote its models of two classes once: the scores are 0.25 and -1
        List<Tensor> r = second("LOGISTIC", 0.5f, -0.75f, 0.25f, -0.25f).run(2);
        assertArrayEquals(new long[] {8, 7}, r.get(0).longs());
        OneNode.near(r.get(1), 1e-5, 0.5, sigmoid(0.25), 0.5, sigmoid(-1));
        OneNode.near(second("NONE", 0.5f, -0.75f, 0.25f, -0.25f).run(2).get(1), 1e-6, 0, 0.25, 0, -1);
        OneNode.near(second("SOFTMAX", 0.5f, -0.75f, 0.25f, -0.25f).run(2).get(1), 1e-5, sigmoid(-0.25), sigmoid(0.25), sigmoid(1), sigmoid(-1));
        // no weight below 0: more than a half tells the second
        List<Tensor> sure = second("NONE", 0.5f, 0.25f, 0.25f, 0.125f).run(2);
        assertArrayEquals(new long[] {8, 7}, sure.get(0).longs());
        OneNode.near(sure.get(1), 1e-6, 0, 0.625, 0, 0.375);
        // a base value stands for the score that there is
        OneNode.near(second("NONE", 0.5f, -0.75f, 0.25f, -0.25f).attr("base_values", new float[] {2}).run(2).get(1), 1e-6, 0, 2.25, 0, 1);
        OneNode.near(second("NONE", 0.5f, -0.75f, 0.25f, -0.25f).attr("base_values", 4f, 2f).run(2).get(1), 1e-6, 4, 2.25, 4, 1);
    }

    @Test
    void weightsOfBothClassesAreComparedWithTheirBaseValues() {
        // as CatBoost writes its models of two classes: each leaf has a weight and what is opposite to it; those of the second: 0.5 and 0.25, less 0.375
        List<Tensor> r = OneNode.ml("TreeEnsembleClassifier", 1).attr("nodes_treeids", new long[] {0, 0, 0}).attr("nodes_nodeids", new long[] {0, 1, 2})
                .attr("nodes_modes", new String[] {"BRANCH_GT", "LEAF", "LEAF"}).attr("nodes_featureids", new long[] {0, 0, 0}).attr("nodes_values", 1f, 0f, 0f)
                .attr("nodes_truenodeids", new long[] {2, 0, 0}).attr("nodes_falsenodeids", new long[] {1, 0, 0}).attr("class_treeids", new long[] {0, 0, 0, 0})
                .attr("class_nodeids", new long[] {1, 1, 2, 2}).attr("class_ids", new long[] {0, 1, 0, 1}).attr("class_weights", -0.5f, 0.5f, -0.25f, 0.25f)
                .attr("classlabels_int64s", new long[] {7, 8}).attr("base_values", 0.375f, -0.375f).attr("post_transform", "LOGISTIC").in(f(2, 1, 1, 2)).run(2);
        assertArrayEquals(new long[] {8, 7}, r.get(0).longs());
        OneNode.near(r.get(1), 1e-5, sigmoid(-0.125), sigmoid(0.125), sigmoid(0.125), sigmoid(-0.125));
    }

    @Test
    void aLabelAloneHasOneScore() {
        Tensor x = f(2, 2, 1, 9, 2, 1);
        List<Tensor> r = forest("TreeEnsembleClassifier", "class", 0.5f, -0.75f, 0.25f, -0.25f).attr("class_ids", new long[] {0, 0, 0, 0})
                .attr("classlabels_int64s", new long[] {1}).in(x).run(2);
        assertArrayEquals(new long[] {1, 0}, r.get(0).longs());
        assertArrayEquals(new int[] {2, 1}, r.get(1).dims());
        OneNode.near(r.get(1), 1e-6, 0.25, -1);
        assertArrayEquals(new String[] {"a", "a"}, forest("TreeEnsembleClassifier", "class", 0.5f, -0.75f, 0.25f, -0.25f).attr("class_ids", new long[] {0, 0, 0, 0})
                .attr("classlabels_strings", new String[] {"a"}).in(x).run(2).get(0).strings());
    }

    @Test
    void scoresBecomeMaps() {
        OnnxGraph g = OnnxGraph.of("g").in("x", OnnxGraph.floats(new int[] {2, 3}, 1, 2, 3, 4, 5, 6))
                .node("ai.onnx.ml.ZipMap", "x", "maps", OnnxGraph.numbers("classlabels_int64s", 7, 9, 8)).out("maps");
        var keys = dev.lathe.runtime.Tensor.ofLongs(new long[] {7, 9, 8}, 3);
        assertEquals(SequenceValue.of(new MapValue(keys, OnnxGraph.floats(1, 2, 3)), new MapValue(keys, OnnxGraph.floats(4, 5, 6))), g.run(13).get(0));
    }

    @Test
    void aTreeThatGoesInCirclesIsRefused() {
        OneNode n = OneNode.ml("TreeEnsembleRegressor", 1).attr("nodes_treeids", new long[] {0, 0, 0}).attr("nodes_nodeids", new long[] {0, 1, 2})
                .attr("nodes_modes", new String[] {"BRANCH_LEQ", "BRANCH_LEQ", "LEAF"}).attr("nodes_featureids", new long[] {0, 0, 0}).attr("nodes_values", 1f, 1f, 0f)
                .attr("nodes_truenodeids", new long[] {1, 1, 0}).attr("nodes_falsenodeids", new long[] {2, 2, 0}).attr("target_treeids", new long[] {0})
                .attr("target_nodeids", new long[] {2}).attr("target_ids", new long[] {0}).attr("target_weights", new float[] {1f}).in(f(1, 1, 0));
        assertThrows(LatheException.class, () -> n.run(1));
    }
}
