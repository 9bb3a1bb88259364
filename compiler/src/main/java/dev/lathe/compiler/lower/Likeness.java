package dev.lathe.compiler.lower;

import dev.lathe.codegen.program.Buffer;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that the lowering of a node may look at, without the names of its values and the numbers of its buffers: nodes of
 * equal {@link #key} get the same steps, each with its own. Made before a node is lowered; null where more than this
 * counts, as for what holds a graph that sees others.
 */
final class Likeness {
    private final Lower cx;
    private final List<Object> key = new ArrayList<>();
    private final List<Value> values = new ArrayList<>();
    private final List<Value> constants = new ArrayList<>();
    private final List<Integer> buffers = new ArrayList<>();

    private Likeness(Lower cx) {
        this.cx = cx;
    }

    static Likeness of(Node n, Lower cx) {
        Likeness l = new Likeness(cx);
        return l.node(n) ? l : null;
    }

    List<Object> key() {
        return key;
    }

    /** The operands and results, and what a result is placed in; constants are left out. */
    List<Value> values() {
        return values;
    }

    boolean mentions(Value v) {
        return values.contains(v) || constants.contains(v);
    }

    /** The number of a buffer among those of the values; -1 for others. */
    int buffer(int id) {
        return buffers.indexOf(id);
    }

    /** The buffer of that number. */
    int id(int number) {
        return buffers.get(number);
    }

    int count() {
        return buffers.size();
    }

    private boolean node(Node n) {
        key.add(n.op());
        key.add(n.attrs());
        key.add(n.inputs().size());
        for (Value v : n.inputs()) {
            if (!value(v)) {
                return false;
            }
        }
        for (Value v : n.outputs()) {
            if (!value(v)) {
                return false;
            }
        }
        return n.regions().isEmpty() || isClosed(n) && regions(n.regions());
    }

    // fused elements see nothing of the graph around
    private static boolean isClosed(Node n) {
        Op row = OpTable.find(n.op());
        return row != null && (row.kind() == Op.Kind.ELEMENTWISE || row.kind() == Op.Kind.PURE);
    }

    private boolean regions(List<Graph> regions) {
        for (Graph r : regions) {
            Map<Value, Integer> numbers = new IdentityHashMap<>();
            for (Value v : r.inputs()) {
                numbers.put(v, numbers.size());
                key.add(v.type());
            }
            for (Node n : r.nodes()) {
                key.add(n.op());
                key.add(n.attrs());
                for (Value v : n.inputs()) {
                    key.add(numbers.get(v));
                }
                for (Value v : n.outputs()) {
                    numbers.put(v, numbers.size());
                    key.add(v == null ? null : v.type());
                }
                if (!n.regions().isEmpty()) {
                    return false;
                }
            }
            for (Value v : r.outputs()) {
                key.add(numbers.get(v));
            }
            key.add("end");
        }
        return true;
    }

    private boolean value(Value v) {
        if (v == null) {
            key.add("_");
            return true;
        }
        if (cx.isConstant(v)) {
            constants.add(v);
            // which constant it is counts: values are equal to themselves alone
            key.add(v);
            return true;
        }
        int known = values.indexOf(v);
        if (known >= 0) {
            key.add(known);
            return true;
        }
        if (!(v.type() instanceof TensorType t)) {
            return false;
        }
        values.add(v);
        key.add(t);
        View w = cx.found(v);
        return w != null ? view(w) : !cx.isPlaced(v) || place(cx.host(v));
    }

    private boolean view(View w) {
        Buffer b = cx.buffers().get(w.buffer());
        if (b.kind() != Buffer.Kind.ARENA) {
            return false;
        }
        int at = buffers.indexOf(w.buffer());
        if (at < 0) {
            at = buffers.size();
            buffers.add(w.buffer());
            key.add(b.storage());
            key.add(b.size());
        }
        key.add(at);
        key.add(w.type());
        key.add(w.offset());
        key.add(w.dims());
        key.add(w.strides());
        return true;
    }

    // a place inside what a padding makes, which may have a place of its own
    private boolean place(Node pad) {
        if (pad == null) {
            return false;
        }
        key.add("in");
        return node(pad);
    }
}
