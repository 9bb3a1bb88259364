package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.SeqType;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Types;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.compiler.paddle.proto.VarDesc;
import dev.lathe.runtime.ElementType;
import java.util.List;

/** Arrays of tensors, which loops write element by element; the core's sequences. */
public final class ArrayRows {
    private ArrayRows() {}

    public static void register() {
        add("write_to_array", n -> {
            Value x = n.need("X");
            String array = n.outs("Out").get(0);
            boolean first = n.find(array) == null;
            Value before = first ? n.op("seq_empty", Attrs.of("of", x.elem())) : n.find(array);
            n.out(n.op("seq_write", before, x, index(n, "I")));
            writeLod(n, array, first);
        });
        add("read_from_array", n -> {
            n.out(element(n, n.need("X"), index(n, "I")));
            readLod(n);
        });
        add("lod_array_length", n -> n.out(n.reshape(length(n, n.names("X").get(0)), Dim.ONE)));
        add("tensor_array_to_tensor", n -> n.out(joined(n)));
        add("create_array", n -> n.out(n.op("seq_empty", Attrs.of("of", n.elem("dtype", ElementType.F32)))));
    }

    /**
     * Which sequences an element's rows stand for is an element of a second array, and what those are steps of one of a
     * third: those that the first element has are kept.
     */
    private static void writeLod(PaddleNode n, String array, boolean first) {
        Value lod = n.lod("X");
        Value lods = n.findLod(array);
        if (lod == null || lods == null && !first || lods != null && !isArray(lods)) {
            return;
        }
        Value at = index(n, "I");
        Value outer = n.outerLod(lod);
        Value outers = lods == null ? null : n.outerLod(lods);
        Value all = n.op("seq_write", lods == null ? emptyLods(n.b()) : lods, lod, at);
        if (outers != null || lods == null && outer != null) {
            // where it says nothing, all belong together
            Value whole = outer != null ? outer : n.concat(List.of(n.b().longs(0), n.reshape(n.b().dim(lod.dim(0).minus(1)), Dim.ONE)), 0);
            n.outerLod(all, n.op("seq_write", outers == null ? emptyLods(n.b()) : outers, whole, at));
        }
        n.putLod(array, all);
    }

    /** How many elements an array has: none where nothing has been put into it. */
    private static Value length(PaddleNode n, String array) {
        boolean nothing = n.find(array) == null && isArray(n, array);
        return nothing ? n.b().scalar(ElementType.I64, 0) : n.op("seq_length", n.need("X"));
    }

    static boolean isArray(Value v) {
        return v.type() instanceof SeqType;
    }

    static Value emptyLods(GraphBuilder b) {
        return b.op("seq_empty", Attrs.of("of", ElementType.I64));
    }

    private static void readLod(PaddleNode n) {
        Value lods = n.lod("X");
        if (lods == null || !isArray(lods)) {
            return;
        }
        Value at = index(n, "I");
        Value lod = n.op("seq_at", Attrs.of("rank", 1), lods, at);
        if (n.outerLod(lods) != null) {
            n.outerLod(lod, n.op("seq_at", Attrs.of("rank", 1), n.outerLod(lods), at));
        }
        n.outLod("Out", lod);
    }

    private static Value index(PaddleNode n, String slot) {
        return single(n, n.cast(n.need(slot), ElementType.I64));
    }

    /** The only element of a value as a scalar. */
    static Value single(PaddleNode n, Value v) {
        return v.rank() == 0 ? v : n.op("reshape", Attrs.of("dims", List.of()), v);
    }

    /** True when a variable is declared as an array. */
    static boolean isArray(PaddleNode n, String name) {
        VarDesc v = n.declared(name);
        return v != null && v.kind() == VarDesc.ARRAY;
    }

    static Value empty(PaddleNode n, GraphBuilder b, String name) {
        return b.op("seq_empty", Attrs.of("of", n.declaredElem(name, ElementType.F32)));
    }

    static Value empty(GraphBuilder b, Type type) {
        if (type instanceof SeqType s && s.elem() instanceof TensorType t) {
            return b.op("seq_empty", Attrs.of("of", t.elem()));
        }
        throw new LatheException("", "a value of type " + type + " is missing one way through the program");
    }

    private static SeqType array(Value v) {
        if (v.type() instanceof SeqType s) {
            return s;
        }
        throw new LatheException("", "%" + v.name() + " is " + v.type() + "; it must be an array of tensors");
    }

    // where the elements' rank isn't known, what the program declares for a variable says it
    private static Attrs rank(PaddleNode n, Value array, String declared, int more) {
        TensorType t = (TensorType) array(array).elem();
        VarDesc v = n.declared(declared);
        return Types.rankKnown(t) || v == null || v.tensor() == null ? Attrs.NONE : Attrs.of("rank", v.tensor().dims().length + more);
    }

    /** An element of an array. @param at an i64 scalar */
    static Value element(PaddleNode n, Value array, Value at) {
        return n.op("seq_at", rank(n, array, n.outs("Out").get(0), 0), array, at);
    }

    private static Value joined(PaddleNode n) {
        Value array = n.need("X");
        boolean stack = n.flag("use_stack", false);
        Value y = n.op("seq_concat", rank(n, array, n.outs("Out").get(0), stack ? -1 : 0).with("axis", n.integer("axis", 0)).with("new", stack), array);
        if (n.wants("OutIndex")) {
            // each element's extent along the axis; where they are stacked, or all alike, it needs no look at them
            int axis = n.axis(n.integer("axis", 0), y.rank());
            TensorType t = (TensorType) array(array).elem();
            Dim count = n.dims(n.op("seq_length", array)).get(0);
            boolean alike = stack || Types.rankKnown(t) && t.dim(axis).isConst();
            if (alike) {
                n.out("OutIndex", n.expand(n.b().scalar(ElementType.I32, stack ? 1 : t.dim(axis).value()), List.of(count)));
            }
        }
        return y;
    }
}
