package dev.lathe.compiler.ir;

import java.util.Collection;

/** A set of values as {@link ValueMap} keeps them; an absent one, null, is in none. */
public final class ValueSet {
    private final ValueMap<Value> values;

    public ValueSet() {
        this(0);
    }

    /** @param expected about how many there will be */
    public ValueSet(int expected) {
        values = new ValueMap<>(expected);
    }

    public ValueSet(Collection<Value> all) {
        this(all.size());
        all.forEach(this::add);
    }

    /** False when it is there already. */
    public boolean add(Value v) {
        return values.put(v, v) == null;
    }

    public boolean has(Value v) {
        return values.has(v);
    }

    /** False when it isn't there. */
    public boolean remove(Value v) {
        return values.remove(v) != null;
    }
}
