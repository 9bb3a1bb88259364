package dev.lathe.codegen.jar;

import dev.lathe.runtime.Target;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.commons.Remapper;

/**
 * The classes of {@code dev.lathe.codegen.lib} that generated code calls: a jar takes along copies of those that it
 * needs, as {@code com.acme.Digits$F32Math}. So a model carries its own arithmetic, whatever version of runtime-min
 * it meets, and runtime-min stays small.
 */
final class Library {
    private static final String HOME = "dev/lathe/codegen/lib/";
    private static final int CLASS = 7;

    private final Remapper names;
    // copies by the name of the original
    private final Map<String, byte[]> copies = new TreeMap<>();

    private Library(String id) {
        String prefix = id.replace('.', '/') + "$";
        this.names = new Remapper(Opcodes.ASM9) {
            @Override
            public String map(String name) {
                return name.startsWith(HOME) ? prefix + name.substring(HOME.length()) : name;
            }
        };
    }

    /** The contents with copies of what they call in each variant. */
    static JarContents bundled(JarContents c) {
        Library library = new Library(c.id());
        List<JarContents.Path> paths = c.paths().stream().map(p -> {
            Map<Target, JarContents.Variant> variants = new LinkedHashMap<>();
            p.variants().forEach((t, v) -> variants.put(t, new JarContents.Variant(v.layout(), v.className(), library.with(v.classes()), v.lines())));
            return new JarContents.Path(p.name(), variants);
        }).toList();
        return new JarContents(c.id(), c.name(), c.properties(), paths, c.classes(), c.texts());
    }

    private Map<String, byte[]> with(Map<String, byte[]> classes) {
        Map<String, byte[]> r = new TreeMap<>();
        List<String> open = new ArrayList<>();
        classes.forEach((name, bytes) -> {
            List<String> used = used(bytes);
            open.addAll(used);
            r.put(name, used.isEmpty() ? bytes : renamed(bytes));
        });
        while (!open.isEmpty()) {
            String original = open.remove(open.size() - 1);
            String name = names.map(original);
            if (!r.containsKey(name)) {
                byte[] bytes = read(original);
                open.addAll(used(bytes));
                r.put(name, copies.computeIfAbsent(original, o -> renamed(bytes)));
            }
        }
        return r;
    }

    // the library's classes that a class file names
    private static List<String> used(byte[] file) {
        ClassReader r = new ClassReader(file);
        char[] text = new char[r.getMaxStringLength()];
        List<String> used = new ArrayList<>();
        for (int i = 1; i < r.getItemCount(); i++) {
            int at = r.getItem(i);
            if (at > 0 && r.readByte(at - 1) == CLASS) {
                String name = r.readUTF8(at, text);
                if (name.startsWith(HOME)) {
                    used.add(name);
                }
            }
        }
        return used;
    }

    // lines stay, for stack traces and profilers; local variables go
    private byte[] renamed(byte[] file) {
        ClassWriter w = new ClassWriter(0);
        new ClassReader(file).accept(new ClassRemapper(new ClassVisitor(Opcodes.ASM9, w) {
            @Override
            public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] exceptions) {
                return new MethodVisitor(Opcodes.ASM9, super.visitMethod(access, name, descriptor, signature, exceptions)) {
                    @Override
                    public void visitLocalVariable(String name, String descriptor, String signature, Label start, Label end, int index) {
                        // not kept
                    }
                };
            }
        }, names), 0);
        return w.toByteArray();
    }

    private static byte[] read(String name) {
        try (InputStream in = Library.class.getResourceAsStream("/" + name + ".class")) {
            if (in == null) {
                throw new IllegalStateException("the class " + name + " is missing in this installation");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
