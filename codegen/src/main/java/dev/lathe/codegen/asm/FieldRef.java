package dev.lathe.codegen.asm;

import java.lang.reflect.Modifier;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** A field that generated code can read. */
public record FieldRef(int opcode, String owner, String name, String descriptor) {
    /** A field of {@code owner}, which must exist. */
    public static FieldRef of(Class<?> owner, String name, Class<?> type) {
        try {
            var f = owner.getDeclaredField(name);
            if (f.getType() != type) {
                throw new IllegalStateException(f + " is not as expected");
            }
            int op = Modifier.isStatic(f.getModifiers()) ? Opcodes.GETSTATIC : Opcodes.GETFIELD;
            return new FieldRef(op, Type.getInternalName(owner), name, Type.getDescriptor(type));
        } catch (NoSuchFieldException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A static field known by name only, of a module that is absent at build time. */
    public static FieldRef namedStatic(String owner, String name, String descriptor) {
        return new FieldRef(Opcodes.GETSTATIC, owner, name, descriptor);
    }
}
