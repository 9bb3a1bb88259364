package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Einsum. Operands are joined from the left; a label that neither a later operand nor the result names is summed as
 * soon as it can be: by the matrix product where both operands of a join have it, by a reduction where one has.
 */
public final class EinsumImport {
    private EinsumImport() {}

    /** A value and the label of each of its dimensions. */
    private record Term(Value v, List<Character> labels) {}

    public static void register() {
        add("Einsum", n -> n.out(einsum(n, n.text("equation", ""), n.in())));
    }

    static Value einsum(NodeImport n, String equation, List<Value> operands) {
        String eq = equation.replace(" ", "");
        int arrow = eq.indexOf("->");
        String[] sides = (arrow < 0 ? eq : eq.substring(0, arrow)).split(",", -1);
        if (sides.length != operands.size()) {
            throw new LatheException("", "equation \"" + equation + "\" is for " + sides.length + " operands, not " + operands.size());
        }
        int most = 0;
        for (int i = 0; i < sides.length; i++) {
            if (sides[i].contains("...")) {
                most = Math.max(most, operands.get(i).rank() - (sides[i].length() - 3));
            }
        }
        List<Term> terms = new ArrayList<>();
        for (int i = 0; i < sides.length; i++) {
            terms.add(diagonal(n, term(equation, sides[i], operands.get(i), most)));
        }
        List<Character> result = arrow < 0 ? implicit(sides, most) : labels(eq.substring(arrow + 2), most, most);
        Term t = terms.get(0);
        for (int i = 1; i < terms.size(); i++) {
            Set<Character> needed = new LinkedHashSet<>(result);
            terms.subList(i + 1, terms.size()).forEach(x -> needed.addAll(x.labels()));
            t = join(n, t, terms.get(i), needed);
        }
        t = summed(n, t, new LinkedHashSet<>(result));
        return arranged(n, t, result, equation);
    }

    // an ellipsis stands for dimensions labelled 0, 1, ... from the end, as broadcasting counts them
    private static List<Character> labels(String s, int most, int dots) {
        List<Character> r = new ArrayList<>();
        for (int i = 0; i < s.length(); i++) {
            if (s.startsWith("...", i)) {
                for (int k = dots - 1; k >= 0; k--) {
                    r.add((char) k);
                }
                i += 2;
            } else {
                r.add(s.charAt(i));
            }
        }
        return r;
    }

    private static Term term(String equation, String s, Value v, int most) {
        boolean dots = s.contains("...");
        int letters = dots ? s.length() - 3 : s.length();
        if (letters > v.rank() || !dots && letters < v.rank() || !s.replace("...", "").chars().allMatch(Character::isLetter)) {
            throw new LatheException("", "\"" + s + "\" of equation \"" + equation + "\" doesn't fit an operand " + v.type());
        }
        return new Term(v, labels(s, most, v.rank() - letters));
    }

    // without an arrow: all labels that occur once, sorted, after the ellipsis
    private static List<Character> implicit(String[] sides, int most) {
        Map<Character, Integer> count = new java.util.TreeMap<>();
        String all = String.join("", sides);
        boolean dots = all.contains("...");
        all.replace("...", "").chars().forEach(c -> count.merge((char) c, 1, Integer::sum));
        List<Character> r = new ArrayList<>(labels(dots ? "..." : "", most, most));
        count.forEach((c, k) -> {
            if (k == 1) {
                r.add(c);
            }
        });
        return r;
    }

    // a label that occurs twice walks along the diagonal
    private static Term diagonal(NodeImport n, Term t) {
        Map<Character, Dim> stride = new LinkedHashMap<>();
        Map<Character, Dim> extent = new LinkedHashMap<>();
        List<Dim> s = LateAxes.strides(t.v().tensor().dims());
        for (int i = 0; i < s.size(); i++) {
            stride.merge(t.labels().get(i), s.get(i), Dim::plus);
            extent.merge(t.labels().get(i), t.v().dim(i), (a, b) -> a.isConst() ? a : b);
        }
        if (stride.size() == s.size()) {
            return t;
        }
        Value v = n.op("strided", Attrs.of("offset", Dim.ZERO, "dims", List.copyOf(extent.values()), "strides", List.copyOf(stride.values())), t.v());
        return new Term(v, List.copyOf(stride.keySet()));
    }

    /** The term without the labels that aren't needed. */
    private static Term summed(NodeImport n, Term t, Set<Character> needed) {
        List<Integer> axes = new ArrayList<>();
        List<Character> left = new ArrayList<>();
        for (int i = 0; i < t.labels().size(); i++) {
            if (needed.contains(t.labels().get(i))) {
                left.add(t.labels().get(i));
            } else {
                axes.add(i);
            }
        }
        return axes.isEmpty() ? t : new Term(new Calc(n).reduce("sum", t.v(), false, axes.stream().mapToInt(i -> i).toArray()), left);
    }

    private static Term join(NodeImport n, Term first, Term second, Set<Character> needed) {
        Set<Character> keepFirst = new LinkedHashSet<>(needed);
        keepFirst.addAll(second.labels());
        Set<Character> keepSecond = new LinkedHashSet<>(needed);
        keepSecond.addAll(first.labels());
        Term a = summed(n, first, keepFirst);
        Term b = summed(n, second, keepSecond);
        List<Character> batch = new ArrayList<>();
        List<Character> inner = new ArrayList<>();
        List<Character> rows = new ArrayList<>();
        List<Character> columns = new ArrayList<>();
        for (char l : a.labels()) {
            (!b.labels().contains(l) ? rows : needed.contains(l) ? batch : inner).add(l);
        }
        for (char l : b.labels()) {
            if (!a.labels().contains(l)) {
                columns.add(l);
            }
        }
        List<Character> order = new ArrayList<>(batch);
        order.addAll(rows);
        order.addAll(columns);
        if (inner.isEmpty()) {
            Calc c = new Calc(n);
            return new Term(c.mul(spread(n, a, order), spread(n, b, order)), order);
        }
        return product(n, a, b, batch, rows, inner, columns, order);
    }

    private static Term product(NodeImport n, Term a, Term b, List<Character> batch, List<Character> rows, List<Character> inner,
            List<Character> columns, List<Character> order) {
        Calc c = new Calc(n);
        List<Dim> lead = new ArrayList<>();
        batch.forEach(l -> lead.add(extent(l, a, b)));
        List<Dim> r = rows.stream().map(l -> extent(l, a, null)).toList();
        List<Dim> cols = columns.stream().map(l -> extent(l, b, null)).toList();
        Value x = matrix(n, a, batch, rows, inner);
        Value y = matrix(n, b, batch, inner, columns);
        List<Dim> dims = new ArrayList<>(lead);
        dims.addAll(r);
        dims.addAll(cols);
        return new Term(c.reshape(n.op("matmul", x, y), dims), order);
    }

    // [batch..., product of the first labels, product of the second]; batch dimensions keep a 1 that broadcasts
    private static Value matrix(NodeImport n, Term t, List<Character> batch, List<Character> first, List<Character> second) {
        Calc c = new Calc(n);
        List<Character> order = new ArrayList<>(batch);
        order.addAll(first);
        order.addAll(second);
        Value v = permuted(c, t, order);
        List<Dim> dims = new ArrayList<>();
        batch.forEach(l -> dims.add(extent(l, t, null)));
        Dim p = Dim.ONE;
        for (char l : first) {
            p = p.times(extent(l, t, null));
        }
        Dim q = Dim.ONE;
        for (char l : second) {
            q = q.times(extent(l, t, null));
        }
        dims.add(p);
        dims.add(q);
        return c.reshape(v, dims);
    }

    private static Dim extent(char label, Term t, Term other) {
        int i = t.labels().indexOf(label);
        Dim d = i < 0 ? Dim.ONE : t.v().dim(i);
        return other == null ? d : dev.lathe.compiler.ir.op.Shapes.broadcast(List.of(List.of(d), List.of(extent(label, other, null)))).get(0);
    }

    private static Value permuted(Calc c, Term t, List<Character> order) {
        int[] perm = new int[order.size()];
        boolean same = true;
        for (int i = 0; i < perm.length; i++) {
            perm[i] = t.labels().indexOf(order.get(i));
            same &= perm[i] == i;
        }
        return same ? t.v() : c.transpose(t.v(), perm);
    }

    /** The term with a dimension for every label, 1 where it has none. */
    private static Value spread(NodeImport n, Term t, List<Character> order) {
        Calc c = new Calc(n);
        List<Character> own = order.stream().filter(t.labels()::contains).toList();
        Value v = permuted(c, t, own);
        return c.reshape(v, order.stream().map(l -> extent(l, t, null)).toList());
    }

    private static Value arranged(NodeImport n, Term t, List<Character> result, String equation) {
        for (char l : result) {
            if (!t.labels().contains(l)) {
                throw new LatheException("", "a label of the result of equation \"" + equation + "\" is in no operand");
            }
        }
        Value v = permuted(new Calc(n), t, result);
        return v == n.in(0) ? n.op("identity", v) : v;
    }
}
