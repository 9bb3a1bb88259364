package dev.lathe.compiler.hostile;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Damages Lathe's text word by word: words changed for others of the text, numbers for odd ones, lines lost, repeated and swapped. */
final class TextMutation {
    private static final Pattern WORD = Pattern.compile("-?\\d+|%?[A-Za-z_][A-Za-z_0-9]*|\"[^\"\n]*\"|[^\\sA-Za-z_0-9]");
    private static final String[] ODD = {"0", "1", "2", "-1", "3", "5", "17", "2147483647", "2147483648", "-2147483648", "9223372036854775807", "1e40", "nan", "N",
        "N * M", "[", "]", "(", ")", "{", "}", "<", ">", ",", ":", "=", "\"", "%", "?", "f32", "i64", "bool", "str", "f16", "true"};

    private TextMutation() {}

    static byte[] of(byte[] good, long seed) {
        Random r = new Random(seed);
        String text = new String(good, StandardCharsets.UTF_8);
        for (int i = new int[] {1, 1, 2, 4}[r.nextInt(4)]; i > 0; i--) {
            text = r.nextInt(4) == 0 ? lines(text, r) : words(text, r);
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String lines(String text, Random r) {
        List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
        int at = r.nextInt(lines.size());
        switch (r.nextInt(3)) {
            case 0 -> lines.remove(at);
            case 1 -> lines.add(r.nextInt(lines.size()), lines.get(at));
            default -> java.util.Collections.swap(lines, at, r.nextInt(lines.size()));
        }
        return String.join("\n", lines);
    }

    private static String words(String text, Random r) {
        List<MatchResult> words = WORD.matcher(text).results().toList();
        if (words.isEmpty()) {
            return text;
        }
        MatchResult w = words.get(r.nextInt(words.size()));
        String instead = switch (r.nextInt(3)) {
            case 0 -> ODD[r.nextInt(ODD.length)];
            case 1 -> words.get(r.nextInt(words.size())).group();
            default -> r.nextBoolean() ? "" : w.group() + " " + w.group();
        };
        return text.substring(0, w.start()) + instead + text.substring(w.end());
    }
}
