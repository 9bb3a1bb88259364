package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Operators on strings. */
public final class TextImport {
    private TextImport() {}

    public static void register() {
        add("StringConcat", n -> n.out(n.op("join", n.need(0), n.need(1))));
        add("RegexFullMatch", TextImport::fullMatch);
        add("StringNormalizer", TextImport::normalize);
        add("StringSplit", n -> {
            Attrs a = Attrs.of("delimiter", n.text("delimiter", ""), "most", n.integer("maxsplit", -1));
            List<Value> r = n.binding("text_split", a, n.need(0));
            n.out(0, r.get(0));
            n.out(1, r.get(1));
        });
        add("TfIdfVectorizer", TextImport::grams);
        add("com.microsoft.Tokenizer", TextImport::tokens);
    }

    private static void fullMatch(NodeImport n) {
        n.out(n.op("text_match", Attrs.of("pattern", pattern(n.text("pattern", ""))), n.need(0)));
    }

    /** A pattern of RE2's as Java writes it. */
    private static String pattern(String text) {
        // RE2 names groups as Python does
        String pattern = text.replace("(?P<", "(?<");
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            throw new LatheException("", "the pattern \"" + pattern + "\" is not understood: " + e.getDescription());
        }
        return pattern;
    }

    /** What scikit-learn's text vectorisers become, in front of TfIdfVectorizer. */
    private static void tokens(NodeImport n) {
        String token = pattern(n.text("tokenexp", ""));
        List<String> separators = n.texts("separators");
        if (token.isEmpty() == (separators == null)) {
            throw new LatheException("", "it needs separators or tokenexp, one of the two");
        }
        List<String> patterns = separators == null ? List.of() : separators.stream().map(TextImport::pattern).toList();
        Attrs a = Attrs.of("token", token, "pad", n.text("pad_value", ""), "least", n.integer("mincharnum", 1), "mark", n.flag("mark", false));
        n.out(n.binding("text_tokens", a, n.need(0), strings(n, patterns)).get(0));
    }

    static Value strings(NodeImport n, List<String> words) {
        return n.b().constant(new Tensor(ElementType.STR, new int[] {words.size()}, words.toArray(new String[0])));
    }

    private static void normalize(NodeImport n) {
        Value x = n.need(0);
        List<String> stop = n.texts("stopwords");
        String change = n.text("case_change_action", "NONE").toLowerCase(Locale.ROOT);
        if (!List.of("none", "lower", "upper").contains(change)) {
            throw n.unsupported("case_change_action " + change);
        }
        Value row = x.rank() == 1 ? x : n.op("reshape", Attrs.of("dims", List.of(x.tensor().size())), x);
        Attrs a = Attrs.of("sensitive", n.flag("is_case_sensitive", false), "change", change);
        Value r = n.binding("text_normalize", a, row, strings(n, stop == null ? List.of() : stop)).get(0);
        n.out(x.rank() == 1 ? r : n.op("reshape", Attrs.of("dims", List.of(Dim.ONE, r.dim(0))), r));
    }

    /** An n-gram of the pool. */
    private record Gram(List<Comparable<Object>> tokens, int index, float weight) {
        int compare(Gram o) {
            int c = 0;
            for (int i = 0; i < tokens.size() && c == 0; i++) {
                c = tokens.get(i).compareTo(o.tokens.get(i));
            }
            return c;
        }
    }

    @SuppressWarnings("unchecked")
    private static void grams(NodeImport n) {
        long[] counts = n.needIntegers("ngram_counts");
        long[] indexes = n.needIntegers("ngram_indexes");
        float[] weights = n.reals("weights");
        List<Object> pool = new ArrayList<>();
        boolean texts = n.hasAttr("pool_strings");
        if (texts) {
            pool.addAll(n.texts("pool_strings"));
        } else {
            Arrays.stream(n.integers("pool_int64s")).forEach(pool::add);
        }
        int longest = (int) n.integer("max_gram_length", 1);
        List<Object> sorted = new ArrayList<>();
        List<Gram> all = new ArrayList<>();
        int[] begin = new int[Math.max(longest, counts.length) + 1];
        for (int length = 1; length < begin.length; length++) {
            int from = length > counts.length ? pool.size() : (int) counts[length - 1];
            int to = length >= counts.length ? pool.size() : (int) counts[length];
            List<Gram> grams = new ArrayList<>();
            for (int at = from; at < to; at += length) {
                int k = all.size() + grams.size();
                List<Comparable<Object>> tokens = (List<Comparable<Object>>) (List<?>) pool.subList(at, at + length);
                grams.add(new Gram(tokens, (int) indexes[k], weights == null ? 1 : weights[k]));
            }
            grams.sort(Gram::compare);
            grams.forEach(g -> sorted.addAll(g.tokens));
            all.addAll(grams);
            begin[length] = sorted.size();
        }
        int width = (int) Arrays.stream(indexes).max().orElse(-1) + 1;
        int[] index = all.stream().mapToInt(Gram::index).toArray();
        float[] weight = new float[all.size()];
        for (int i = 0; i < weight.length; i++) {
            weight[i] = all.get(i).weight;
        }
        Value table = texts
                ? strings(n, sorted.stream().map(Object::toString).toList())
                : n.b().longs(sorted.stream().mapToLong(v -> (Long) v).toArray());
        Attrs a = Attrs.of("width", width, "least", n.integer("min_gram_length", 1), "longest", longest, "skips", n.integer("max_skip_count", 0),
                "mode", n.text("mode", "TF"));
        n.out(n.op("text_grams", a, n.need(0), table, n.b().constant(Tensor.ofInts(new int[] {begin.length}, begin)),
                n.b().constant(Tensor.ofInts(new int[] {index.length}, index)), n.b().constant(Tensor.ofFloats(new int[] {weight.length}, weight))));
    }
}
