package dev.lathe.compiler.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/** Shapes as they are typed: {@code in=1x3x224x224}, several inputs separated by commas. */
record Shapes(Map<String, int[]> byInput) {
    static final class Converter implements CommandLine.ITypeConverter<Shapes> {
        @Override
        public Shapes convert(String text) {
            return of(text);
        }
    }

    static Shapes of(String text) {
        Map<String, int[]> shapes = new LinkedHashMap<>();
        for (String part : text.split(",", -1)) {
            int eq = part.lastIndexOf('=');
            if (eq <= 0 || shapes.put(part.substring(0, eq), dims(part.substring(eq + 1))) != null) {
                throw bad(text);
            }
        }
        return new Shapes(shapes);
    }

    private static int[] dims(String text) {
        List<Integer> dims = new ArrayList<>();
        for (String d : text.isEmpty() || text.equals("scalar") ? new String[0] : text.split("x", -1)) {
            if (!d.matches("\\d{1,9}")) {
                throw bad(text);
            }
            dims.add(Integer.parseInt(d));
        }
        return dims.stream().mapToInt(Integer::intValue).toArray();
    }

    private static CommandLine.TypeConversionException bad(String text) {
        return new CommandLine.TypeConversionException("'" + text + "' is no shape; write it like image=1x3x224x224, or a=1x8,b=1x8");
    }
}
