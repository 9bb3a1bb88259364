package dev.lathe.codegen.lib;

import dev.lathe.runtime.State;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Operators on strings. */
public final class Texts {
    private Texts() {}

    /** Whether each of {@code n} strings matches a pattern as a whole. The pattern is RE2's, as far as Java's understands it. */
    public static void fullMatch(State s, Object[] in, int at, int[] out, int to, int n, String pattern) {
        Pattern p = Pattern.compile(pattern);
        for (int i = 0; i < n; i++) {
            out[to + i] = Scanned.look(p, in[at + i].toString(), Matcher::matches) ? 1 : 0;
        }
    }

    /** MurmurHash3_x86_32 of each of {@code n} strings' bytes in UTF-8, as a number of 32 bits without sign. */
    public static void hash(State s, Object[] in, int at, long[] out, int to, int n, int seed) {
        for (int i = 0; i < n; i++) {
            byte[] b = in[at + i].toString().getBytes(StandardCharsets.UTF_8);
            int h = seed;
            int k = 0;
            for (int j = 0; j < b.length; j++) {
                k |= (b[j] & 0xFF) << 8 * (j & 3);
                boolean whole = (j & 3) == 3;
                if (whole || j == b.length - 1) {
                    h ^= Integer.rotateLeft(k * 0xcc9e2d51, 15) * 0x1b873593;
                    h = whole ? Integer.rotateLeft(h, 13) * 5 + 0xe6546b64 : h;
                    k = 0;
                }
            }
            h ^= b.length;
            h = (h ^ h >>> 16) * 0x85ebca6b;
            h = (h ^ h >>> 13) * 0xc2b2ae35;
            out[to + i] = (h ^ h >>> 16) & 0xFFFFFFFFL;
        }
    }

    /**
     * Drops stop words and changes case; a single empty string where nothing is left.
     *
     * @param change 0 none, 1 lower, 2 upper
     * @param out OWN buffer of strings
     * @return how many strings are left
     */
    public static int[] normalize(State s, Object[] in, int at, Object[] stop, int st, int n, int stops, int sensitive, int change, int out) {
        Object[] r = (Object[]) s.reserve(out, 4, Math.max(1, n), false);
        int k = 0;
        for (int i = 0; i < n; i++) {
            String word = in[at + i].toString();
            boolean stopped = false;
            for (int j = 0; j < stops && !stopped; j++) {
                String w = stop[st + j].toString();
                stopped = sensitive != 0 ? w.equals(word) : w.toLowerCase(Locale.ROOT).equals(word.toLowerCase(Locale.ROOT));
            }
            if (!stopped) {
                r[k++] = change == 0 ? word : change == 1 ? word.toLowerCase(Locale.ROOT) : word.toUpperCase(Locale.ROOT);
            }
        }
        if (k == 0) {
            r[k++] = "";
        }
        return new int[] {k};
    }

    /**
     * Splits each string, as Python's {@code str.split} does.
     *
     * @param most splits of one string; below 0: any number
     * @param out OWN buffer of strings: as many for each as the most have, filled up with empty ones
     * @param delimiter empty: runs of white space
     * @return that number
     */
    public static int[] split(State s, Object[] in, int at, long[] counts, int to, int n, int most, int out, String delimiter) {
        List<List<String>> all = new ArrayList<>();
        int longest = 0;
        for (int i = 0; i < n; i++) {
            String text = in[at + i].toString();
            List<String> parts = delimiter.isEmpty() ? words(text, most) : parts(text, delimiter, most);
            counts[to + i] = parts.size();
            longest = Math.max(longest, parts.size());
            all.add(parts);
        }
        Object[] r = (Object[]) s.reserve(out, 4, n * longest, false);
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < longest; k++) {
                r[i * longest + k] = k < all.get(i).size() ? all.get(i).get(k) : "";
            }
        }
        return new int[] {longest};
    }

    /**
     * Takes each string apart into tokens, as ONNX Runtime's Tokenizer does.
     *
     * @param separators patterns, each of which parts what the ones before have left; one empty string: every character is a token
     * @param least characters that a token has
     * @param mark 1: a sign of the beginning and one of the end stand around a string's tokens
     * @param out OWN buffer of strings: as many for each as the most have, filled up with {@code pad}
     * @param token pattern of a token; empty: what stands between separators is one
     * @return that number
     */
    public static int[] tokens(State s, Object[] in, int at, Object[] separators, int st, int n, int patterns, int least, int mark, int out, String token, String pad) {
        List<List<String>> all = new ArrayList<>();
        int longest = 0;
        for (int i = 0; i < n; i++) {
            List<String> found = List.of(in[at + i].toString());
            if (!token.isEmpty()) {
                found = Scanned.look(Pattern.compile(token), found.get(0), m -> m.results().map(r -> r.group()).toList());
            } else if (patterns == 1 && separators[st].toString().isEmpty()) {
                found = found.get(0).codePoints().mapToObj(Character::toString).toList();
            } else {
                for (int k = 0; k < patterns; k++) {
                    Pattern by = Pattern.compile(separators[st + k].toString());
                    found = found.stream().flatMap(t -> between(by, t).stream()).toList();
                }
            }
            List<String> kept = new ArrayList<>(found);
            kept.removeIf(t -> t.codePointCount(0, t.length()) < least);
            longest = Math.max(longest, kept.size());
            all.add(kept);
        }
        if (mark != 0) {
            longest += 2;
            all.forEach(t -> {
                t.add(0, "\u0002");
                t.add("\u0003");
            });
        }
        Object[] r = (Object[]) s.reserve(out, 4, n * longest, false);
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < longest; k++) {
                r[i * longest + k] = k < all.get(i).size() ? all.get(i).get(k) : pad;
            }
        }
        return new int[] {longest};
    }

    // as Pattern.split, nothing dropped at the end
    private static List<String> between(Pattern by, String text) {
        return Scanned.look(by, text, m -> {
            List<String> r = new ArrayList<>();
            int from = 0;
            while (m.find()) {
                // nothing stands before an empty match at the beginning
                if (m.end() > 0) {
                    r.add(text.substring(from, m.start()));
                    from = m.end();
                }
            }
            r.add(text.substring(from));
            return r;
        });
    }

    private static List<String> parts(String text, String delimiter, int most) {
        List<String> r = new ArrayList<>();
        int from = 0;
        int next = text.indexOf(delimiter);
        while (next >= 0 && (most < 0 || r.size() < most)) {
            r.add(text.substring(from, next));
            from = next + delimiter.length();
            next = text.indexOf(delimiter, from);
        }
        r.add(text.substring(from));
        return r;
    }

    private static List<String> words(String text, int most) {
        List<String> r = new ArrayList<>();
        int i = 0;
        while (true) {
            while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
                i++;
            }
            if (i == text.length()) {
                return r;
            }
            if (most >= 0 && r.size() == most) {
                r.add(text.substring(i));
                return r;
            }
            int from = i;
            while (i < text.length() && !Character.isWhitespace(text.charAt(i))) {
                i++;
            }
            r.add(text.substring(from, i));
        }
    }

    /** Compares a token of the input with one of the table. */
    @FunctionalInterface
    private interface Tokens {
        int compare(int token, int entry);
    }

    /**
     * Counts n-grams that a table knows in each row of the input.
     *
     * @param pool the known n-grams, those of one length after the other, each length sorted
     * @param begin for each length from 1 on where its n-grams begin in the pool, then the pool's length
     * @param index for each n-gram the place of its count in a row of the result
     * @param weights for each n-gram; used unless {@code mode} is 0
     * @param mode 0 counts, 1 weights of those that occur, 2 counts times weights
     */
    public static void grams(State s, Object x, int at, Object pool, int p, int[] begin, int b, int[] index, int ix, float[] weights, int w,
            float[] out, int to, int rows, int columns, int width, int known, int least, int longest, int skips, int mode) {
        Tokens by = tokens(x, pool, p);
        Arrays.fill(out, to, to + rows * width, 0);
        for (int r = 0; r < rows; r++) {
            for (int skip = 1; skip <= skips + 1; skip++) {
                // a single token has no distance
                for (int n = skip == 1 ? least : Math.max(2, least); n <= longest; n++) {
                    for (int i = 0; i + (n - 1) * skip < columns; i++) {
                        int g = find(by, at + r * columns + i, skip, n, begin, b);
                        if (g >= 0) {
                            out[to + r * width + index[ix + g]]++;
                        }
                    }
                }
            }
            for (int g = 0; mode != 0 && g < known; g++) {
                int o = to + r * width + index[ix + g];
                out[o] = mode == 1 ? out[o] > 0 ? weights[w + g] : 0 : out[o] * weights[w + g];
            }
        }
    }

    private static Tokens tokens(Object x, Object pool, int p) {
        if (x instanceof Object[] a) {
            Object[] known = (Object[]) pool;
            return (t, e) -> a[t].toString().compareTo(known[p + e].toString());
        }
        long[] known = (long[]) pool;
        return x instanceof int[] a ? (t, e) -> Long.compare(a[t], known[p + e]) : (t, e) -> Long.compare(((long[]) x)[t], known[p + e]);
    }

    // the number of an n-gram among all, or -1; by bisection among those of its length
    private static int find(Tokens by, int token, int skip, int n, int[] begin, int b) {
        int first = 0;
        for (int k = 1; k < n; k++) {
            first += (begin[b + k] - begin[b + k - 1]) / k;
        }
        int lo = 0;
        int hi = (begin[b + n] - begin[b + n - 1]) / n - 1;
        while (lo <= hi) {
            int mid = (lo + hi) >>> 1;
            int c = 0;
            for (int k = 0; k < n && c == 0; k++) {
                c = by.compare(token + k * skip, begin[b + n - 1] + mid * n + k);
            }
            if (c == 0) {
                return first + mid;
            }
            lo = c > 0 ? mid + 1 : lo;
            hi = c < 0 ? mid - 1 : hi;
        }
        return -1;
    }
}
