package dev.lathe.compiler.ir.op;

import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.op.Op.Call;
import dev.lathe.compiler.ir.op.Op.Kind;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Element by element with numpy broadcasting. Operands have one element type (but for {@code where}'s condition and
 * {@code cast}). What they mean, element by element, is {@code lower.Elementwise}.
 */
final class ElementwiseOps {
    /** Same type in and out. */
    static final List<String> UNARY = List.of(
            "neg", "abs", "sign", "floor", "ceil", "round", "sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tan", "asin",
            "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "sigmoid", "relu", "not");

    static final List<String> BINARY =
            List.of("add", "sub", "mul", "div", "mod", "fmod", "pow", "min", "max", "and", "or", "xor", "shl", "shr", "prelu", "atan2", "join");

    static final List<String> COMPARE = List.of("eq", "ne", "lt", "le", "gt", "ge");

    /** Of floats alone, and of bits: truth values or integers. */
    private static final Set<String> FLOATS = Set.of("sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
            "asinh", "acosh", "atanh", "erf", "sigmoid", "atan2");
    private static final Set<String> BITS = Set.of("not", "and", "or", "xor", "shl", "shr");

    /** Not of complex numbers, which importers take apart. */
    private static final Set<String> REAL = Set.of("div", "mod", "fmod", "pow");

    private ElementwiseOps() {}

    static List<Op> rows() {
        List<Op> r = new ArrayList<>();
        UNARY.forEach(n -> {
            Set<ElementType> suited = suited(n);
            r.add(new Op(n, 1, 1, Kind.ELEMENTWISE, c -> List.of(fitting(suited, c, c.tensor(0)))));
        });
        BINARY.forEach(n -> {
            Set<ElementType> suited = suited(n);
            r.add(new Op(n, 2, 2, Kind.ELEMENTWISE, c -> List.of(fitting(suited, c, binary(c, null)))));
        });
        COMPARE.forEach(n -> r.add(new Op(n, 2, 2, Kind.ELEMENTWISE, c -> List.of(binary(c, ElementType.BOOL)))));
        r.add(new Op("is_nan", 1, 1, Kind.ELEMENTWISE, c -> List.of(c.tensor(0).withElem(ElementType.BOOL))));
        // attributes: negative, positive (bools): which infinities count
        r.add(new Op("is_inf", 1, 1, Kind.ELEMENTWISE, c -> List.of(c.tensor(0).withElem(ElementType.BOOL))));
        // attributes: to (type), saturate (bool, for the float8 types)
        r.add(new Op("cast", 1, 1, Kind.ELEMENTWISE, c -> List.of(c.tensor(0).withElem(c.attrs().type("to")))));
        // the same bits seen as another type of the same width; attributes: to (type)
        r.add(new Op("bitcast", 1, 1, Kind.ELEMENTWISE, c -> {
            ElementType to = c.attrs().type("to");
            c.check(to.bits() == c.tensor(0).elem().bits() && to.bits() > 0 && !to.isComplex(), () -> c.tensor(0) + " can't be seen as " + to.text() + ": other widths");
            return List.of(c.tensor(0).withElem(to));
        }));
        r.add(new Op("where", 3, 3, Kind.ELEMENTWISE, ElementwiseOps::where));
        // a * b + c of floats, rounded once
        r.add(new Op("fma", 3, 3, Kind.ELEMENTWISE, ElementwiseOps::fma));
        // a fused chain: its region computes one element from the operands' elements
        r.add(new Op("map", 0, 250, Kind.ELEMENTWISE, ElementwiseOps::map));
        return r;
    }

    // whether an operation has a meaning for such elements
    private static boolean suits(String operation, ElementType e) {
        if (FLOATS.contains(operation)) {
            return e.isFloat() || e.isComplex();
        }
        if (BITS.contains(operation)) {
            return e == ElementType.BOOL || e.isInteger();
        }
        return operation.equals("join") ? e == ElementType.STR : e != ElementType.STR && !(e.isComplex() && REAL.contains(operation));
    }

    private static Set<ElementType> suited(String operation) {
        Set<ElementType> r = EnumSet.noneOf(ElementType.class);
        for (ElementType e : ElementType.values()) {
            if (suits(operation, e)) {
                r.add(e);
            }
        }
        return r;
    }

    private static TensorType fitting(Set<ElementType> suited, Call c, TensorType t) {
        if (!suited.contains(t.elem())) {
            throw c.misfit("operands are " + t + "; there is no such operation on " + t.elem().text());
        }
        return t;
    }

    private static TensorType binary(Call c, ElementType out) {
        TensorType a = c.tensor(0);
        TensorType b = c.tensor(1);
        c.check(a.elem() == b.elem(), () -> "operands are " + a + " and " + b + "; their element types must agree");
        return new TensorType(out == null ? a.elem() : out, Shapes.broadcast(List.of(a.dims(), b.dims())));
    }

    private static List<Type> where(Call c) {
        TensorType a = c.tensor(1);
        TensorType b = c.tensor(2);
        c.check(c.tensor(0).elem() == ElementType.BOOL, () -> "the condition is " + c.tensor(0) + "; it must be bool");
        c.check(a.elem() == b.elem(), () -> "operands are " + a + " and " + b + "; their element types must agree");
        return List.of(new TensorType(a.elem(), Shapes.broadcast(List.of(c.tensor(0).dims(), a.dims(), b.dims()))));
    }

    private static List<Type> fma(Call c) {
        TensorType a = c.tensor(0);
        c.check(a.elem().isFloat(), () -> "operands are " + a + "; they must be floats");
        c.check(a.elem() == c.tensor(1).elem() && a.elem() == c.tensor(2).elem(),
                () -> "operands are " + a + ", " + c.tensor(1) + " and " + c.tensor(2) + "; their element types must agree");
        return List.of(new TensorType(a.elem(), Shapes.broadcast(List.of(a.dims(), c.tensor(1).dims(), c.tensor(2).dims()))));
    }

    private static List<Type> map(Call c) {
        List<List<dev.lathe.codegen.dim.Dim>> shapes = new ArrayList<>();
        for (int i = 0; i < c.in().size(); i++) {
            shapes.add(c.tensor(i).dims());
        }
        List<dev.lathe.codegen.dim.Dim> dims = Shapes.broadcast(shapes);
        List<Type> r = new ArrayList<>();
        c.regions().get(0).outputs().forEach(v -> r.add(new TensorType(v.elem(), dims)));
        return r;
    }
}
