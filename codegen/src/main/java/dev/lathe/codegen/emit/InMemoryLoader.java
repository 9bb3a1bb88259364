package dev.lathe.codegen.emit;

import dev.lathe.runtime.Compiled;
import java.util.Map;

/** Defines emitted classes in this JVM. */
public final class InMemoryLoader extends ClassLoader {
    private final Map<String, byte[]> classes;

    /**
     * @param classes class files by internal name
     * @param parent must see runtime-min
     */
    public InMemoryLoader(Map<String, byte[]> classes, ClassLoader parent) {
        super(parent);
        this.classes = Map.copyOf(classes);
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] b = classes.get(name.replace('.', '/'));
        if (b == null) {
            throw new ClassNotFoundException(name);
        }
        return defineClass(name, b, 0, b.length);
    }

    /** A new instance of the main class. */
    public static Compiled load(Emitted e) {
        String main = e.classes().keySet().iterator().next().replace('/', '.');
        try {
            Class<?> c = new InMemoryLoader(e.classes(), Compiled.class.getClassLoader()).loadClass(main);
            return (Compiled) c.getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException x) {
            throw new IllegalStateException(x);
        }
    }
}
