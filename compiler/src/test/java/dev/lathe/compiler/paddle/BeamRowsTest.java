package dev.lathe.compiler.paddle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.compiler.paddle.TestProgram.Block;
import dev.lathe.runtime.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Beam search, beside one that keeps whole sentences in lists. */
class BeamRowsTest {
    private static final int I64 = 3;
    private static final int F32 = 5;
    private static final int ARRAY = 13;
    private static final int END = 0;

    @TempDir
    Path dir;

    private static Tensor longs(long... v) {
        return Tensor.ofLongs(v, v.length);
    }

    @Test
    void theBestOfAllRowsOfASourceAreKeptByRows() {
        TestProgram p = new TestProgram().typed("pre_ids", I64, 0, -1, 1).input("pre_scores", 0, -1, 1).typed("ids", I64, 0, -1, 3).input("scores", 2, -1, 3)
                .op("beam_search", Map.of("pre_ids", "pre_ids", "pre_scores", "pre_scores", "ids", "ids", "scores", "scores"),
                        Map.of("selected_ids", "i", "selected_scores", "s", "parent_idx", "p"), "level", 0, "beam_size", 2, "end_id", END, "is_accumulated", true)
                .op("sequence_pool", Map.of("X", "s"), Map.of("Out", "sums"), "pooltype", "SUM")
                .output("i").output("s").output("p").output("sums");
        // one source of rows 0 and 1, one of row 2 alone, one whose rows 3 and 4 have both ended and have nothing left to say
        List<Tensor> r = p.run(dir, "pre_ids", Tensor.ofLongs(new long[] {1, END, 2, END, END}, 5, 1), "pre_scores", Tensor.ofFloats(new float[] {-1, -2.5f, -1, -3, -4}, 5, 1),
                "ids", Tensor.ofLongs(new long[] {4, 2, 3, 1, 2, 3, 3, 9, 1, 1, 1, 1, 2, 2, 2}, 5, 3),
                "scores", Tensor.ofFloats(new float[] {-3, -2, -4, -0.1f, -0.2f, -0.3f, -5, -6, -1.5f, 0, 0, 0, 0, 0, 0}, 5, 3),
                "scores.lod", longs(0, 1, 2, 3, 4, 5), "scores.lod1", longs(0, 2, 3, 5));
        assertArrayEquals(new long[] {2, END, 1, 3}, r.get(0).toLongs());
        assertEquals(Tensor.ofFloats(new float[] {-2, -2.5f, -1.5f, -5}, 4, 1), r.get(1));
        assertArrayEquals(new int[] {0, 1, 2, 2}, r.get(2).toInts());
        // rows that follow each of the five
        assertArrayEquals(new float[] {-2, -2.5f, -6.5f, 0, 0}, r.get(3).toFloats());
    }

    private record Sentence(List<Integer> words, List<Float> scores) {
        int last() {
            return words.get(words.size() - 1);
        }

        float score() {
            return scores.get(scores.size() - 1);
        }

        Sentence then(int word, float score) {
            List<Integer> w = new ArrayList<>(words);
            List<Float> s = new ArrayList<>(scores);
            w.add(word);
            s.add(score);
            return new Sentence(w, s);
        }
    }

    private static List<Sentence> turn(List<Sentence> beam, float[][] chance, int most) {
        List<Sentence> next = new ArrayList<>();
        for (Sentence s : beam) {
            for (int w = 0; w < chance.length; w++) {
                if (s.last() != END || w == END) {
                    next.add(s.then(w, s.last() == END ? s.score() : s.score() + (float) Math.log(chance[s.last()][w])));
                }
            }
        }
        next.sort(Comparator.comparingDouble(s -> -s.score()));
        List<Sentence> best = next.subList(0, Math.min(most, next.size()));
        boolean done = best.stream().allMatch(s -> s.last() == END && s.words().get(s.words().size() - 2) == END);
        return done ? List.of() : best;
    }

    @Test
    void aLoopOfSearchesEndsInTheBestSentences() {
        int words = 5;
        int most = 3;
        Random random = new Random(7);
        float[][] chance = new float[words][words];
        float[] flat = new float[words * words];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = chance[i / words][i % words] = 0.05f + random.nextFloat() * (i % words == END ? 0.9f : 0.5f);
        }
        for (int steps : new int[] {2, 6, 12}) {
            List<Tensor> got = searched(flat, words, most).run(dir, "begin", Tensor.ofLongs(new long[] {1, 3, 4}, 3, 1), "none", Tensor.ofFloats(new float[3], 3, 1), "steps", longs(steps),
                    "begin.lod", longs(0, 1, 2, 3), "begin.lod1", longs(0, 1, 2, 3), "none.lod", longs(0, 1, 2, 3), "none.lod1", longs(0, 1, 2, 3));
            List<Integer> ids = new ArrayList<>();
            List<Float> scores = new ArrayList<>();
            List<Float> firsts = new ArrayList<>();
            for (int begin : new int[] {1, 3, 4}) {
                List<Sentence> beam = List.of(new Sentence(List.of(begin), List.of(0f)));
                for (int t = 0; t < steps; t++) {
                    List<Sentence> next = turn(beam, chance, most);
                    if (next.isEmpty()) {
                        break;
                    }
                    beam = next;
                }
                for (Sentence s : beam.stream().sorted(Comparator.comparingDouble(s -> -s.score())).toList()) {
                    // what follows the first end is that end alone
                    int n = s.words().contains(END) ? s.words().indexOf(END) + 1 : s.words().size();
                    ids.addAll(s.words().subList(0, n));
                    scores.addAll(s.scores().subList(0, n));
                    firsts.add((float) n);
                }
            }
            assertArrayEquals(ids.stream().mapToLong(i -> i).toArray(), got.get(0).toLongs(), "after " + steps);
            float[] s = got.get(1).toFloats();
            for (int i = 0; i < s.length; i++) {
                assertEquals(scores.get(i), s[i], 1e-5, "after " + steps);
            }
            float[] lengths = got.get(2).toFloats();
            for (int i = 0; i < lengths.length; i++) {
                assertEquals(firsts.get(i), lengths[i]);
            }
        }
    }

    private TestProgram searched(float[] chance, int words, int most) {
        TestProgram p = new TestProgram().parameter("table", chance, words, words).typed("begin", I64, 2, -1, 1).input("none", 2, -1, 1).typed("steps", I64, 0, 1)
                .declare("ids", ARRAY, I64, -1, 1).declare("scores", ARRAY, F32, -1, 1)
                .op("fill_constant", Map.of(), Map.of("Out", "i"), "shape", new int[] {1}, "dtype", I64, "value", 0f)
                .op("write_to_array", Map.of("X", "begin", "I", "i"), Map.of("Out", "ids"))
                .op("write_to_array", Map.of("X", "none", "I", "i"), Map.of("Out", "scores"))
                .op("less_than", Map.of("X", "i", "Y", "steps"), Map.of("Out", "c"));
        Block body = p.begin();
        for (String local : new String[] {"last", "chosen"}) {
            p.declare(local, 7, I64, -1, 1);
        }
        for (String local : new String[] {"sum", "next", "best", "points", "told"}) {
            p.declare(local, 7, F32, -1, 1);
        }
        for (String local : new String[] {"which", "parent", "empty", "more", "left"}) {
            p.declare(local, 7, I64, -1);
        }
        p.op("read_from_array", Map.of("X", "ids", "I", "i"), Map.of("Out", "last"))
                .op("read_from_array", Map.of("X", "scores", "I", "i"), Map.of("Out", "sum"))
                .op("lookup_table", Map.of("W", "table", "Ids", "last"), Map.of("Out", "next"))
                .op("top_k", Map.of("X", "next"), Map.of("Out", "best", "Indices", "which"), "k", words)
                .op("lod_reset", Map.of("X", "best", "Y", "sum"), Map.of("Out", "told"))
                .op("beam_search", Map.of("pre_ids", "last", "pre_scores", "sum", "ids", "which", "scores", "told"),
                        Map.of("selected_ids", "chosen", "selected_scores", "points", "parent_idx", "parent"), "level", 0, "beam_size", most, "end_id", END, "is_accumulated", false)
                .op("increment", Map.of("X", "i"), Map.of("Out", "i"), "step", 1f)
                .op("write_to_array", Map.of("X", "chosen", "I", "i"), Map.of("Out", "ids"))
                .op("write_to_array", Map.of("X", "points", "I", "i"), Map.of("Out", "scores"))
                .op("is_empty", Map.of("X", "chosen"), Map.of("Out", "empty"))
                .op("logical_not", Map.of("X", "empty"), Map.of("Out", "left"))
                .op("less_than", Map.of("X", "i", "Y", "steps"), Map.of("Out", "more"))
                .op("logical_and", Map.of("X", "more", "Y", "left"), Map.of("Out", "c")).end();
        return p.op("while", Map.of("X", "ids,scores,i,steps,table", "Condition", "c"), Map.of("Out", "ids,scores,i", "StepScopes", "scopes"), "sub_block", body)
                .op("beam_search_decode", Map.of("Ids", "ids", "Scores", "scores"), Map.of("SentenceIds", "y", "SentenceScores", "s"), "beam_size", most, "end_id", END)
                .op("fill_any_like", Map.of("X", "s"), Map.of("Out", "ones"), "value", 1f)
                .op("reshape2", Map.of("X", "ones"), Map.of("Out", "column"), "shape", new int[] {-1, 1})
                .op("lod_reset", Map.of("X", "column", "Y", "s"), Map.of("Out", "told_ones"))
                .op("sequence_pool", Map.of("X", "told_ones"), Map.of("Out", "lengths"), "pooltype", "SUM")
                .output("y").output("s").output("lengths");
    }
}
