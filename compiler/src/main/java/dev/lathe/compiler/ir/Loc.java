package dev.lathe.compiler.ir;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Where a node came from: the names of source nodes; fused nodes list all. Text: {@code loc("Conv_0", "Relu_1")}. */
public record Loc(List<String> names) {
    public static final Loc NONE = new Loc(List.of());

    public Loc {
        names = List.copyOf(names);
    }

    public static Loc of(String... names) {
        return new Loc(List.of(names));
    }

    /** Both, without repetition. */
    public Loc and(Loc other) {
        Set<String> all = new LinkedHashSet<>(names);
        all.addAll(other.names);
        return new Loc(List.copyOf(all));
    }

    @Override
    public String toString() {
        return String.join("+", names);
    }
}
