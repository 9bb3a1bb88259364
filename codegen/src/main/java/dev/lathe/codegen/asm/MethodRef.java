package dev.lathe.codegen.asm;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** A method that generated code can call. */
public record MethodRef(int opcode, String owner, String name, String descriptor) {
    /** A public static method of {@code owner}, which must exist. */
    public static MethodRef ofStatic(Class<?> owner, String name, Class<?> result, Class<?>... params) {
        return of(Opcodes.INVOKESTATIC, owner, name, result, params);
    }

    /** An instance method of the class {@code owner}, which must exist. */
    public static MethodRef ofVirtual(Class<?> owner, String name, Class<?> result, Class<?>... params) {
        return of(Opcodes.INVOKEVIRTUAL, owner, name, result, params);
    }

    /** The constructor without parameters of {@code owner}, which must exist. */
    public static MethodRef ofConstructor(Class<?> owner) {
        try {
            owner.getDeclaredConstructor();
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        }
        return new MethodRef(Opcodes.INVOKESPECIAL, Type.getInternalName(owner), "<init>", "()V");
    }

    /** A static method found by reflection. */
    public static MethodRef ofStatic(Method m) {
        return new MethodRef(Opcodes.INVOKESTATIC, Type.getInternalName(m.getDeclaringClass()), m.getName(), Type.getMethodDescriptor(m));
    }

    /** A static method known by name only: generated, or of a module that is absent at build time. */
    public static MethodRef namedStatic(String owner, String name, String descriptor) {
        return new MethodRef(Opcodes.INVOKESTATIC, owner, name, descriptor);
    }

    /** An instance method of a class known by name only. */
    public static MethodRef namedVirtual(String owner, String name, String descriptor) {
        return new MethodRef(Opcodes.INVOKEVIRTUAL, owner, name, descriptor);
    }

    /** A constructor of a class known by name only. */
    public static MethodRef namedConstructor(String owner, String descriptor) {
        return new MethodRef(Opcodes.INVOKESPECIAL, owner, "<init>", descriptor);
    }

    private static MethodRef of(int opcode, Class<?> owner, String name, Class<?> result, Class<?>... params) {
        try {
            var m = owner.getDeclaredMethod(name, params);
            if (m.getReturnType() != result || Modifier.isStatic(m.getModifiers()) != (opcode == Opcodes.INVOKESTATIC)) {
                throw new IllegalStateException(m + " is not as expected");
            }
            return new MethodRef(opcode, Type.getInternalName(owner), name, Type.getMethodDescriptor(m));
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        }
    }
}
