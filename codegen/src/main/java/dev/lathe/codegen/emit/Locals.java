package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.VType;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What the emitter of one kernel knows about its locals, and the temporaries it adds. */
final class Locals {
    private record Fact(int depth, boolean fixed, Scalar maskOf) {}

    private final Map<String, Fact> facts = new HashMap<>();
    private final Set<String> exact = new HashSet<>();
    private final boolean classes;
    private int temporaries;
    private int depth;

    /** @param classes whether the kernel says of vectors of which class they are */
    Locals(boolean classes) {
        this.classes = classes;
    }

    boolean saysClasses() {
        return classes;
    }

    void declare(String name, boolean fixed, Scalar maskOf) {
        facts.put(name, new Fact(depth, fixed, maskOf));
        exact.remove(name);
    }

    /** Notes that C2 knows the class of what a vector local holds. */
    void setExact(String name) {
        if (classes) {
            exact.add(name);
        }
    }

    boolean isExact(String name) {
        return exact.contains(name);
    }

    void enterLoop() {
        depth++;
    }

    void leaveLoop() {
        depth--;
    }

    /** How many loops are open. */
    int depth() {
        return depth;
    }

    boolean isDeclared(String name) {
        return facts.containsKey(name);
    }

    /** How many loops the declaration stands in. */
    int depth(String name) {
        Fact f = facts.get(name);
        return f == null ? 0 : f.depth;
    }

    /** True when the local never changes between its declaration and the end of its scope. */
    boolean isFixed(String name) {
        Fact f = facts.get(name);
        return f != null && f.fixed;
    }

    /** The element type of the vectors that a bool vector local is a mask of. */
    Scalar maskOf(String name) {
        return facts.get(name).maskOf;
    }

    /** A name that no local of the kernel has. */
    String temporary() {
        return "$" + temporaries++;
    }

    /** Stores the top of the stack, a value of type {@code t}, in a temporary. */
    Expr.Var store(Code c, VType t, Scalar maskOf) {
        String name = temporary();
        c.declareAndStore(name, descriptor(t));
        declare(name, true, maskOf);
        return new Expr.Var(name, t);
    }

    static String descriptor(VType t) {
        if (t.isVector()) {
            return VectorSpelling.descriptor(t);
        }
        return switch (t.scalar()) {
            case F32 -> "F";
            case F64 -> "D";
            case I32, BOOL -> "I";
            case I64 -> "J";
            case REF -> "Ljava/lang/Object;";
        };
    }

    /** The descriptor of the array of a buffer of {@code s}. */
    static String arrayDescriptor(Scalar s) {
        return "[" + descriptor(s.scalar());
    }
}
