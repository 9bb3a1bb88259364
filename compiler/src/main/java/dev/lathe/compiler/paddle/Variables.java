package dev.lathe.compiler.paddle;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Value;
import java.util.HashMap;
import java.util.Map;

/** What the variables of a program hold at a point of it; an operation may give a variable a new value. */
final class Variables {
    private final Map<String, Value> values = new HashMap<>();
    private final Map<String, Value> lods = new HashMap<>();

    void put(String name, Value v) {
        values.put(name, v);
    }

    Value find(String name) {
        return values.get(name);
    }

    Value get(String name) {
        Value v = values.get(name);
        if (v == null) {
            throw new LatheException("", "variable \"" + name + "\" is used before anything is put into it",
                    "the file is damaged, or it is a program for training and not for inference");
        }
        return v;
    }

    /** Where the sequences begin; see {@link PaddleNode#lod}. */
    Value lod(String name) {
        return lods.get(name);
    }

    void lod(String name, Value v) {
        lods.put(name, v);
    }
}
