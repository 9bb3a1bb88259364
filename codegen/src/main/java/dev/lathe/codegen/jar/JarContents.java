package dev.lathe.codegen.jar;

import dev.lathe.runtime.Target;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a jar is made of.
 *
 * @param id the generated class's name, {@code com.acme.Digits}; the key to everything in the jar
 * @param name the model's name, any text
 * @param properties for the stamp, readable: source digest, compiler version, numerics options ({@code option.x}), labels
 * @param paths in the order in which a session tries them; the fallback last
 * @param classes that belong to no path, by name: the typed class
 * @param texts resources, by file name: the IR that line numbers point into
 */
public record JarContents(String id, String name, Map<String, String> properties, List<Path> paths, Map<String, byte[]> classes,
        Map<String, String> texts) {
    private static final Set<String> KEYWORDS = Set.of("abstract", "assert", "boolean", "break", "byte", "case", "catch", "char", "class",
            "const", "continue", "default", "do", "double", "else", "enum", "extends", "final", "finally", "float", "for", "goto", "if",
            "implements", "import", "instanceof", "int", "interface", "long", "native", "new", "package", "private", "protected", "public",
            "return", "short", "static", "strictfp", "super", "switch", "synchronized", "this", "throw", "throws", "transient", "try",
            "void", "volatile", "while", "_", "true", "false", "null");

    public JarContents {
        String wrong = nameProblem(id);
        if (wrong != null) {
            throw new IllegalArgumentException("class name '" + id + "': " + wrong);
        }
        if (paths.isEmpty()) {
            throw new IllegalArgumentException("a jar needs at least one path");
        }
        properties = Collections.unmodifiableMap(new TreeMap<>(properties));
        paths = List.copyOf(paths);
        classes = byName(classes);
        texts = Collections.unmodifiableMap(new TreeMap<>(texts));
    }

    /**
     * One choice of known shapes.
     *
     * @param name for people: {@code 1x3x224x224}, {@code any}
     * @param variants by target
     */
    public record Path(String name, Map<Target, Variant> variants) {
        public Path {
            variants = Collections.unmodifiableMap(new EnumMap<>(variants));
        }
    }

    /**
     * The code of one path for one target.
     *
     * @param layout of the program; its constants are laid out together with those of the target's other paths
     * @param className the class that extends {@code Compiled}; its internal name ({@code com/acme/Digits}) will do
     * @param classes all classes that this variant needs, by name or internal name, that one included
     * @param lines the line of each step in the text, by step number; empty when there is none
     */
    public record Variant(StateLayout layout, String className, Map<String, byte[]> classes, int[] lines) {
        public Variant {
            className = className.replace('/', '.');
            classes = byName(classes);
            if (!classes.containsKey(className)) {
                throw new IllegalArgumentException("class " + className + " is not among " + classes.keySet());
            }
        }
    }

    private static Map<String, byte[]> byName(Map<String, byte[]> classes) {
        Map<String, byte[]> r = new TreeMap<>();
        classes.forEach((name, bytes) -> r.put(name.replace('/', '.'), bytes));
        return Collections.unmodifiableMap(r);
    }

    /** Why {@code id} can't be a class's name; null when it can. */
    public static String nameProblem(String id) {
        if (id.length() > 200) {
            return "longer than 200 characters";
        }
        for (String part : id.split("\\.", -1)) {
            if (part.isEmpty()) {
                return "a part is empty";
            }
            if (KEYWORDS.contains(part)) {
                return part + " is a Java keyword";
            }
            for (int i = 0; i < part.length(); i++) {
                char c = part.charAt(i);
                if (Character.isIdentifierIgnorable(c) || !(i == 0 ? Character.isJavaIdentifierStart(c) : Character.isJavaIdentifierPart(c))) {
                    return String.format("the character U+%04X can't stand in a Java name%s", (int) c, i == 0 ? " as its first" : "");
                }
            }
        }
        return null;
    }
}
