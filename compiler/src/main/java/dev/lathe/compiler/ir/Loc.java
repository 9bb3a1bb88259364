package dev.lathe.compiler.ir;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Where a node came from: the names of source nodes; fused nodes list all. Text: {@code loc("Conv_0", "Relu_1")}. Immutable. */
public final class Loc {
    public static final Loc NONE = new Loc(List.of());

    /** Null until somebody asks: nodes that are joined one by one would copy their names again and again. */
    private List<String> names;
    private Loc first;
    private Loc second;

    public Loc(List<String> names) {
        this.names = List.copyOf(names);
    }

    private Loc(Loc first, Loc second) {
        this.first = first;
        this.second = second;
    }

    public static Loc of(String... names) {
        return new Loc(List.of(names));
    }

    /** Both, without repetition. */
    public Loc and(Loc other) {
        return other == NONE ? this : this == NONE ? other : new Loc(this, other);
    }

    public synchronized List<String> names() {
        if (names == null) {
            // no recursion: thousands may have been joined
            Set<String> all = new LinkedHashSet<>();
            Deque<Loc> left = new ArrayDeque<>(List.of(second, first));
            while (!left.isEmpty()) {
                Loc l = left.removeLast();
                List<Loc> parts = l.parts();
                if (parts.isEmpty()) {
                    all.addAll(l.names());
                } else {
                    left.addLast(parts.get(1));
                    left.addLast(parts.get(0));
                }
            }
            names = List.copyOf(all);
            first = null;
            second = null;
        }
        return names;
    }

    // what has not been put into one list yet
    private synchronized List<Loc> parts() {
        return names == null ? List.of(first, second) : List.of();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Loc l && names().equals(l.names());
    }

    @Override
    public int hashCode() {
        return names().hashCode();
    }

    @Override
    public String toString() {
        return String.join("+", names());
    }
}
