package dev.lathe.compiler.onnx.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextTest {
    private static Tensor s(String... v) {
        return new Tensor(ElementType.STR, new int[] {v.length}, v);
    }

    private static Tensor cast(Tensor t, int to) {
        return OneNode.of("Cast", 13).attr("to", to).in(t).run(1).get(0);
    }

    @Test
    void numbersAreWrittenAsNumpyWritesThem() {
        Tensor f = Tensor.ofFloats(new int[] {9}, 0.1f, 1, -0f, 1e-5f, 1e20f, Float.NaN, Float.NEGATIVE_INFINITY, 16777216f, 0.47892547f);
        assertArrayEquals(new String[] {"0.1", "1.0", "-0.0", "1e-05", "1e+20", "nan", "-inf", "16777216.0", "0.47892547"}, cast(f, 8).strings());
        Tensor d = new Tensor(ElementType.F64, new int[] {3}, new double[] {0.1, 2e-3, 1.2345678901234568e-300});
        assertArrayEquals(new String[] {"0.1", "0.002", "1.2345678901234568e-300"}, cast(d, 8).strings());
        Tensor h = new Tensor(ElementType.F16, new int[] {2}, new float[] {0.0999755859375f, 65504});
        assertArrayEquals(new String[] {"0.1", "65500.0"}, cast(h, 8).strings());
        assertArrayEquals(new String[] {"-5"}, cast(Tensor.ofLongs(new int[] {1}, -5), 8).strings());
        assertArrayEquals(new String[] {"18446744073709551615"}, cast(new Tensor(ElementType.U64, new int[] {1}, new long[] {-1}), 8).strings());
        assertArrayEquals(new String[] {"False", "True"}, cast(new Tensor(ElementType.BOOL, new int[] {2}, new int[] {0, 1}), 8).strings());
    }

    @Test
    void numbersAreReadFromText() {
        assertArrayEquals(new float[] {1.5f, -2e10f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0.1f},
                cast(s("1.5", " -2E10", "NaN", "+INF", "-infinity", "0.1"), 1).floats());
        assertArrayEquals(new long[] {42, -3, 9007199254740993L}, cast(s("42", "-3.9", "9007199254740993"), 7).longs());
        assertArrayEquals(new int[] {255}, cast(s("255"), 2).ints());
        assertThrows(RuntimeException.class, () -> cast(s("1.5f"), 1));
    }

    @Test
    void concatenationBroadcasts() {
        assertArrayEquals(new String[] {"a!", "b!"}, OneNode.of("StringConcat", 20).in(s("a", "b")).in(s("!")).run(1).get(0).strings());
    }

    @Test
    void equalAndWhereOfStrings() {
        assertArrayEquals(new int[] {1, 0}, OneNode.of("Equal", 19).in(s("a", "b")).in(s("a")).run(1).get(0).ints());
        Tensor c = new Tensor(ElementType.BOOL, new int[] {2}, new int[] {1, 0});
        assertArrayEquals(new String[] {"x", "z"}, OneNode.of("Where", 9).in(c).in(s("x", "y")).in(s("w", "z")).run(1).get(0).strings());
    }

    @Test
    void stringsMoveAsOtherElementsDo() {
        Tensor x = new Tensor(ElementType.STR, new int[] {2, 2}, new String[] {"a", "b", "c", "d"});
        assertArrayEquals(new String[] {"a", "c", "b", "d"}, OneNode.of("Transpose", 13).in(x).run(1).get(0).strings());
        assertArrayEquals(new String[] {"c", "d", "c", "d"},
                OneNode.of("Gather", 13).in(x).in(Tensor.ofLongs(new int[] {2}, 1, -1)).run(1).get(0).strings());
        assertArrayEquals(new String[] {"a", "b", "a", "b", "c", "d", "c", "d"},
                OneNode.of("Concat", 13).attr("axis", 1).in(x).in(x).run(1).get(0).strings());
    }

    @Test
    void splitsAsPythonDoes() {
        List<Tensor> r = OneNode.of("StringSplit", 20).attr("delimiter", ".").in(s("a.b", "", "c..d")).run(2);
        assertArrayEquals(new int[] {3, 3}, r.get(0).dims());
        assertArrayEquals(new String[] {"a", "b", "", "", "", "", "c", "", "d"}, r.get(0).strings());
        assertArrayEquals(new long[] {2, 1, 3}, r.get(1).longs());
        List<Tensor> w = OneNode.of("StringSplit", 20).attr("maxsplit", 1).in(s("  a  b c ", "")).run(2);
        assertArrayEquals(new String[] {"a", "b c ", "", ""}, w.get(0).strings());
        assertArrayEquals(new long[] {2, 0}, w.get(1).longs());
    }

    private static OneNode tokenizer() {
        return OneNode.microsoft("Tokenizer").attr("pad_value", "#");
    }

    @Test
    void tokensAreWhatAPatternFindsOrSeparatorsLeave() {
        List<Tensor> r = tokenizer().attr("mark", 0).attr("mincharnum", 2).attr("tokenexp", "[a-zA-Z0-9_]+").in(s("this is a test", "Ends. here", "!")).run(1);
        assertArrayEquals(new int[] {3, 3}, r.get(0).dims());
        assertArrayEquals(new String[] {"this", "is", "test", "Ends", "here", "#", "#", "#", "#"}, r.get(0).strings());
        // the second separator parts what the first one has left; marks stand around
        Tensor x = new Tensor(ElementType.STR, new int[] {1, 2}, new String[] {"a,b;c", ";;"});
        Tensor y = tokenizer().attr("mark", 1).attr("mincharnum", 1).attr("separators", new String[] {",", ";+"}).in(x).run(1).get(0);
        assertArrayEquals(new int[] {1, 2, 5}, y.dims());
        assertArrayEquals(new String[] {"\u0002", "a", "b", "c", "\u0003", "\u0002", "\u0003", "#", "#", "#"}, y.strings());
        // no separator: characters
        Tensor c = tokenizer().attr("mark", 0).attr("mincharnum", 1).attr("separators", new String[] {""}).in(s("añ", "日本語")).run(1).get(0);
        assertArrayEquals(new String[] {"a", "ñ", "#", "日", "本", "語"}, c.strings());
        assertThrows(LatheException.class, () -> tokenizer().in(s("a")).run(1));
    }

    @Test
    void matchesWholeStrings() {
        assertArrayEquals(new int[] {1, 0}, OneNode.of("RegexFullMatch", 20).attr("pattern", "(?P<word>[a-z]+)\\d?").in(s("abc1", "abc12")).run(1).get(0).ints());
        LatheException e = assertThrows(LatheException.class, () -> OneNode.of("RegexFullMatch", 20).attr("pattern", "(").in(s("a")).run(1));
        assertEquals(true, e.getMessage().contains("pattern"));
    }

    @Test
    void patternsThatGoBackForeverAreGivenUp() {
        String text = "a".repeat(60) + "!";
        for (OneNode n : List.of(OneNode.of("RegexFullMatch", 20).attr("pattern", "(?:a+?)+?b"), tokenizer().attr("mark", 0).attr("mincharnum", 1).attr("tokenexp", "(?:a+?)+?b"), tokenizer().attr("mark", 0).attr("mincharnum", 1).attr("separators", new String[] {"(?:a+?)+?b"}))) {
            RuntimeException e = assertThrows(RuntimeException.class, () -> n.in(s(text)).run(1));
            assertEquals(true, e.getMessage().contains("(?:a+?)+?b\" takes too long on a text of 61 characters"), e.getMessage());
        }
        OneNode deep = OneNode.of("RegexFullMatch", 20).attr("pattern", "(a|b)*").in(s("ab".repeat(200_000)));
        assertEquals(true, assertThrows(RuntimeException.class, () -> deep.run(1)).getMessage().contains("(a|b)*\" goes too deep"));
        String words = "some words, ".repeat(20_000);
        assertArrayEquals(new int[] {1, 0}, OneNode.of("RegexFullMatch", 20).attr("pattern", ".*wor[a-z]+,\\s.*").in(s(words, "word ")).run(1).get(0).ints());
    }

    @Test
    void normalizerDropsStopWords() {
        Tensor x = s("Monday", "the", "THE", "x");
        assertArrayEquals(new String[] {"MONDAY", "X"}, OneNode.of("StringNormalizer", 10).attr("case_change_action", "UPPER")
                .attr("stopwords", new String[] {"The"}).in(x).run(1).get(0).strings());
        assertArrayEquals(new String[] {"Monday", "THE", "x"}, OneNode.of("StringNormalizer", 10).attr("is_case_sensitive", 1)
                .attr("stopwords", new String[] {"the"}).in(x).run(1).get(0).strings());
        // nothing left is one empty string
        assertArrayEquals(new String[] {""}, OneNode.of("StringNormalizer", 10).attr("stopwords", new String[] {"x"}).in(s("x")).run(1).get(0).strings());
    }

    @Test
    void countsNGramsOfStringsWithWeights() {
        OneNode n = OneNode.of("TfIdfVectorizer", 9).attr("mode", "TFIDF").attr("min_gram_length", 1).attr("max_gram_length", 2).attr("max_skip_count", 1)
                .attr("ngram_counts", new long[] {0, 2}).attr("ngram_indexes", new long[] {2, 0, 1, 3}).attr("weights", 1f, 2f, 0.5f, 3f)
                .attr("pool_strings", new String[] {"b", "a", "b", "a", "a", "b"});
        // a twice, b three times; (b, a) next to each other twice, and no more at distance 2; (a, b) twice, once at distance 2... counted below
        Tensor x = new Tensor(ElementType.STR, new int[] {1, 5}, new String[] {"b", "a", "b", "a", "b"});
        float[] r = n.in(x).run(1).get(0).floats();
        assertArrayEquals(new float[] {2 * 2, 0.5f * 2, 3, 3 * 2}, r);
    }
}
