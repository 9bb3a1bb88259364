package dev.lathe.compiler.ir;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A node's attributes, sorted by name. A value is a {@code Long}, {@code Double}, {@code String}, {@code Boolean},
 * {@link ElementType}, {@link Tensor}, {@link Dim}, or a {@code List} of one of Long, Double, String, Dim.
 * Text: {@code {axis = 1, eps = 1.0e-5, mode = "max", to = f16, pads = [1,1,1,1], dims = dims[N,3]}}.
 */
public final class Attrs {
    public static final Attrs NONE = new Attrs(Map.of());

    private final Pairs map;
    private int hash;
    /** Like nodes share their attributes, and passes change them all in the same way. */
    private Changed changed;

    private record Changed(String name, Object value, Attrs result) {}

    private Attrs(Map<String, Object> sorted) {
        this.map = new Pairs(sorted);
    }

    public static Attrs of(Map<String, Object> map) {
        return map.isEmpty() ? NONE : new Attrs(map instanceof SortedMap ? map : new TreeMap<>(map));
    }

    /** A map that can't change, in its entries' order: very long graphs hold one for each node, and of a tree's memory it takes a fourth. */
    private static final class Pairs extends AbstractMap<String, Object> {
        private final Object[] pairs;

        Pairs(Map<String, Object> sorted) {
            pairs = new Object[2 * sorted.size()];
            int n = 0;
            for (Entry<String, Object> e : sorted.entrySet()) {
                pairs[n++] = e.getKey();
                pairs[n++] = e.getValue();
            }
        }

        @Override
        public Object get(Object name) {
            for (int i = 0; i < pairs.length; i += 2) {
                if (pairs[i].equals(name)) {
                    return pairs[i + 1];
                }
            }
            return null;
        }

        @Override
        public boolean containsKey(Object name) {
            return get(name) != null;
        }

        @Override
        public int size() {
            return pairs.length / 2;
        }

        @Override
        public Set<Entry<String, Object>> entrySet() {
            return new AbstractSet<>() {
                @Override
                public Iterator<Entry<String, Object>> iterator() {
                    return new Iterator<>() {
                        private int next;

                        @Override
                        public boolean hasNext() {
                            return next < pairs.length;
                        }

                        @Override
                        public Entry<String, Object> next() {
                            if (next == pairs.length) {
                                throw new NoSuchElementException();
                            }
                            next += 2;
                            return Map.entry((String) pairs[next - 2], pairs[next - 1]);
                        }
                    };
                }

                @Override
                public int size() {
                    return Pairs.this.size();
                }
            };
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Pairs p ? Arrays.equals(pairs, p.pairs) : super.equals(o);
        }

        @Override
        public int hashCode() {
            int h = 0;
            for (int i = 0; i < pairs.length; i += 2) {
                h += pairs[i].hashCode() ^ pairs[i + 1].hashCode();
            }
            return h;
        }

        @Override
        public void forEach(BiConsumer<? super String, ? super Object> action) {
            for (int i = 0; i < pairs.length; i += 2) {
                action.accept((String) pairs[i], pairs[i + 1]);
            }
        }
    }

    /** {@code of("axis", 1L, "mode", "max")}; ints and floats are widened. */
    public static Attrs of(Object... pairs) {
        Map<String, Object> m = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            m.put((String) pairs[i], widen(pairs[i + 1]));
        }
        return of(m);
    }

    private static Object widen(Object v) {
        if (v instanceof Integer i) {
            return i.longValue();
        }
        if (v instanceof Float f) {
            return f.doubleValue();
        }
        if (v instanceof long[] a) {
            return Arrays.stream(a).boxed().toList();
        }
        if (v instanceof int[] a) {
            Long[] l = new Long[a.length];
            for (int i = 0; i < a.length; i++) {
                l[i] = (long) a[i];
            }
            return List.of(l);
        }
        if (v instanceof List<?> l && !l.isEmpty() && l.get(0) instanceof Integer) {
            return l.stream().map(x -> ((Integer) x).longValue()).toList();
        }
        return v instanceof List<?> l ? List.copyOf(l) : Objects.requireNonNull(v);
    }

    public Attrs with(String name, Object value) {
        Object wide = widen(value);
        Changed known = changed;
        if (known != null && known.name.equals(name) && known.value.equals(wide)) {
            return known.result;
        }
        Map<String, Object> m = new TreeMap<>(map);
        m.put(name, wide);
        Attrs result = of(m);
        if (!(wide instanceof Tensor)) {
            changed = new Changed(name, wide, result);
        }
        return result;
    }

    public Attrs without(String name) {
        Map<String, Object> m = new TreeMap<>(map);
        m.remove(name);
        return of(m);
    }

    public boolean has(String name) {
        return map.containsKey(name);
    }

    public Map<String, Object> asMap() {
        return map;
    }

    private <T> T get(String name, Class<T> type) {
        Object v = map.get(name);
        if (!type.isInstance(v)) {
            throw new LatheException("", "attribute " + name + " is " + (v == null ? "missing" : v) + "; a " + type.getSimpleName() + " is needed");
        }
        return type.cast(v);
    }

    public long integer(String name) {
        return get(name, Long.class);
    }

    public long integer(String name, long absent) {
        return has(name) ? integer(name) : absent;
    }

    public int intValue(String name) {
        return Math.toIntExact(integer(name));
    }

    public double real(String name) {
        return get(name, Double.class);
    }

    public double real(String name, double absent) {
        return has(name) ? real(name) : absent;
    }

    public String text(String name) {
        return get(name, String.class);
    }

    public String text(String name, String absent) {
        return has(name) ? text(name) : absent;
    }

    public boolean flag(String name) {
        return has(name) && get(name, Boolean.class);
    }

    public ElementType type(String name) {
        return get(name, ElementType.class);
    }

    public Tensor tensor(String name) {
        return get(name, Tensor.class);
    }

    public Dim dim(String name) {
        return get(name, Dim.class);
    }

    @SuppressWarnings("unchecked")
    private <T> List<T> list(String name, Class<T> of) {
        List<?> l = get(name, List.class);
        for (Object o : l) {
            if (!of.isInstance(o)) {
                throw new LatheException("", "attribute " + name + " holds " + o + "; a " + of.getSimpleName() + " is needed");
            }
        }
        return (List<T>) l;
    }

    public List<Long> integers(String name) {
        return list(name, Long.class);
    }

    /** An integer list as an array. */
    public int[] ints(String name) {
        List<Long> l = integers(name);
        int[] r = new int[l.size()];
        for (int i = 0; i < r.length; i++) {
            r[i] = Math.toIntExact(l.get(i));
        }
        return r;
    }

    public List<Double> reals(String name) {
        return list(name, Double.class);
    }

    public List<String> texts(String name) {
        return list(name, String.class);
    }

    public List<Dim> dims(String name) {
        return list(name, Dim.class);
    }

    /** Whether one of them is a tensor, whose contents count where attributes are compared. */
    public boolean hasTensors() {
        for (Object o : map.pairs) {
            if (o instanceof Tensor) {
                return true;
            }
        }
        return false;
    }

    /** Gives {@code to} every dimension that is no constant, alone or in a list. */
    public void dims(Consumer<Dim> to) {
        for (int i = 1; i < map.pairs.length; i += 2) {
            if (map.pairs[i] instanceof Dim d && !d.isConst()) {
                to.accept(d);
            } else if (map.pairs[i] instanceof List<?> l && !l.isEmpty() && l.get(0) instanceof Dim) {
                for (Object o : l) {
                    if (o instanceof Dim d && !d.isConst()) {
                        to.accept(d);
                    }
                }
            }
        }
    }

    @Override
    public boolean equals(Object o) {
        return o == this || o instanceof Attrs a && map.equals(a.map);
    }

    @Override
    public int hashCode() {
        if (hash == 0) {
            hash = map.hashCode();
        }
        return hash;
    }

    @Override
    public String toString() {
        return map.toString();
    }
}
