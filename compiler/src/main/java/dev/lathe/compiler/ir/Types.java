package dev.lathe.compiler.ir;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Type.OptType;
import dev.lathe.compiler.ir.Type.SeqType;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What is known of values that come by several ways. Elements of sequences and optionals are described loosely: a
 * dimension that may differ among them is a symbol that begins with {@code ?}; where even the rank may differ, or no
 * element has been seen yet, one such symbol stands for all dimensions.
 */
public final class Types {
    /** All dimensions of an element whose rank isn't known. */
    private static final Dim ANY_RANK = Dim.sym("?rank");

    /** All dimensions of an element that isn't there: of a sequence that is empty, so far. */
    private static final Dim NOTHING = Dim.sym("?none");

    private Types() {}

    public static TensorType anyRank(ElementType t) {
        return new TensorType(t, List.of(ANY_RANK));
    }

    public static TensorType nothing(ElementType t) {
        return new TensorType(t, List.of(NOTHING));
    }

    public static boolean rankKnown(TensorType t) {
        return !t.dims().equals(List.of(ANY_RANK)) && !t.dims().equals(List.of(NOTHING));
    }

    /** What is known of a value as an element: only constant dimensions say something outside the place where it was made. */
    public static Type element(Type t) {
        if (t instanceof TensorType x && rankKnown(x)) {
            List<Dim> d = new ArrayList<>();
            for (int i = 0; i < x.rank(); i++) {
                d.add(x.dim(i).isConst() ? x.dim(i) : unknown(i));
            }
            return x.withDims(d);
        }
        return t;
    }

    private static Dim unknown(int i) {
        return Dim.sym("?" + i);
    }

    /** True when a dimension of an element says nothing. */
    public static boolean isUnknown(Dim d) {
        return d.symbols().stream().anyMatch(s -> s.startsWith("?"));
    }

    /** What holds for elements of either type. */
    public static Type joinElements(Type a, Type b) {
        if (a.equals(b)) {
            return a;
        }
        if (a instanceof SeqType x && b instanceof SeqType y) {
            return new SeqType(joinElements(x.elem(), y.elem()));
        }
        if (a instanceof OptType x && b instanceof OptType y) {
            return new OptType(joinElements(x.elem(), y.elem()));
        }
        if (!(a instanceof TensorType x && b instanceof TensorType y) || x.elem() != y.elem()) {
            throw new LatheException("", a + " and " + b + " can't be elements of one sequence or optional");
        }
        if (x.dims().equals(List.of(NOTHING))) {
            return y;
        }
        if (y.dims().equals(List.of(NOTHING))) {
            return x;
        }
        if (!rankKnown(x) || !rankKnown(y) || x.rank() != y.rank()) {
            return anyRank(x.elem());
        }
        List<Dim> d = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            d.add(x.dim(i).equals(y.dim(i)) && x.dim(i).isConst() ? x.dim(i) : unknown(i));
        }
        return x.withDims(d);
    }

    /** The type of a value that is one or the other; dimensions that differ become fresh symbols. */
    public static Type join(Type a, Type b, Supplier<Dim> fresh) {
        if (!(a instanceof TensorType x && b instanceof TensorType y)) {
            return joinElements(a, b);
        }
        if (x.elem() != y.elem() || x.rank() != y.rank()) {
            throw new LatheException("", "a value is " + a + " one way and " + b + " another; its element type and rank must not depend on data",
                    "give static shapes with --shape, if the way depends on shapes");
        }
        List<Dim> d = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            d.add(x.dim(i).equals(y.dim(i)) ? x.dim(i) : fresh.get());
        }
        return x.withDims(d);
    }

    /** Adds the symbols that stand in a type. */
    public static void symbols(Type t, Set<String> into) {
        if (t instanceof TensorType x) {
            x.dims().forEach(d -> into.addAll(d.symbols()));
        }
    }
}
