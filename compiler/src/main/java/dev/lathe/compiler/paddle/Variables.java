package dev.lathe.compiler.paddle;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Value;
import java.util.HashMap;
import java.util.Map;

/**
 * What the variables of a program hold at a point of it; an operation may give a variable a new value. Inside a control
 * operation's block those around are seen, and what is put stays inside.
 */
final class Variables {
    private final Variables outer;
    private final Map<String, Value> values = new HashMap<>();
    private final Map<String, Value> lods = new HashMap<>();

    Variables(Variables outer) {
        this.outer = outer;
    }

    void put(String name, Value v) {
        values.put(name, v);
    }

    Value find(String name) {
        Value v = values.get(name);
        return v != null || outer == null ? v : outer.find(name);
    }

    Value get(String name) {
        Value v = find(name);
        if (v == null) {
            throw new LatheException("", "variable \"" + name + "\" is used before anything is put into it",
                    "the file is damaged, or it is a program for training and not for inference");
        }
        return v;
    }

    /** Where the sequences begin; see {@link PaddleNode#lod}. */
    Value lod(String name) {
        Value v = lods.get(name);
        return v != null || outer == null ? v : outer.lod(name);
    }

    void lod(String name, Value v) {
        lods.put(name, v);
    }
}
