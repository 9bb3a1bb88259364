package dev.lathe.compiler.ir.op;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.OptType;
import dev.lathe.compiler.ir.Type.SeqType;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Types;
import dev.lathe.compiler.ir.op.Op.Call;
import dev.lathe.compiler.ir.op.Op.Kind;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Sequences and optionals: values that are never changed, each one object while a model runs. */
final class SequenceOps {
    private SequenceOps() {}

    static List<Op> rows() {
        return List.of(
                // attributes: of (type): the element type of its tensors
                new Op("seq_empty", 0, 0, Kind.PURE, c -> List.of(new SeqType(Types.nothing(c.attrs().type("of"))))),
                // the tensors given, in order; at least one
                new Op("seq_construct", 1, 100_000, Kind.PURE, SequenceOps::construct),
                // sequence, tensor, position (an integer; absent: at the end)
                new Op("seq_insert", 2, 3, Kind.PURE, c -> List.of(new SeqType(Types.joinElements(sequence(c).elem(), Types.element(c.arg(1).type()))))),
                // sequence, tensor, position of the element that it replaces; the sequence's length: at the end
                new Op("seq_write", 3, 3, Kind.PURE, c -> List.of(new SeqType(Types.joinElements(sequence(c).elem(), Types.element(c.arg(1).type()))))),
                // sequence, position (absent: the last)
                new Op("seq_erase", 1, 2, Kind.PURE, c -> List.of(sequence(c))),
                // sequence, position; attributes: rank (int) where the type doesn't say it
                new Op("seq_at", 2, 2, Kind.BINDING, c -> List.of(value(sequence(c).elem(), c))),
                new Op("seq_length", 1, 1, Kind.PURE, c -> {
                    sequence(c);
                    return List.of(Type.tensor(ElementType.I64));
                }),
                // attributes: axis, new (bool): stacked along a new axis rather than concatenated, rank (int) of an element where the type doesn't say it
                new Op("seq_concat", 1, 1, Kind.BINDING, SequenceOps::concat),
                // tensor, parts (one integer: extent of each; a vector: extents; absent: 1); attributes: axis, keep (bool): parts keep the axis, extent (int): of each part, where it is known
                new Op("seq_split", 1, 2, Kind.PURE, SequenceOps::split),
                // attributes: of (type), seq (bool): of a sequence rather than of a tensor
                new Op("opt_none", 0, 0, Kind.PURE, c -> {
                    Type t = Types.nothing(c.attrs().type("of"));
                    return List.of(new OptType(c.attrs().flag("seq") ? new SeqType(t) : t));
                }),
                new Op("opt_some", 1, 1, Kind.PURE, c -> List.of(new OptType(Types.element(c.arg(0).type())))),
                new Op("opt_has", 1, 1, Kind.PURE, c -> {
                    optional(c);
                    return List.of(Type.tensor(ElementType.BOOL));
                }),
                // attributes: rank (int) where the type doesn't say it
                new Op("opt_get", 1, 1, Kind.BINDING, c -> List.of(value(optional(c).elem(), c))));
    }

    private static SeqType sequence(Call c) {
        if (c.arg(0).type() instanceof SeqType s) {
            return s;
        }
        throw new LatheException("", "operand 0 of " + c.op() + " is " + c.arg(0).type() + "; it must be a sequence");
    }

    private static OptType optional(Call c) {
        if (c.arg(0).type() instanceof OptType o) {
            return o;
        }
        throw new LatheException("", "operand 0 of " + c.op() + " is " + c.arg(0).type() + "; it must be an optional");
    }

    private static List<Type> construct(Call c) {
        Type t = Types.element(c.tensor(0));
        for (int i = 1; i < c.in().size(); i++) {
            t = Types.joinElements(t, Types.element(c.tensor(i)));
        }
        return List.of(new SeqType(t));
    }

    // an element taken out: what isn't known of its extents is found while running
    private static Type value(Type elem, Call c) {
        if (!(elem instanceof TensorType)) {
            return elem;
        }
        TensorType t = ranked(elem, c.attrs());
        return t.withDims(t.dims().stream().map(d -> Types.isUnknown(d) ? c.fresh().get() : d).toList());
    }

    private static TensorType ranked(Type elem, Attrs a) {
        TensorType t = (TensorType) elem;
        if (Types.rankKnown(t)) {
            return t;
        }
        if (!a.has("rank")) {
            throw new LatheException("", "the rank of the elements of a sequence or optional isn't known before the model runs",
                    "declare the shape of this operator's result in the model (value_info), with the right number of dimensions");
        }
        List<Dim> d = new ArrayList<>(Collections.nCopies(a.intValue("rank"), Dim.sym("?")));
        return t.withDims(d);
    }

    private static List<Type> concat(Call c) {
        TensorType t = ranked(sequence(c).elem(), c.attrs());
        boolean stack = c.attrs().flag("new");
        int axis = c.axis("axis", t.rank() + (stack ? 1 : 0));
        List<Dim> d = new ArrayList<>();
        for (Dim x : t.dims()) {
            d.add(Types.isUnknown(x) ? c.fresh().get() : x);
        }
        if (stack) {
            d.add(axis, c.fresh().get());
        } else {
            d.set(axis, c.fresh().get());
        }
        return List.of(t.withDims(d));
    }

    private static List<Type> split(Call c) {
        TensorType t = c.tensor(0);
        int axis = c.axis("axis", t.rank());
        List<Dim> d = new ArrayList<>(t.dims());
        if (c.has(1)) {
            d.set(axis, c.attrs().has("extent") ? Dim.of(c.attrs().integer("extent")) : Dim.sym("?"));
        } else if (c.attrs().flag("keep")) {
            d.set(axis, Dim.ONE);
        } else {
            d.remove(axis);
        }
        return List.of(new SeqType(Types.element(t.withDims(d))));
    }
}
