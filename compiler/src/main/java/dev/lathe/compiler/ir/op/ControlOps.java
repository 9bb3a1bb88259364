package dev.lathe.compiler.ir.op;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Types;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.Op.Call;
import dev.lathe.compiler.ir.op.Op.Kind;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Choice and repetition. Regions use values of the graphs around them freely. */
public final class ControlOps {
    private ControlOps() {}

    static List<Op> rows() {
        return List.of(
                // operand: a single bool; regions without arguments: what is computed when it is true, when it is false
                new Op("if", 1, 1, Kind.CONTROL, ControlOps::branch),
                // operand 0, once the single bool that is operand 1 has been found to be as attribute `is` (bool) says; else running ends with `why` (text)
                new Op("require", 2, 2, Kind.IMPURE, c -> {
                    c.check(c.tensor(1).elem() == ElementType.BOOL, "the condition is " + c.tensor(1) + "; it must be bool");
                    return List.of(c.arg(0).type());
                }),
                /*
                 * operands: a single bool, whether to begin at all (may be absent: yes), then the first values of what is carried from turn to
                 * turn. Region: arguments i64[] number of the turn, carried values; yields bool whether to go on, carried values, then one
                 * element of each collected result. Results: carried values after the last turn, collected results [turns, ...].
                 * attributes: turn (text): the symbol of the turn's number, from 0; symbols (texts): those of the arguments' dimensions
                 * that may change from turn to turn; trip (dim, not negative; may be absent): most turns;
                 * all (bool): it makes them all, for the conditions are always true
                 */
                new Op("loop", 1, 10_000, Kind.CONTROL, ControlOps::loop));
    }

    private static List<Type> branch(Call c) {
        Graph then = c.regions().get(0);
        Graph otherwise = c.regions().get(1);
        c.check(c.tensor(0).elem() == ElementType.BOOL, () -> "the condition is " + c.tensor(0) + "; it must be bool");
        c.check(then.outputs().size() == otherwise.outputs().size(),
                () -> "its branches give " + then.outputs().size() + " and " + otherwise.outputs().size() + " results");
        List<Type> r = new ArrayList<>();
        for (int i = 0; i < then.outputs().size(); i++) {
            r.add(Types.join(then.outputs().get(i).type(), otherwise.outputs().get(i).type(), c.fresh()));
        }
        return r;
    }

    private static List<Type> loop(Call c) {
        Graph body = c.regions().get(0);
        int carried = c.in().size() - 1;
        c.check(body.inputs().size() == 1 + carried && body.outputs().size() >= 1 + carried,
                () -> "its region has " + body.inputs().size() + " arguments and " + body.outputs().size() + " results for " + carried + " carried values");
        condition(c, c.has(0) ? c.arg(0) : null, "whether to begin");
        condition(c, body.outputs().get(0), "whether to go on");
        Set<String> changing = new HashSet<>(c.attrs().texts("symbols"));
        List<Type> r = new ArrayList<>();
        for (int i = 0; i < carried; i++) {
            Type arg = body.inputs().get(1 + i).type();
            c.check(compatible(arg, c.arg(1 + i).type()) && compatible(arg, body.outputs().get(1 + i).type()),
                    "carried value " + i + " begins as " + c.arg(1 + i).type() + ", is taken as " + arg + " and given as " + body.outputs().get(1 + i).type());
            r.add(arg instanceof TensorType t ? t.withDims(outside(t.dims(), changing, c)) : arg);
        }
        Set<String> inner = boundInside(body);
        inner.addAll(changing);
        inner.add(c.attrs().text("turn"));
        Dim turns = c.attrs().flag("all") ? c.attrs().dim("trip") : c.fresh().get();
        for (Value v : body.outputs().subList(1 + carried, body.outputs().size())) {
            c.check(v.type() instanceof TensorType, () -> "a collected result is " + v.type() + "; it must be a tensor");
            List<Dim> dims = new ArrayList<>(List.of(turns));
            dims.addAll(outside(v.tensor().dims(), inner, c));
            r.add(v.tensor().withDims(dims));
        }
        return r;
    }

    private static void condition(Call c, Value v, String what) {
        c.check(v == null || v.type() instanceof TensorType t && t.elem() == ElementType.BOOL, () -> what + " is " + v.type() + "; it must be bool");
    }

    private static boolean compatible(Type a, Type b) {
        if (a instanceof TensorType x && b instanceof TensorType y) {
            return x.elem() == y.elem() && x.rank() == y.rank();
        }
        return !(a instanceof TensorType) && !(b instanceof TensorType);
    }

    // dimensions that only the region knows become fresh symbols
    private static List<Dim> outside(List<Dim> dims, Set<String> inner, Call c) {
        return dims.stream().map(d -> d.symbols().stream().anyMatch(inner::contains) ? c.fresh().get() : d).toList();
    }

    /** True when a region's value is a constant that is true. */
    public static boolean alwaysTrue(Graph region, Value v) {
        for (Node n : region.nodes()) {
            if (n.outputs().contains(v)) {
                Tensor t = n.is("const") ? n.attrs().tensor("value") : null;
                return t != null && t.integer(0) != 0;
            }
        }
        return false;
    }

    /** The symbols that steps of a region bind, and perhaps some that stand outside, too. */
    private static Set<String> boundInside(Graph region) {
        Set<String> r = new HashSet<>();
        for (Node n : region.nodes()) {
            Op row = OpTable.find(n.op());
            if (row == null || row.kind() != Kind.BINDING && row.kind() != Kind.CONTROL) {
                continue;
            }
            if (n.attrs().has("symbols")) {
                r.addAll(n.attrs().texts("symbols"));
            }
            Set<String> before = new HashSet<>();
            n.inputs().stream().filter(v -> v != null).forEach(v -> Types.symbols(v.type(), before));
            Set<String> after = new HashSet<>();
            n.outputs().stream().filter(v -> v != null).forEach(v -> Types.symbols(v.type(), after));
            after.removeAll(before);
            r.addAll(after);
        }
        return r;
    }
}
