package dev.lathe.compiler.mnn.ops;

import static dev.lathe.compiler.mnn.MnnTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.mnn.Layout;
import dev.lathe.compiler.mnn.MnnNode;
import dev.lathe.compiler.mnn.MnnTable;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Other dimensions for the same elements, and dimensions as data. */
public final class ShapeRows {
    /** MNN's number of the attributes of Reshape in its union of attributes. */
    private static final int RESHAPE = 55;

    private ShapeRows() {}

    public static void register() {
        add("ConvertTensor", n -> {
            Layout to = n.main() == null ? n.layout(0) : layout(n.small(1, 0));
            n.layout(to);
            return n.op("identity", n.as(0, to));
        });
        add("Reshape", ShapeRows::reshape);
        add("Flatten", ShapeRows::flatten);
        add("Permute", n -> n.op("transpose", Attrs.of("perm", order(n, n.ints(0))), n.need(0)));
        add("Transpose", n -> n.op("transpose", Attrs.of("perm", order(n, n.in().size() > 1
                ? Arrays.stream(n.known(n.need(1), "the order of dimensions")).mapToInt(Math::toIntExact).toArray() : new int[0])), n.need(0)));
        add("Squeeze", n -> n.squeeze(n.need(0), axes(n)));
        add("Unsqueeze", n -> n.unsqueeze(n.need(0), axes(n)));
        add("ExpandDims", n -> n.unsqueeze(n.need(0), n.in().size() > 1 ? n.known(n.need(1), "the axis") : new long[] {n.integer(2, 0)}));
        add("Shape", n -> {
            Value x = n.layout(0) == Layout.PACKED && n.opLayout().channelsLast() ? n.as(0, Layout.LAST) : n.need(0);
            n.layout(n.opLayout());
            int rank = x.rank();
            int from = n.flag(0) ? cut(n.integer(1, 0), rank) : 0;
            int to = n.flag(2) ? cut(n.integer(3, 0), rank) : rank;
            return n.b().dims(x.tensor().dims().subList(from, Math.max(from, to)));
        });
        add("Rank", n -> n.cast(n.b().dim(Dim.of(n.need(0).rank())), ElementType.I32));
        add("Size", n -> n.b().dim(n.need(0).tensor().size()));
        add("Pack", n -> {
            List<Value> in = n.in();
            return n.stack(in.stream().map(v -> n.cast(v, widest(in))).toList(), n.axis(n.integer(1, 0), in.get(0).rank() + 1));
        });
        MnnTable.all("Unpack", n -> n.unstack(n.need(0), n.axis(n.integer(0, 0), n.need(0).rank()), n.outputs()));
        add("BroadcastTo", n -> n.expand(n.need(0), n.dims(n.need(1))));
        add("Fill", n -> n.expand(n.reshape(n.need(1), List.of()), n.dims(n.need(0))));
        add("Tile", n -> n.onnx("Tile", n.need(0), n.cast(n.need(1), ElementType.I64)));
        for (boolean deep : new boolean[] {true, false}) {
            add(deep ? "DepthToSpace" : "SpaceToDepth", n -> {
                Object[] attrs = deep ? new Object[] {"blocksize", (long) n.integer(0, 1), "mode", n.small(1, 0) == 0 ? "DCR" : "CRD"}
                        : new Object[] {"blocksize", (long) n.integer(0, 1)};
                return n.likeInput(n.onnx(n.type(), attrs, n.as(0, Layout.FIRST)));
            });
        }
    }

    /** Extents are i64 here, other integers i32: together they are the wider. */
    static ElementType widest(List<Value> in) {
        return in.stream().anyMatch(v -> v.elem() == ElementType.I64) ? ElementType.I64 : in.get(0).elem();
    }

    private static int cut(int at, int rank) {
        return Math.max(0, Math.min(rank, at < 0 ? at + rank : at));
    }

    private static Layout layout(int number) {
        return switch (number) {
            case 1, 3 -> Layout.LAST;
            case 2 -> Layout.PACKED;
            default -> Layout.FIRST;
        };
    }

    private static int[] order(MnnNode n, int[] given) {
        int rank = n.need(0).rank();
        int[] r = new int[rank];
        // without an order they are turned round
        Arrays.setAll(r, i -> given.length == 0 ? rank - 1 - i : i < given.length ? n.axis(given[i], rank) : i);
        return r;
    }

    private static long[] axes(MnnNode n) {
        int[] own = n.ints(0);
        return own.length == 0 && n.in().size() > 1 ? n.known(n.need(1), "the axes") : Arrays.stream(own).asLongStream().toArray();
    }

    private static Value flatten(MnnNode n) {
        Value x = n.need(0);
        int axis = n.integer(0, 0) == x.rank() ? x.rank() : n.axis(n.integer(0, 0), x.rank());
        int end = n.integer(1, 0) == 0 ? 0 : n.axis(n.integer(1, 0), x.rank());
        List<Dim> all = x.tensor().dims();
        if (end == 0) {
            return n.reshape(x, Dim.product(all.subList(0, axis)), Dim.product(all.subList(axis, all.size())));
        }
        List<Dim> dims = new ArrayList<>(all.subList(0, axis));
        dims.add(Dim.product(all.subList(axis, end + 1)));
        dims.addAll(all.subList(end + 1, all.size()));
        return n.reshape(x, dims);
    }

    private static Value reshape(MnnNode n) {
        boolean own = n.mainType() == RESHAPE;
        if (n.in().size() < 2 && n.main() == null) {
            throw new LatheException("", "the result's shape is missing");
        }
        boolean given = n.in().size() > 1;
        List<Dim> dims = new ArrayList<>(given ? n.dims(n.need(1)) : Arrays.stream(n.ints(0)).mapToObj(Dim::of).toList());
        // an operator for channels last works on them so, though they stand first
        boolean through = own && n.layout(0) == Layout.PACKED && layout(n.small(1, 0)).channelsLast();
        if (!through) {
            return n.onnx("Reshape", n.need(0), n.b().dims(dims));
        }
        if (!given && dims.size() > 2) {
            dims.add(dims.remove(1));
        }
        Value y = n.onnx("Reshape", n.as(0, Layout.LAST), n.b().dims(dims));
        return y.rank() < 3 ? y : n.toFirst(y);
    }
}
