package dev.lathe.codegen.asm;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.objectweb.asm.ClassTooLargeException;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodTooLargeException;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** One class file of version 61 (Java 17) in the making. */
public final class ClassBuilder {
    private final ClassWriter writer;
    private final String name;
    private final Map<String, Consumer<Code>> constants = new LinkedHashMap<>();
    /** By descriptor: very many methods have few of them. */
    private final Map<String, Type[]> argumentTypes = new HashMap<>();

    /**
     * Starts a public final class.
     *
     * @param name internal name
     * @param superName internal name of the class that it extends
     * @param sourceFile what debuggers and stack traces show as its file, or null
     */
    public ClassBuilder(String name, String superName, String sourceFile) {
        this.name = name;
        this.writer = new FrameWriter();
        writer.visit(Opcodes.V17, Opcodes.ACC_PUBLIC | Opcodes.ACC_FINAL | Opcodes.ACC_SUPER, name, null, superName, null);
        if (sourceFile != null) {
            writer.visitSource(sourceFile, null);
        }
    }

    public String name() {
        return name;
    }

    Type[] argumentTypes(String descriptor) {
        return argumentTypes.computeIfAbsent(descriptor, Type::getArgumentTypes);
    }

    /** Starts a static method visible in the package; {@code params} are the names of its parameters. */
    public Code staticMethod(String method, String descriptor, List<String> params) {
        MethodVisitor mv = writer.visitMethod(Opcodes.ACC_STATIC, method, descriptor, null, null);
        return new Code(this, mv, null, descriptor, params);
    }

    /** As {@link #staticMethod}, for a body without jumps: its frames need not be computed, which takes most of the time of a small method. */
    public Code straightMethod(String method, String descriptor, List<String> params) {
        writer.setFlags(ClassWriter.COMPUTE_MAXS);
        try {
            return staticMethod(method, descriptor, params);
        } finally {
            writer.setFlags(ClassWriter.COMPUTE_FRAMES);
        }
    }

    /** Starts a protected instance method. */
    public Code protectedMethod(String method, String descriptor, List<String> params) {
        MethodVisitor mv = writer.visitMethod(Opcodes.ACC_PROTECTED, method, descriptor, null, null);
        return new Code(this, mv, name, descriptor, params);
    }

    /** Starts a method or constructor with any access flags, whose parameters' names reflection and compilers see too. */
    public Code method(int access, String method, String descriptor, List<String> params) {
        MethodVisitor mv = writer.visitMethod(access, method, descriptor, null, null);
        params.forEach(p -> mv.visitParameter(p, 0));
        return new Code(this, mv, (access & Opcodes.ACC_STATIC) != 0 ? null : name, descriptor, params);
    }

    /** A public constant, a text or an int, that compilers copy into the classes that use it. */
    public void publicConstant(String field, Object value) {
        writer.visitField(Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC | Opcodes.ACC_FINAL, field, value instanceof Integer ? "I" : "Ljava/lang/String;", null, value).visitEnd();
    }

    /** A public constant made when the class is initialised. */
    public void publicConstant(String field, String descriptor, String signature, Consumer<Code> value) {
        writer.visitField(Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC | Opcodes.ACC_FINAL, field, descriptor, signature, null).visitEnd();
        constants.put(field, c -> {
            value.accept(c);
            c.put(FieldRef.namedStatic(name, field, descriptor));
        });
    }

    /** Says that {@code inner} is the public static final class {@code simple} in {@code outer}; each class that names it says so. */
    public void nested(String inner, String outer, String simple, boolean isAbstract) {
        int kind = isAbstract ? Opcodes.ACC_ABSTRACT : Opcodes.ACC_FINAL;
        writer.visitInnerClass(inner, outer, simple, Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC | kind);
        if (inner.equals(name)) {
            writer.visitNestHost(outer);
        } else if (outer.equals(name)) {
            writer.visitNestMember(inner);
        }
    }

    /** Adds the public constructor without parameters. */
    public void constructor(MethodRef superConstructor) {
        MethodVisitor mv = writer.visitMethod(Opcodes.ACC_PUBLIC, "<init>", "()V", null, null);
        new Code(this, mv, name, "()V", List.of()).load("this").call(superConstructor).op(Op.RETURN).end();
    }

    /** Adds a static boolean visible in the package; it is false at first. */
    public FieldRef flag(String field) {
        writer.visitField(Opcodes.ACC_STATIC, field, "Z", null, null).visitEnd();
        return FieldRef.namedStatic(name, field, "Z");
    }

    /** A static final field that {@code value} pushes the value of when the class is initialised; one field for each name. */
    FieldRef constant(String field, String descriptor, Consumer<Code> value) {
        FieldRef f = FieldRef.namedStatic(name, field, descriptor);
        if (!constants.containsKey(field)) {
            int access = Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC | Opcodes.ACC_FINAL;
            writer.visitField(access, field, descriptor, null, null).visitEnd();
            constants.put(field, c -> {
                value.accept(c);
                c.put(f);
            });
        }
        return f;
    }

    /** Entries in the constant pool by now, at least. */
    public int poolSize(String probe) {
        return writer.newUTF8(probe);
    }

    /**
     * The class file.
     *
     * @throws IllegalStateException when a method or the class is over the JVM's limits
     */
    public byte[] toBytes() {
        if (!constants.isEmpty()) {
            Code c = staticMethod("<clinit>", "()V", List.of());
            constants.values().forEach(v -> v.accept(c));
            c.op(Op.RETURN).end();
        }
        writer.visitEnd();
        try {
            return writer.toByteArray();
        } catch (MethodTooLargeException e) {
            throw new IllegalStateException("method " + e.getMethodName() + " has " + e.getCodeSize() + " bytes", e);
        } catch (ClassTooLargeException e) {
            throw new IllegalStateException("class " + name + " has " + e.getConstantPoolCount() + " constants", e);
        }
    }

    /** Computes frames without loading classes: where two classes meet, code uses nothing but what Object has. */
    private static final class FrameWriter extends ClassWriter {
        FrameWriter() {
            super(COMPUTE_FRAMES);
        }

        @Override
        protected String getCommonSuperClass(String a, String b) {
            return "java/lang/Object";
        }
    }
}
