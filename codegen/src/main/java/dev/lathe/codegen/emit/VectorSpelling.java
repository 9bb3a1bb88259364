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
 *
 * <p>Operations are calls of the abstract {@code lanewise}, not of {@code add} or {@code fma}: these are shared methods
 * that call it, and once vectors of several lengths have passed through them, in this model or anywhere in the process,
 * C2 of JDK 17 no longer sees which it is and boxes every vector. The profile of a call in a kernel is its own.
 */
final class VectorSpelling {
    private static final String PACKAGE = "jdk/incubator/vector/";
    private static final String VECTOR = PACKAGE + "Vector";
    private static final String MASK = PACKAGE + "VectorMask";
    private static final String SPECIES = PACKAGE + "VectorSpecies";
    private static final String OPERATORS = PACKAGE + "VectorOperators";

    private static final MethodRef CAST = MethodRef.ofVirtual(Class.class, "cast", Object.class, Object.class);

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

    /**
     * [] -> [vector]; {@code value} pushes the vector. For a value of which C2 of JDK 17 doesn't know the class (loads,
     * other elements' bits, what a loop changes), before a method of the API is called on it: a cast to the class of the species.
     */
    void exact(VType t, Runnable value) {
        c.constant("CLASS_" + t, "Ljava/lang/Class;", init -> new VectorSpelling(init).type(t));
        value.run();
        c.call(CAST).cast(owner(t.scalar()));
    }

    private void type(VType t) {
        species(t.scalar(), t.lanes());
        c.callInterface(SPECIES, "vectorType", "()Ljava/lang/Class;");
    }

    /** [] -> [vector]; {@code value} pushes the vector. The same bits, from an operation (a NaN stays one). */
    void same(VType t, Runnable value) {
        Scalar s = t.scalar();
        boolean wide = bits(s) == 64;
        constant(t, !s.isFloat() ? 0 : wide ? Double.doubleToRawLongBits(1) : Float.floatToRawIntBits(1));
        binary(s, s.isFloat() ? "MUL" : "OR", value);
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

    /**
     * [] -> [float], an element of an array of floats that {@code arrayAndIndex} pushes. The same as an array load, but C2 knows only after its loop
     * optimisations what an array load adds up to, so that each row of a tile would cost it an addition for each element, and a spilled address for most.
     * Of an opaque read it knows before, and keeps the sum of array and row in a register.
     */
    void elementOfRow(Runnable arrayAndIndex) {
        String handle = "java/lang/invoke/VarHandle";
        c.constant("FLOATS", desc(handle), init -> init.pushClass("[F").call(MethodRef.namedStatic("java/lang/invoke/MethodHandles", "arrayElementVarHandle",
                "(Ljava/lang/Class;)" + desc(handle))));
        arrayAndIndex.run();
        c.call(MethodRef.namedVirtual(handle, "getOpaque", "([FI)F"));
    }

    /** [] -> [vector]; {@code scalar} pushes what goes to every lane. */
    void broadcast(VType t, Runnable scalar) {
        // asked of a constant vector, of which C2 knows the class: the static method hides the class of its result
        c.constant("ZERO_" + t, desc(owner(t.scalar())), init -> new VectorSpelling(init).zero(t));
        scalar.run();
        call(t.scalar(), "broadcast", element(t.scalar()));
    }

    /** [] -> [vector] with the same constant in every lane, kept in a field. */
    void constant(VType t, long bits) {
        c.constant("SPLAT_" + t + "_" + Long.toHexString(bits), desc(owner(t.scalar())), init -> new VectorSpelling(init).splat(t, bits));
    }

    private void splat(VType t, long bits) {
        species(t.scalar(), t.lanes());
        switch (t.scalar()) {
            case F32 -> c.push(Float.intBitsToFloat((int) bits));
            case F64 -> c.push(Double.longBitsToDouble(bits));
            case I32 -> c.push((int) bits);
            default -> c.push(bits);
        }
        String d = "(" + desc(SPECIES) + element(t.scalar()) + ")" + desc(owner(t.scalar()));
        c.call(MethodRef.namedStatic(owner(t.scalar()), "broadcast", d));
    }

    private void zero(VType t) {
        species(t.scalar(), t.lanes());
        String d = "(" + desc(SPECIES) + ")" + desc(owner(t.scalar()));
        c.call(MethodRef.namedStatic(owner(t.scalar()), "zero", d));
    }

    /** [a] -> [operator a] for {@code NEG, ABS, SQRT} */
    void unary(Scalar s, String operator) {
        operator(operator, "Unary");
        call(s, "lanewise", desc(OPERATORS + "$Unary"));
    }

    /** [a] -> [a operator b] for {@code ADD, SUB, MUL, DIV, MIN, MAX, AND, OR, XOR}; {@code other} pushes b. */
    void binary(Scalar s, String operator, Runnable other) {
        operator(operator, operator.equals("SUB") || operator.equals("DIV") ? "Binary" : "Associative");
        other.run();
        call(s, "lanewise", desc(OPERATORS + "$Binary") + desc(VECTOR));
    }

    /** [a] -> [a * b + c]; {@code others} pushes b and c. */
    void fma(Scalar s, Runnable others) {
        operator("FMA", "Ternary");
        others.run();
        call(s, "lanewise", desc(OPERATORS + "$Ternary") + desc(VECTOR) + desc(VECTOR));
    }

    /** [a] -> [a shifted by b] for {@code LSHL, ASHR, LSHR}; {@code other} pushes b, a vector. */
    void shift(Scalar s, String operator, Runnable other) {
        operator(operator, "Binary");
        other.run();
        call(s, "lanewise", desc(OPERATORS + "$Binary") + desc(VECTOR));
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

    /** [mask, mask] -> [mask] for {@code and, or} */
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
