package dev.lathe.codegen.emit;

import dev.lathe.codegen.jar.StateLayout;
import java.util.List;
import java.util.Map;

/**
 * What {@link ClassEmitter} makes of a program.
 *
 * @param classes class files by internal name, the main class first
 * @param methods every static method in order of definition
 */
public record Emitted(Map<String, byte[]> classes, StateLayout layout, List<Method> methods) {
    /**
     * A method and where it came from.
     *
     * @param what its text is {@code kernel gemm}, {@code step 12 (Conv_0)}, ...: made when it is asked for
     * @param owner internal name of its class
     */
    public record Method(Object what, String owner, String name, int bytes) {
        /** Where it came from. */
        public String source() {
            return what.toString();
        }
    }
}
