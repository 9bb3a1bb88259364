package dev.lathe.examples.bert;

import dev.lathe.runtime.Tensor;
import java.util.List;
import java.util.Locale;

/** Classifies sentences of any length, several at once. */
public final class ClassifyText {
    private static final int VOCABULARY = 600;
    private static final int LONGEST = 64;

    private ClassifyText() {}

    public static void main(String[] sentences) {
        try (BertClassifier model = BertClassifier.load()) {
            float[] scores = scores(model, List.of(sentences));
            int classes = BertClassifier.LABELS.size();
            for (int i = 0; i < sentences.length; i++) {
                int best = 0;
                for (int k = 1; k < classes; k++) {
                    best = scores[i * classes + k] > scores[i * classes + best] ? k : best;
                }
                System.out.println(BertClassifier.LABELS.get(best) + ": " + sentences[i]);
            }
        }
    }

    /** The scores of all sentences, which are padded to the longest one; a batch is one run. */
    static float[] scores(BertClassifier model, List<String> sentences) {
        List<long[]> tokens = sentences.stream().map(ClassifyText::tokens).toList();
        int longest = tokens.stream().mapToInt(t -> t.length).max().orElse(1);
        long[] ids = new long[tokens.size() * longest];
        long[] mask = new long[ids.length];
        for (int i = 0; i < tokens.size(); i++) {
            for (int k = 0; k < tokens.get(i).length; k++) {
                ids[i * longest + k] = tokens.get(i)[k];
                mask[i * longest + k] = 1;
            }
        }
        return model.run(ids, mask, tokens.size(), longest);
    }

    /** The scores of one sentence, from tensors that know their shape. */
    static float[] scores(BertClassifier model, String sentence) {
        long[] ids = tokens(sentence);
        long[] mask = new long[ids.length];
        java.util.Arrays.fill(mask, 1);
        return model.run(Tensor.ofLongs(ids, 1, ids.length), Tensor.ofLongs(mask, 1, ids.length)).toFloats();
    }

    /** Words to numbers: a hash in place of a vocabulary; 0 begins every sentence. */
    static long[] tokens(String sentence) {
        String[] words = sentence.toLowerCase(Locale.ROOT).strip().split("\\W+");
        long[] ids = new long[Math.min(words.length + 1, LONGEST)];
        for (int i = 1; i < ids.length; i++) {
            ids[i] = 1 + Math.floorMod(words[i - 1].hashCode(), VOCABULARY - 1);
        }
        return ids;
    }
}
