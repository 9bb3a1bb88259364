package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.asm.FieldRef;
import dev.lathe.codegen.asm.Op;
import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.jar.StateLayout;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Step;
import dev.lathe.runtime.State;
import dev.lathe.runtime.Storage;
import java.util.List;
import java.util.stream.Stream;

/** How a step reaches buffers and symbols: all by way of the local {@code s}, the State. */
final class StateAccess {
    /** No int. */
    static final long UNKNOWN = Long.MIN_VALUE;

    static final FieldRef OWN = FieldRef.of(State.class, "own", Object[].class);
    private static final FieldRef D = FieldRef.of(State.class, "d", int[].class);

    private static final List<FieldRef> ARENAS = Stream.of(Storage.values()).map(s -> field(s, "")).toList();
    private static final List<FieldRef> CONSTANTS = Stream.of(Storage.values()).map(s -> field(s, "c")).toList();

    private final StateLayout layout;
    private final DimMethods methods;

    StateAccess(StateLayout layout, DimMethods methods) {
        this.layout = layout;
        this.methods = methods;
    }

    private static FieldRef field(Storage s, String c) {
        return switch (s) {
            case F32 -> FieldRef.of(State.class, c + "f", float[].class);
            case F64 -> FieldRef.of(State.class, c + "g", double[].class);
            case I32 -> FieldRef.of(State.class, c + "i", int[].class);
            case I64 -> FieldRef.of(State.class, c + "j", long[].class);
            case REF -> FieldRef.of(State.class, c + "r", Object[].class);
        };
    }

    /** Pushes the array that holds a buffer. */
    void array(Code c, int id) {
        Buffer b = layout.program().buffers().get(id);
        switch (b.kind()) {
            case ARENA -> c.load("s").get(ARENAS.get(b.storage().ordinal()));
            case CONST -> c.load("s").get(CONSTANTS.get(b.storage().ordinal()));
            case OWN -> c.load("s").get(OWN).push(id).op(Op.AALOAD).cast(Locals.arrayDescriptor(Scalar.of(b.storage())));
        }
    }

    /** A number that the buffers have in common which {@link #array} pushes the same for. */
    long arrayId(int id) {
        Buffer b = layout.program().buffers().get(id);
        return switch (b.kind()) {
            case ARENA -> -1 - b.storage().ordinal();
            case CONST -> -1 - Storage.values().length - b.storage().ordinal();
            case OWN -> id;
        };
    }

    /** Pushes the index of a place in that array, {@code further} elements on. */
    void place(Code c, Step.Ref at, int further) {
        dim(c, index(at).plus(further));
    }

    /** The index of a place in its buffer's array. */
    Dim index(Step.Ref at) {
        return layout.isFixed(at.buffer()) ? at.offset().plus(layout.offset(at.buffer()))
                : layout.program().buffers().get(at.buffer()).offset().plus(at.offset());
    }

    /** The index of a place in its buffer's array where both are numbers from the first, an int; else {@link #UNKNOWN}. */
    long number(Step.Ref at) {
        if (!at.offset().isConst() || !layout.isFixed(at.buffer())) {
            return UNKNOWN;
        }
        long n = Math.addExact(at.offset().value(), layout.offset(at.buffer()));
        return n == (int) n ? n : UNKNOWN;
    }

    /** Pushes a dimension as an int. */
    void dim(Code c, Dim d) {
        dim(c, d, DimEmitter.LONG);
    }

    /** Pushes dimensions as ints, in as few bytes as it takes for all of them to stand in one method. */
    void dims(Code c, List<Dim> dims, boolean tight) {
        dims.forEach(d -> dim(c, d, tight));
    }

    /** Pushes one of several dimensions as an int. */
    void dim(Code c, Dim d, boolean tight) {
        dim(c, d, tight ? DimEmitter.TIGHT : DimEmitter.LONG);
    }

    /** Whether a dimension is pushed as a number. */
    boolean isKnown(Dim d) {
        return isInt(layout.resolve(d));
    }

    /** The number that a known dimension is. */
    long known(Dim d) {
        return layout.resolve(d).value();
    }

    private static boolean isInt(Dim d) {
        return d.isConst() && d.value() == (int) d.value();
    }

    private void dim(Code c, Dim d, int most) {
        Dim known = layout.resolve(d);
        if (isInt(known)) {
            c.push((int) known.value());
        } else {
            new DimEmitter(c, x -> x.load("s").get(D), methods, most).emitInt(known);
        }
    }

    /** Pushes the array and index where a symbol is kept. */
    void slot(Code c, String s) {
        c.load("s").get(D).push(layout.slot(s));
    }
}
