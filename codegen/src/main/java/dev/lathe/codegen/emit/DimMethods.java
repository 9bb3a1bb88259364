package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.asm.MethodRef;
import dev.lathe.codegen.asm.Op;
import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.jar.StateLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Long dimension expressions as static methods {@code d<n>(int[] d)} of one program, one for each expression. */
final class DimMethods {
    private record Key(Dim dim, boolean wide) {}

    private final ClassSet classes;
    private final StateLayout layout;
    private final Map<Key, MethodRef> methods = new HashMap<>();

    DimMethods(ClassSet classes, StateLayout layout) {
        this.classes = classes;
        this.layout = layout;
    }

    /** The element of the symbols' values that is this one. */
    int slot(String symbol) {
        return layout.slot(symbol);
    }

    /** The method that returns the value of {@code d}, an int or, when {@code wide}, a long. */
    MethodRef method(Dim d, boolean wide) {
        Key key = new Key(d, wide);
        MethodRef known = methods.get(key);
        if (known != null) {
            return known;
        }
        String name = classes.unique("d" + methods.size());
        MethodRef m = classes.define("dimension " + name, name, wide ? "([I)J" : "([I)I", List.of("d"), c -> {
            new DimEmitter(c, DimMethods::array, this, DimEmitter.LONG).body(d, wide);
            c.op(wide ? Op.LRETURN : Op.IRETURN);
        });
        methods.put(key, m);
        return m;
    }

    static void array(Code c) {
        c.load("d");
    }
}
