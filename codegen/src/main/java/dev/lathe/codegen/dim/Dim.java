package dev.lathe.codegen.dim;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;

/**
 * An integer known at compile time, or an expression over symbols known when a model runs: a tensor dimension, a
 * stride, an offset, a trip count. Immutable and in canonical form (a sum of products), so that equal polynomials
 * are {@code equals}. Text: {@code N*2+1}, {@code floordiv(H+1,2)}.
 */
public final class Dim {
    /** What stands inside a product. */
    public sealed interface Atom permits Sym, Op {}

    /** A symbol: an input dimension, a dimension found while running, or {@code @b7}, the offset of buffer 7. */
    public record Sym(String name) implements Atom {
        @Override
        public boolean equals(Object o) {
            return o == this || o instanceof Sym s && name.equals(s.name);
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** An operation that is no polynomial. */
    public record Op(Kind kind, List<Dim> args) implements Atom {
        @Override
        public String toString() {
            StringBuilder s = new StringBuilder(kind.text).append('(');
            for (int i = 0; i < args.size(); i++) {
                s.append(i == 0 ? "" : ",").append(args.get(i));
            }
            return s.append(')').toString();
        }

        private long eval(ToLongFunction<String> symbols) {
            long a = args.get(0).eval(symbols);
            if (kind == Kind.IFONE) {
                return args.get(a == 1 ? 1 : 2).eval(symbols);
            }
            long b = args.get(1).eval(symbols);
            return switch (kind) {
                case FLOORDIV -> Math.floorDiv(a, b);
                case MOD -> Math.floorMod(a, b);
                case MAX -> Math.max(a, b);
                case MIN -> Math.min(a, b);
                case BCAST -> {
                    if (a != b && a != 1 && b != 1) {
                        throw new ArithmeticException("dimensions " + a + " and " + b + " don't broadcast");
                    }
                    yield a == 1 ? b : a;
                }
                case IFONE -> throw new IllegalStateException();
            };
        }
    }

    public enum Kind {
        /** a / b rounded down; b positive */
        FLOORDIV("floordiv", 2),
        /** a - b * floordiv(a, b) */
        MOD("mod", 2),
        MAX("max", 2),
        MIN("min", 2),
        /** the common extent of two dimensions under broadcasting: equal, or one of them 1; anything else is an error when evaluated */
        BCAST("bcast", 2),
        /** ifone(d, a, b) = d == 1 ? a : b */
        IFONE("ifone", 3);

        public final String text;
        public final int arity;

        Kind(String text, int arity) {
            this.text = text;
            this.arity = arity;
        }

        public static Kind ofText(String text) {
            for (Kind k : values()) {
                if (k.text.equals(text)) {
                    return k;
                }
            }
            return null;
        }
    }

    /** {@code coeff} times the product of {@code atoms}, which are sorted by their text. */
    public record Term(long coeff, List<Atom> atoms) {
        // a record's own are found while running, which the first JIT compiler alone never makes fast
        @Override
        public boolean equals(Object o) {
            return o == this || o instanceof Term t && coeff == t.coeff && atoms.equals(t.atoms);
        }

        @Override
        public int hashCode() {
            return 31 * Long.hashCode(coeff) + atoms.hashCode();
        }

        String key() {
            StringBuilder s = new StringBuilder();
            for (Atom a : atoms) {
                s.append(s.length() == 0 ? "" : "*").append(a);
            }
            return s.toString();
        }
    }

    public static final Dim ZERO = new Dim(List.of());

    /** Small numbers are shared: graphs hold very many of them. */
    private static final Dim[] SMALL = LongStream.range(0, 1024).mapToObj(v -> v == 0 ? ZERO : number(v)).toArray(Dim[]::new);

    public static final Dim ONE = of(1);

    private final List<Term> terms;
    // asked of very many, most of which are constants
    private final boolean constant;
    private final long value;
    private int hash;
    private String text;

    private Dim(List<Term> terms) {
        this.terms = terms;
        this.constant = terms.isEmpty() || terms.size() == 1 && terms.get(0).atoms().isEmpty();
        this.value = terms.isEmpty() || !constant ? 0 : terms.get(0).coeff();
    }

    public static Dim of(long value) {
        return value >= 0 && value < SMALL.length ? SMALL[(int) value] : number(value);
    }

    private static Dim number(long value) {
        return new Dim(List.of(new Term(value, List.of())));
    }

    public static Dim sym(String name) {
        return ofAtom(new Sym(name));
    }

    public static List<Dim> list(long... values) {
        List<Dim> r = new ArrayList<>();
        for (long v : values) {
            r.add(of(v));
        }
        return List.copyOf(r);
    }

    private static Dim ofAtom(Atom a) {
        return new Dim(List.of(new Term(1, List.of(a))));
    }

    /** The terms, the constant last. */
    public List<Term> terms() {
        return terms;
    }

    public boolean isConst() {
        return constant;
    }

    public boolean is(long value) {
        return constant && this.value == value;
    }

    /** The value of a constant. */
    public long value() {
        if (!constant) {
            throw new IllegalStateException(this + " is not constant");
        }
        return value;
    }

    public int intValue() {
        return Math.toIntExact(value());
    }

    /** The symbol's name if this is exactly one symbol, else null. */
    public String symbol() {
        return terms.size() == 1 && terms.get(0).coeff() == 1 && terms.get(0).atoms().size() == 1
                        && terms.get(0).atoms().get(0) instanceof Sym s
                ? s.name()
                : null;
    }

    /** The sum of terms. */
    public static Dim sum(Collection<Term> all) {
        TreeMap<String, Term> m = new TreeMap<>(KEYS);
        for (Term t : all) {
            m.merge(t.key(), t, (x, y) -> new Term(Math.addExact(x.coeff(), y.coeff()), x.atoms()));
        }
        m.values().removeIf(t -> t.coeff() == 0);
        Dim d = m.isEmpty() ? ZERO : new Dim(List.copyOf(m.values()));
        return d.isConst() ? of(d.value()) : d;
    }

    // the constant (empty key) comes last
    private static final Comparator<String> KEYS =
            Comparator.comparing(String::isEmpty).thenComparing(Comparator.naturalOrder());

    public Dim plus(Dim o) {
        if (isConst() && o.isConst()) {
            return of(Math.addExact(value(), o.value()));
        }
        if (terms.isEmpty() || o.terms.isEmpty()) {
            return terms.isEmpty() ? o : this;
        }
        List<Term> all = new ArrayList<>(terms);
        all.addAll(o.terms);
        return sum(all);
    }

    public Dim plus(long o) {
        return plus(of(o));
    }

    public Dim minus(Dim o) {
        return plus(o.times(-1));
    }

    public Dim minus(long o) {
        return plus(of(-o));
    }

    public Dim times(long o) {
        return times(of(o));
    }

    public Dim times(Dim o) {
        if (isConst() && o.isConst()) {
            return of(Math.multiplyExact(value(), o.value()));
        }
        if (is(1) || o.is(1)) {
            return is(1) ? o : this;
        }
        List<Term> all = new ArrayList<>();
        for (Term a : terms) {
            for (Term b : o.terms) {
                List<Atom> atoms = new ArrayList<>(a.atoms());
                atoms.addAll(b.atoms());
                atoms.sort(Comparator.comparing(Object::toString));
                all.add(new Term(Math.multiplyExact(a.coeff(), b.coeff()), List.copyOf(atoms)));
            }
        }
        return sum(all);
    }

    /** This divided by {@code o}, rounded down. Exact divisions of polynomials by a constant or a single product simplify. */
    public Dim floorDiv(Dim o) {
        if (o.is(1)) {
            return this;
        }
        if (isConst() && o.isConst() && o.value() != 0) {
            return of(Math.floorDiv(value(), o.value()));
        }
        Dim exact = divideExact(o);
        if (exact != null) {
            return exact;
        }
        if (o.isConst() && o.value() > 0) {
            return Quotients.floorDivBy(this, o.value());
        }
        return equals(o) ? ONE : op(Kind.FLOORDIV, this, o);
    }

    public Dim floorDiv(long o) {
        return floorDiv(of(o));
    }

    /** This divided by {@code o}, rounded up. */
    public Dim ceilDiv(Dim o) {
        return plus(o).minus(1).floorDiv(o);
    }

    public Dim mod(Dim o) {
        if (isConst() && o.isConst() && o.value() != 0) {
            return of(Math.floorMod(value(), o.value()));
        }
        if (o.isConst() && o.value() > 0) {
            long n = o.value();
            Dim left = sum(terms.stream().map(t -> new Term(t.atoms().isEmpty() ? Math.floorMod(t.coeff(), n) : t.coeff() % n, t.atoms())).toList());
            return left.isConst() ? of(Math.floorMod(left.value(), n)) : op(Kind.MOD, left, o);
        }
        return divideExact(o) != null ? ZERO : op(Kind.MOD, this, o);
    }

    /** The quotient when {@code o} is one product that divides every term, else null. */
    public Dim divideExact(Dim o) {
        if (o.terms.size() != 1) {
            return equals(o) && !o.terms.isEmpty() ? ONE : null;
        }
        Term by = o.terms.get(0);
        List<Term> all = new ArrayList<>();
        for (Term t : terms) {
            if (t.coeff() % by.coeff() != 0) {
                return null;
            }
            List<Atom> atoms = new ArrayList<>(t.atoms());
            for (Atom a : by.atoms()) {
                if (!atoms.remove(a)) {
                    return null;
                }
            }
            all.add(new Term(t.coeff() / by.coeff(), List.copyOf(atoms)));
        }
        return sum(all);
    }

    public Dim max(Dim o) {
        if (isConst() && o.isConst()) {
            return of(Math.max(value(), o.value()));
        }
        Integer sign = Quotients.compare(this, o);
        return sign == null ? op(Kind.MAX, this, o) : sign >= 0 ? this : o;
    }

    public Dim min(Dim o) {
        if (isConst() && o.isConst()) {
            return of(Math.min(value(), o.value()));
        }
        Integer sign = Quotients.compare(this, o);
        return sign == null ? op(Kind.MIN, this, o) : sign <= 0 ? this : o;
    }

    /** The common extent under broadcasting. A constant greater than 1 wins over a symbol (which is checked when it runs). */
    public Dim broadcast(Dim o) {
        if (equals(o) || o.is(1)) {
            return this;
        }
        return is(1) ? o : op(Kind.BCAST, this, o);
    }

    /** {@code this == 1 ? a : b} */
    public Dim ifOne(Dim a, Dim b) {
        if (isConst()) {
            return is(1) ? a : b;
        }
        return a.equals(b) ? a : op(Kind.IFONE, this, a, b);
    }

    /** The operation, simplified as far as the methods above do. */
    public static Dim apply(Kind kind, List<Dim> a) {
        return switch (kind) {
            case FLOORDIV -> a.get(0).floorDiv(a.get(1));
            case MOD -> a.get(0).mod(a.get(1));
            case MAX -> a.get(0).max(a.get(1));
            case MIN -> a.get(0).min(a.get(1));
            case BCAST -> a.get(0).broadcast(a.get(1));
            case IFONE -> a.get(0).ifOne(a.get(1), a.get(2));
        };
    }

    static Dim op(Kind kind, Dim... args) {
        return ofAtom(new Op(kind, List.of(args)));
    }

    /** The product of all; 1 when there are none. */
    public static Dim product(List<Dim> dims) {
        Dim p = ONE;
        for (Dim d : dims) {
            p = p.times(d);
        }
        return p;
    }

    /** Every symbol that occurs, in order of first occurrence. */
    public Set<String> symbols() {
        if (isConst()) {
            return Set.of();
        }
        Set<String> s = new LinkedHashSet<>();
        collect(s);
        return s;
    }

    private void collect(Set<String> into) {
        for (Term t : terms) {
            for (Atom a : t.atoms()) {
                if (a instanceof Sym s) {
                    into.add(s.name());
                } else if (a instanceof Op o) {
                    o.args().forEach(d -> d.collect(into));
                }
            }
        }
    }

    /** This with every symbol replaced by what {@code map} gives; null keeps the symbol. */
    public Dim substitute(Function<String, Dim> map) {
        if (isConst()) {
            return this;
        }
        List<Term> all = new ArrayList<>();
        for (Term t : terms) {
            Dim p = of(t.coeff());
            for (Atom a : t.atoms()) {
                Dim f;
                if (a instanceof Sym s) {
                    Dim to = map.apply(s.name());
                    f = to == null ? ofAtom(a) : to;
                } else {
                    Op o = (Op) a;
                    f = apply(o.kind(), o.args().stream().map(d -> d.substitute(map)).toList());
                }
                p = p.times(f);
            }
            all.addAll(p.terms());
        }
        return sum(all);
    }

    /**
     * The value under an assignment of the symbols.
     *
     * @throws ArithmeticException on overflow, division by zero, or dimensions that don't broadcast
     */
    public long eval(ToLongFunction<String> symbols) {
        long r = 0;
        for (Term t : terms) {
            long p = t.coeff();
            for (Atom a : t.atoms()) {
                p = Math.multiplyExact(p, a instanceof Sym s ? symbols.applyAsLong(s.name()) : ((Op) a).eval(symbols));
            }
            r = Math.addExact(r, p);
        }
        return r;
    }

    /** The values of {@code dims} under an assignment given as a map. */
    public static int[] evalAll(List<Dim> dims, Map<String, Long> symbols) {
        int[] r = new int[dims.size()];
        for (int i = 0; i < r.length; i++) {
            r[i] = Math.toIntExact(dims.get(i).eval(symbols::get));
        }
        return r;
    }

    @Override
    public boolean equals(Object o) {
        return o == this || o instanceof Dim d && constant == d.constant && (constant ? value == d.value : terms.equals(d.terms));
    }

    @Override
    public int hashCode() {
        if (hash == 0) {
            hash = terms.hashCode();
        }
        return hash;
    }

    @Override
    public String toString() {
        if (text == null) {
            StringBuilder s = new StringBuilder();
            for (Term t : terms) {
                long c = t.coeff();
                s.append(c < 0 ? "-" : s.length() > 0 ? "+" : "");
                String k = t.key();
                String m = Long.toString(c).replace("-", "");
                s.append(k.isEmpty() ? m : m.equals("1") ? k : k + "*" + m);
            }
            text = s.length() == 0 ? "0" : s.toString();
        }
        return text;
    }
}
