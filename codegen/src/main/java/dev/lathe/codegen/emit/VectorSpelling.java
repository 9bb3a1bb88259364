package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.asm.FieldRef;
import dev.lathe.codegen.asm.MethodRef;
import dev.lathe.codegen.loop.Expr.CmpOp;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.VType;

/**
 * How vector operations are spelt in {@code jdk.incubator.vector}; the only place that names it. Names are strings: the
 * module is absent when this is built. Only forms that C2 of JDK 17 and later turns into machine instructions.
 */
final class VectorSpelling {
    private static final String PACKAGE = "jdk/incubator/vector/";
    private static final String VECTOR = PACKAGE + "Vector";
    private static final String MASK = PACKAGE + "VectorMask";
    private static final String SPECIES = PACKAGE + "VectorSpecies";
    private static final String OPERATORS = PACKAGE + "VectorOperators";

    private final Code c;

    VectorSpelling(Code c) {
        this.c = c;
    }

    /** The descriptor of the class that holds vectors of type {@code t}. */
    static String descriptor(VType t) {
        return t.scalar() == Scalar.BOOL ? desc(MASK) : desc(owner(t.scalar()));
    }

    private static String desc(String internal) {
        return "L" + internal + ";";
    }

    private static String owner(Scalar s) {
        return switch (s) {
            case F32 -> PACKAGE + "FloatVector";
            case F64 -> PACKAGE + "DoubleVector";
            case I32 -> PACKAGE + "IntVector";
            case I64 -> PACKAGE + "LongVector";
            case BOOL, REF -> throw new IllegalStateException("no vectors of " + s.text());
        };
    }

    private static String element(Scalar s) {
        return switch (s) {
            case F32 -> "F";
            case F64 -> "D";
            case I32 -> "I";
            case I64 -> "J";
            case BOOL, REF -> throw new IllegalStateException("no vectors of " + s.text());
        };
    }

    /** True when there is a species for this type: 64 to 512 bits. */
    static boolean exists(VType t) {
        if (t.scalar() == Scalar.REF || Integer.bitCount(t.lanes()) != 1) {
            return false;
        }
        int bits = t.lanes() * bits(t.scalar());
        return t.scalar() == Scalar.BOOL ? t.lanes() >= 2 && t.lanes() <= 16 : bits >= 64 && bits <= 512;
    }

    static int bits(Scalar s) {
        return s == Scalar.F64 || s == Scalar.I64 ? 64 : 32;
    }

    private void species(Scalar s, int lanes) {
        VType t = new VType(s, lanes);
        if (!exists(t)) {
            throw new IllegalStateException("no vector of type " + t);
        }
        c.get(FieldRef.namedStatic(owner(s), "SPECIES_" + lanes * bits(s), desc(SPECIES)));
    }

    private void call(Scalar s, String name, String params) {
        c.call(MethodRef.namedVirtual(owner(s), name, "(" + params + ")" + desc(owner(s))));
    }

    private void operator(String name, String kind) {
        c.get(FieldRef.namedStatic(OPERATORS, name, desc(OPERATORS + "$" + kind)));
    }

    /** [] -> [vector]; {@code arrayAndIndex} pushes where to read. */
    void load(VType t, Runnable arrayAndIndex) {
        species(t.scalar(), t.lanes());
        arrayAndIndex.run();
        String d = "(" + desc(SPECIES) + "[" + element(t.scalar()) + "I)" + desc(owner(t.scalar()));
        c.call(MethodRef.namedStatic(owner(t.scalar()), "fromArray", d));
    }

    /** [vector, array, index] -> [] */
    void store(VType t) {
        c.call(MethodRef.namedVirtual(owner(t.scalar()), "intoArray", "([" + element(t.scalar()) + "I)V"));
    }

    /** [] -> [vector]; {@code scalar} pushes what goes to every lane. */
    void broadcast(VType t, Runnable scalar) {
        species(t.scalar(), t.lanes());
        scalar.run();
        String d = "(" + desc(SPECIES) + element(t.scalar()) + ")" + desc(owner(t.scalar()));
        c.call(MethodRef.namedStatic(owner(t.scalar()), "broadcast", d));
    }

    /** [a] -> [name(a)] for {@code neg, abs, sqrt} */
    void unary(Scalar s, String name) {
        call(s, name, "");
    }

    /** [a, b] -> [a name b] for {@code add, sub, mul, div, min, max} and on integers {@code and, or} */
    void binary(Scalar s, String name) {
        call(s, name, desc(VECTOR));
    }

    /** [a, b, c] -> [a * b + c] */
    void fma(Scalar s) {
        call(s, "fma", desc(VECTOR) + desc(VECTOR));
    }

    /** [a] -> [a xor b]; {@code other} pushes b, a vector of integers. */
    void xor(Scalar s, Runnable other) {
        operator("XOR", "Associative");
        other.run();
        call(s, "lanewise", desc(OPERATORS + "$Binary") + desc(VECTOR));
    }

    /** [a] -> [a shifted by b]; {@code other} pushes b, a vector. */
    void shiftByLane(Scalar s, String operator, Runnable other) {
        operator(operator, "Binary");
        other.run();
        call(s, "lanewise", desc(OPERATORS + "$Binary") + desc(VECTOR));
    }

    /** [a] -> [a operator amount]; {@code amount} pushes one scalar for all lanes. */
    void shift(Scalar s, String operator, Runnable amount) {
        operator(operator, "Binary");
        amount.run();
        call(s, "lanewise", desc(OPERATORS + "$Binary") + element(s));
    }

    /** [a] -> [mask]; {@code other} pushes b. */
    void compare(Scalar s, CmpOp op, Runnable other) {
        operator(op.name(), "Comparison");
        other.run();
        c.call(MethodRef.namedVirtual(owner(s), "compare", "(" + desc(OPERATORS + "$Comparison") + desc(VECTOR) + ")" + desc(MASK)));
    }

    /** [whereFalse, whereTrue, mask] -> [vector] */
    void blend(Scalar s) {
        call(s, "blend", desc(VECTOR) + desc(MASK));
    }

    /** [mask, mask] -> [mask] for {@code and, or, andNot} */
    void mask(String name) {
        c.call(MethodRef.namedVirtual(MASK, name, "(" + desc(MASK) + ")" + desc(MASK)));
    }

    /** [mask] -> [mask] */
    void maskNot() {
        c.call(MethodRef.namedVirtual(MASK, "not", "()" + desc(MASK)));
    }

    /** [mask] -> [mask of vectors of {@code s}]; the width of an element stays */
    void maskCast(Scalar s, int lanes) {
        species(s, lanes);
        c.call(MethodRef.namedVirtual(MASK, "cast", "(" + desc(SPECIES) + ")" + desc(MASK)));
    }

    /** [] -> [mask]; {@code bool} pushes 0 or 1 for all lanes. */
    void maskAll(Scalar s, int lanes, Runnable bool) {
        species(s, lanes);
        bool.run();
        c.callInterface(SPECIES, "maskAll", "(Z)" + desc(MASK));
    }

    /** [vector] -> [vector], lane by lane by value; the pairs that {@link VectorConversions} uses directly */
    void convert(Scalar from, Scalar to, int lanes) {
        operator(letter(from) + "2" + letter(to), "Conversion");
        species(to, lanes);
        c.push(0);
        String d = "(" + desc(OPERATORS + "$Conversion") + desc(SPECIES) + "I)" + desc(VECTOR);
        c.call(MethodRef.namedVirtual(VECTOR, "convertShape", d)).cast(owner(to));
    }

    private static String letter(Scalar s) {
        return s == Scalar.I64 ? "L" : element(s);
    }

    /** [vector] -> [vector], the same bits */
    void reinterpret(Scalar to) {
        String name = switch (to) {
            case F32 -> "reinterpretAsFloats";
            case F64 -> "reinterpretAsDoubles";
            case I32 -> "reinterpretAsInts";
            case I64 -> "reinterpretAsLongs";
            case BOOL, REF -> throw new IllegalStateException("bits as " + to.text());
        };
        c.call(MethodRef.namedVirtual(VECTOR, name, "()" + desc(owner(to))));
    }
}
