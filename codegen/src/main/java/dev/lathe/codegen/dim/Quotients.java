package dev.lathe.codegen.dim;

import dev.lathe.codegen.dim.Dim.Kind;
import dev.lathe.codegen.dim.Dim.Op;
import dev.lathe.codegen.dim.Dim.Term;
import java.util.ArrayList;
import java.util.List;

/** Canonical quotients by constants, and what they say of the order of two dimensions. */
final class Quotients {
    private Quotients() {}

    // canonical: multiples of the divisor stand outside, so that the constant left is from 0 to n-1; floordiv(floordiv(a,k)+c,n) = floordiv(a+c*k,k*n)
    static Dim floorDivBy(Dim d, long n) {
        List<Term> out = new ArrayList<>();
        List<Term> rest = new ArrayList<>();
        for (Term t : d.terms()) {
            boolean constant = t.atoms().isEmpty();
            long q = constant ? Math.floorDiv(t.coeff(), n) : t.coeff() % n == 0 ? t.coeff() / n : 0;
            if (q != 0) {
                out.add(new Term(q, t.atoms()));
            }
            if (t.coeff() - q * n != 0) {
                rest.add(new Term(t.coeff() - q * n, t.atoms()));
            }
        }
        Dim whole = Dim.sum(out);
        Dim left = Dim.sum(rest);
        if (left.isConst()) {
            return whole.plus(Math.floorDiv(left.value(), n));
        }
        Op inner = quotient(left);
        if (inner != null && inner.args().get(1).value() < Integer.MAX_VALUE / n) {
            long k = inner.args().get(1).value();
            return whole.plus(inner.args().get(0).plus(Math.multiplyExact(constant(left), k)).floorDiv(k * n));
        }
        return whole.plus(Dim.op(Kind.FLOORDIV, left, Dim.of(n)));
    }

    private static long constant(Dim d) {
        List<Term> terms = d.terms();
        return terms.isEmpty() || !terms.get(terms.size() - 1).atoms().isEmpty() ? 0 : terms.get(terms.size() - 1).coeff();
    }

    // the quotient by a positive constant when this is one, plus a constant; else null
    private static Op quotient(Dim d) {
        List<Term> terms = d.terms();
        Term t = terms.get(0);
        boolean alone = terms.size() == 1 || terms.size() == 2 && terms.get(1).atoms().isEmpty();
        return alone && t.coeff() == 1 && t.atoms().size() == 1 && t.atoms().get(0) instanceof Op o && o.kind() == Kind.FLOORDIV && o.args().get(1).isConst()
                        && o.args().get(1).value() > 0
                ? o
                : null;
    }

    /** The sign of {@code a - b} when it is the same whatever the symbols are (0 also: never more, or never less); null when it isn't. */
    static Integer compare(Dim a, Dim b) {
        Dim d = a.minus(b);
        if (d.isConst()) {
            return Long.signum(d.value());
        }
        Op x = a.isConst() ? null : quotient(a);
        Op y = b.isConst() ? null : quotient(b);
        if (x == null || y == null || !x.args().get(1).equals(y.args().get(1))) {
            return null;
        }
        // floor(a/n)+p and floor(b/n)+q are ordered as a+p*n and b+q*n are
        long n = x.args().get(1).value();
        Dim e = x.args().get(0).plus(Math.multiplyExact(constant(a), n)).minus(y.args().get(0).plus(Math.multiplyExact(constant(b), n)));
        return e.isConst() ? Integer.valueOf(Long.signum(e.value())) : null;
    }
}
