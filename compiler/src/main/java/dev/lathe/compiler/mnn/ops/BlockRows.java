package dev.lathe.compiler.mnn.ops;

import static dev.lathe.compiler.mnn.MnnTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.mnn.Layout;
import dev.lathe.compiler.mnn.MnnNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Space moved into the batch and back, as TensorFlow writes convolutions with holes. */
public final class BlockRows {
    private BlockRows() {}

    public static void register() {
        add("SpaceToBatchND", BlockRows::apart);
        add("BatchToSpaceND", BlockRows::together);
    }

    /** Numbers of an operand, or of the attributes where there is none. */
    private static long[] numbers(MnnNode n, int operand, int field, String what) {
        if (n.in().size() > operand) {
            return n.known(n.need(operand), what);
        }
        FlatTable blob = n.needMain().table(field);
        if (blob == null) {
            throw new LatheException("", what + " are missing");
        }
        return Arrays.stream(blob.ints(5)).asLongStream().toArray();
    }

    private static long[] block(MnnNode n, int rank) {
        long[] block = numbers(n, 1, 0, "the extents of a block");
        if (block.length < 1 || block.length > rank - 2 || Arrays.stream(block).anyMatch(b -> b < 1)) {
            throw new LatheException("", "blocks of " + Arrays.toString(block) + " don't fit " + rank + " dimensions");
        }
        return block;
    }

    private static long[] pads(MnnNode n, int axes) {
        long[] r = numbers(n, 2, 1, "the borders");
        if (r.length != 2 * axes) {
            throw new LatheException("", "there are " + r.length + " borders for " + axes + " dimensions");
        }
        return r;
    }

    private static Value apart(MnnNode n) {
        Value x = n.as(0, Layout.FIRST);
        long[] block = block(n, x.rank());
        long[] pads = pads(n, block.length);
        x = bordered(n, x, pads, 1);
        // [N, C, H / b, b, ...]: the blocks' places before the batch
        List<Dim> dims = new ArrayList<>(List.of(x.dim(0), x.dim(1)));
        List<Integer> perm = new ArrayList<>();
        List<Integer> rest = new ArrayList<>(List.of(0, 1));
        List<Dim> result = new ArrayList<>(List.of(x.dim(0).times(Arrays.stream(block).reduce(1, (a, b) -> a * b)), x.dim(1)));
        for (int i = 0; i < x.rank() - 2; i++) {
            Dim of = x.dim(2 + i);
            long b = i < block.length ? block[i] : 1;
            dims.add(of.floorDiv(Dim.of(b)));
            dims.add(Dim.of(b));
            perm.add(3 + 2 * i);
            rest.add(2 + 2 * i);
            result.add(of.floorDiv(Dim.of(b)));
        }
        perm.addAll(rest);
        return n.likeInput(n.reshape(n.transpose(n.reshape(x, dims), perm.stream().mapToInt(i -> i).toArray()), result));
    }

    private static Value together(MnnNode n) {
        Value x = n.as(0, Layout.FIRST);
        long[] block = block(n, x.rank());
        long[] pads = pads(n, block.length);
        int space = x.rank() - 2;
        Dim batch = x.dim(0).floorDiv(Dim.of(Arrays.stream(block).reduce(1, (a, b) -> a * b)));
        List<Dim> dims = new ArrayList<>();
        for (long b : block) {
            dims.add(Dim.of(b));
        }
        dims.add(batch);
        dims.addAll(x.tensor().dims().subList(1, x.rank()));
        List<Integer> perm = new ArrayList<>(List.of(block.length, block.length + 1));
        List<Dim> result = new ArrayList<>(List.of(batch, x.dim(1)));
        for (int i = 0; i < space; i++) {
            perm.add(block.length + 2 + i);
            result.add(i < block.length ? x.dim(2 + i).times(block[i]) : x.dim(2 + i));
            if (i < block.length) {
                perm.add(i);
            }
        }
        Value y = n.reshape(n.transpose(n.reshape(x, dims), perm.stream().mapToInt(i -> i).toArray()), result);
        return n.likeInput(bordered(n, y, pads, -1));
    }

    /** More, or with a sign of -1 less, at both ends of the spatial dimensions. */
    private static Value bordered(MnnNode n, Value x, long[] pads, int sign) {
        List<Dim> before = new ArrayList<>(List.of(Dim.ZERO, Dim.ZERO));
        List<Dim> after = new ArrayList<>(before);
        for (int i = 0; i < x.rank() - 2; i++) {
            before.add(2 * i < pads.length ? Dim.of(sign * pads[2 * i]) : Dim.ZERO);
            after.add(2 * i < pads.length ? Dim.of(sign * pads[2 * i + 1]) : Dim.ZERO);
        }
        return n.op("pad", Attrs.of("before", before, "after", after, "mode", "constant"), x);
    }
}
