package dev.lathe.compiler.cli;

import dev.lathe.runtime.Target;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;

/** Targets as they are typed: {@code auto}, or names separated by commas. */
record TargetList(List<Target> targets) {
    static final class Converter implements CommandLine.ITypeConverter<TargetList> {
        @Override
        public TargetList convert(String text) {
            return of(text);
        }
    }

    static final class OneConverter implements CommandLine.ITypeConverter<Target> {
        @Override
        public Target convert(String text) {
            if (text.equals("auto")) {
                return Target.best();
            }
            return one(text);
        }
    }

    static TargetList of(String text) {
        Set<Target> all = new LinkedHashSet<>();
        for (String t : text.split(",", -1)) {
            if (t.strip().equals("auto")) {
                all.add(Target.PORTABLE);
                all.add(Target.best());
            } else {
                all.add(one(t.strip()));
            }
        }
        return new TargetList(List.copyOf(all));
    }

    private static Target one(String text) {
        Target t = Target.ofText(text.toLowerCase(Locale.ROOT));
        if (t == null) {
            throw new CommandLine.TypeConversionException("there is no target '" + text + "'; targets are auto, "
                    + Arrays.stream(Target.values()).map(Target::text).collect(Collectors.joining(", ")));
        }
        return t;
    }

    @Override
    public String toString() {
        return targets.stream().map(Target::text).collect(Collectors.joining(", "));
    }
}
