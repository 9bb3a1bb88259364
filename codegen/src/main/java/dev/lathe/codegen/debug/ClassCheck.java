package dev.lathe.codegen.debug;

import dev.lathe.codegen.emit.InMemoryLoader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.util.CheckClassAdapter;

/** Verifies class files before any JVM sees them, with better messages than it gives. */
public final class ClassCheck {
    private ClassCheck() {}

    /**
     * Checks structure and data flow of every class.
     *
     * @param classes class files by internal name
     * @param parent finds the classes that they use: runtime-min and, for vector code, {@code jdk.incubator.vector}
     * @return what is wrong; empty when nothing is
     */
    public static String report(Map<String, byte[]> classes, ClassLoader parent) {
        StringWriter out = new StringWriter();
        ClassLoader loader = new InMemoryLoader(classes, parent);
        classes.forEach((name, bytes) -> {
            try {
                new ClassReader(bytes).accept(new CheckClassAdapter(null, false), 0);
                CheckClassAdapter.verify(new ClassReader(bytes), loader, false, new PrintWriter(out));
            } catch (IllegalStateException | IllegalArgumentException | IndexOutOfBoundsException e) {
                out.append(name).append(": ").append(e.toString()).append('\n');
            }
        });
        return out.toString();
    }
}
