package dev.lathe.codegen.emit;

import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The index in {@code State.d} of every symbol of a program: input symbols in order of first appearance, symbols bound
 * by steps in order, then, when the program is not static, one {@code @b<id>} for each arena buffer.
 */
public final class Layout {
    private final Map<String, Integer> indices = new LinkedHashMap<>();

    private Layout() {}

    public static Layout of(Program p) {
        Layout l = new Layout();
        for (Port in : p.inputs()) {
            in.dims().forEach(d -> d.symbols().forEach(l::add));
        }
        for (Step s : p.flat()) {
            boundBy(s).forEach(l::add);
        }
        if (!p.isStatic()) {
            for (Buffer b : p.buffers()) {
                if (b.kind() == Buffer.Kind.ARENA) {
                    l.add("@b" + b.id());
                }
            }
        }
        return l;
    }

    /** The symbols that a step gives values, nested steps not included. */
    public static List<String> boundBy(Step s) {
        if (s instanceof Step.Helper h) {
            return h.binds();
        }
        if (s instanceof Step.Bind b) {
            return b.symbols();
        }
        return s instanceof Step.Assign a ? a.symbols() : List.of();
    }

    private void add(String symbol) {
        indices.putIfAbsent(symbol, indices.size());
    }

    public boolean has(String symbol) {
        return indices.containsKey(symbol);
    }

    public int index(String symbol) {
        Integer i = indices.get(symbol);
        if (i == null) {
            throw new IllegalStateException("symbol " + symbol + " is bound nowhere");
        }
        return i;
    }

    /** All symbols, by index. */
    public List<String> symbols() {
        return List.copyOf(indices.keySet());
    }

    public int size() {
        return indices.size();
    }
}
