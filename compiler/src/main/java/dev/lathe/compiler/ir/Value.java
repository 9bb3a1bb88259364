package dev.lathe.compiler.ir;

import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.codegen.dim.Dim;
import dev.lathe.runtime.ElementType;
import java.util.concurrent.atomic.AtomicInteger;

/** A named value, defined once: by a node, as a graph's input, or as a region's argument. Compared by identity. */
public final class Value {
    private static final AtomicInteger MADE = new AtomicInteger();

    private final String name;
    private final Type type;
    private final int number = MADE.getAndIncrement();

    public Value(String name, Type type) {
        this.name = name;
        this.type = type;
    }

    /** Without the {@code %}; unique within a graph and its regions. */
    public String name() {
        return name;
    }

    public Type type() {
        return type;
    }

    /** Counts up from value to value of this process: what {@link ValueMap} finds it by. No result depends on it. */
    int number() {
        return number;
    }

    /** The type of a value that must be a tensor. */
    public TensorType tensor() {
        if (type instanceof TensorType t) {
            return t;
        }
        throw new IllegalStateException("%" + name + " is " + type + ", not a tensor");
    }

    public ElementType elem() {
        return tensor().elem();
    }

    public int rank() {
        return tensor().rank();
    }

    /** Dimension {@code i}; negative counts from the end. */
    public Dim dim(int i) {
        return tensor().dim(i);
    }

    @Override
    public String toString() {
        return "%" + name;
    }
}
