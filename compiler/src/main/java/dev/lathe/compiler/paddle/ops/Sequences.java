package dev.lathe.compiler.paddle.ops;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows that are the steps of sequences, one behind the other.
 *
 * @param starts i64 [sequences]: the first row of each, as {@code ends}: the row behind each, and {@code lengths}
 */
record Sequences(PaddleNode n, Value starts, Value ends, Value lengths, Dim count) {
    /** @param lod where each sequence begins, and the number of rows: i64 [sequences + 1] */
    static Sequences of(PaddleNode n, Value lod) {
        Dim count = lod.dim(0).minus(1);
        Value starts = n.part(lod, 0, Dim.ZERO, count);
        Value ends = n.part(lod, 0, Dim.ONE, count);
        return new Sequences(n, starts, ends, n.op("sub", ends, starts), count);
    }

    static Value iota(PaddleNode n, Dim size) {
        return n.op("iota", Attrs.of("size", size, "to", ElementType.I64));
    }

    /** The length of the longest one, found while running. */
    Dim longest() {
        return n.dims(n.reduce("max", lengths, true, 0)).get(0);
    }

    /** Rows [rows, ...] as [steps, sequences, ...]; what is behind a sequence's end is any row. */
    Value pad(Value x, Dim steps) {
        Value at = n.op("add", n.reshape(iota(n, steps), steps, Dim.ONE), n.reshape(starts, Dim.ONE, count));
        Value last = n.op("sub", n.b().dim(x.dim(0)), n.b().scalar(ElementType.I64, 1));
        return n.gather(x, n.op("min", at, last), 0);
    }

    /** bool [steps, sequences]: true before a sequence's end. */
    Value inside(Dim steps) {
        return n.op("lt", n.reshape(iota(n, steps), steps, Dim.ONE), n.reshape(lengths, Dim.ONE, count));
    }

    /** The number of the sequence that each of {@code rows} rows belongs to: i64 [rows]. */
    Value owner(Dim rows) {
        Value past = n.op("le", n.reshape(ends, Dim.ONE, count), n.reshape(iota(n, rows), rows, Dim.ONE));
        return n.reduce("sum", n.cast(past, ElementType.I64), false, 1);
    }

    /** Undoes {@link #pad}. */
    Value unpad(Value y, Dim rows) {
        Value owner = owner(rows);
        Value step = n.op("sub", iota(n, rows), n.gather(starts, owner, 0));
        Value at = n.op("add", n.op("mul", step, n.b().dim(count)), owner);
        List<Dim> flat = new ArrayList<>(List.of(y.dim(0).times(y.dim(1))));
        flat.addAll(y.tensor().dims().subList(2, y.rank()));
        return n.gather(n.reshape(y, flat), at, 0);
    }

    /** {@code mask} with dimensions of 1 behind, for values of rank {@code rank}. */
    static Value widen(PaddleNode n, Value mask, int rank) {
        List<Dim> dims = new ArrayList<>(mask.tensor().dims());
        while (dims.size() < rank) {
            dims.add(Dim.ONE);
        }
        return n.reshape(mask, dims);
    }
}
