package dev.lathe.maven;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Says what the command line says in the words of a pom: elements for options, no usage of a command that nobody has typed. */
final class PomWords {
    private static final Map<String, String> ELEMENTS = Map.ofEntries(Map.entry("target", "targets"), Map.entry("shape", "shape"), Map.entry("labels", "labels"),
            Map.entry("class", "className"), Map.entry("image", "input"), Map.entry("channels", "channels"), Map.entry("scale", "scale"), Map.entry("mean", "mean"),
            Map.entry("std", "std"), Map.entry("size", "size"), Map.entry("resize", "resize"), Map.entry("fit", "fit"), Map.entry("central", "central"),
            Map.entry("fill", "fill"), Map.entry("layout", "layout"), Map.entry("dump", "dump"));
    private static final Pattern USAGE = Pattern.compile(" +(usage: lathe .*|lathe [a-z]+ .*\\[OPTIONS]|help: lathe [a-z]+ --help)");
    private static final Pattern INVALID = Pattern.compile("invalid value for option '(--[a-z]+)'(?: \\([^ ]*\\))?");
    // what is given as an example ends in a digit
    private static final Pattern OPTION = Pattern.compile("--([a-z]+)\\b(?:[ =]([\\w.=,-]*\\d)(?![\\w.]))?");

    private PomWords() {}

    static String of(String said) {
        String kept = said.lines().filter(l -> !USAGE.matcher(l).matches()).collect(Collectors.joining("\n"));
        return OPTION.matcher(INVALID.matcher(kept).replaceAll("invalid value of $1")).replaceAll(m -> Matcher.quoteReplacement(element(m.group(), m.group(1), m.group(2))));
    }

    private static String element(String whole, String option, String value) {
        String e = ELEMENTS.get(option);
        return e == null ? whole : value == null ? "<" + e + ">" : "<" + e + ">" + value + "</" + e + ">";
    }
}
