package dev.lathe.codegen.jar;

import dev.lathe.runtime.Target;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
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

    private static final Set<String> NO_TYPES = Set.of("permits", "record", "sealed", "var", "yield");

    public JarContents {
        String wrong = classProblem(id);
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

    /** Why {@code id} can't be the name of a class that a class path holds and Java's source can name; null when it can. */
    public static String classProblem(String id) {
        String wrong = nameProblem(id);
        int dot = id.lastIndexOf('.');
        String simple = id.substring(dot + 1);
        if (wrong != null || dot < 0 && !NO_TYPES.contains(simple)) {
            return wrong;
        } else if (NO_TYPES.contains(simple)) {
            return "Java's source has no types named " + simple;
        }
        String folder = id.substring(0, dot);
        if (folder.equals("java") || folder.startsWith("java.")) {
            return "the packages java and java.* are the JVM's; it defines no other classes there";
        } else if (folder.equals(Target.class.getPackageName())) {
            return "the package " + folder + " is Lathe's run time";
        }
        // a class path's classes in a package of a module are not found
        return ModuleFinder.ofSystem().findAll().stream().map(ModuleReference::descriptor).filter(m -> m.packages().contains(folder)).findFirst()
                .map(m -> "the package " + folder + " is one of the JDK's module " + m.name() + ", where no other classes are found").orElse(null);
    }

    /** Why {@code id} can't be a name in Java's source, with dots or without; null when it can. */
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
                    String shown = c > ' ' && c < 127 ? "'" + c + "'" : String.format("the character U+%04X", (int) c);
                    return shown + (i == 0 && Character.isJavaIdentifierPart(c) ? " can't begin a Java name" : " can't stand in a Java name");
                }
            }
        }
        return null;
    }
}
