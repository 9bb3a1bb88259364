package dev.lathe.examples.bert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lathe.runtime.BadInputException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassifyTextTest {
    private static final List<String> SENTENCES = List.of("Where is the station?", "It rains.",
            "Please send me the report about the new engine by Friday, and copy everyone who was in the meeting", "");

    @Test
    void paddingChangesNothingButRounding() {
        try (BertClassifier model = BertClassifier.load()) {
            float[] all = ClassifyText.scores(model, SENTENCES);
            int classes = BertClassifier.LABELS.size();
            assertEquals(SENTENCES.size() * classes, all.length);
            for (int i = 0; i < SENTENCES.size(); i++) {
                float[] alone = ClassifyText.scores(model, SENTENCES.get(i));
                assertArrayEquals(alone, Arrays.copyOfRange(all, i * classes, (i + 1) * classes), 1e-4f, SENTENCES.get(i));
            }
            assertFalse(Arrays.equals(Arrays.copyOf(all, classes), Arrays.copyOfRange(all, classes, 2 * classes)));
        }
    }

    @Test
    void everyLengthRuns() {
        try (BertClassifier model = BertClassifier.load()) {
            StringBuilder text = new StringBuilder();
            for (int words = 1; words <= 70; words++) {
                text.append(" word").append(words);
                assertEquals(3, ClassifyText.scores(model, text.toString()).length);
            }
        }
    }

    @Test
    void refusesWhatIsTooLong() {
        try (BertClassifier model = BertClassifier.load()) {
            assertThrows(BadInputException.class, () -> model.run(new long[65], new long[65], 1, 65));
        }
    }
}
