package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.ops.LoopImport;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** More operators on places: writing parts, diagonals, what is different, and back along the best paths. */
public final class PlaceRows {
    private PlaceRows() {}

    public static void register() {
        add("set_value", PlaceRows::set);
        add("unique", PlaceRows::unique);
        add("unique_with_counts", PlaceRows::unique);
        add("gather_tree", PlaceRows::tree);
        add("reverse", n -> n.out(n.flip(n.need("X"), n.ints("axis"))));
        add("index_sample", n -> n.out(n.op("gather_elements", Attrs.of("axis", 1), n.need("X"), n.need("Index"))));
        add("masked_select", n -> {
            Value m = n.need("Mask");
            Value x = n.expand(n.need("X"), m.tensor().dims());
            n.out("Y", n.gather(n.reshape(x, x.tensor().size()), n.places(n.reshape(m, m.tensor().size())), 0));
        });
        add("put_along_axis", n -> {
            Value x = n.need("Input");
            String how = n.text("Reduce", "assign");
            Value at = n.need("Index");
            Value v = n.expand(n.cast(n.need("Value"), x.elem()), at.tensor().dims());
            String kind = switch (how) {
                case "assign" -> "none";
                case "add" -> "add";
                case "mul", "multiply" -> "mul";
                default -> throw n.unsupported("Reduce " + how);
            };
            n.out("Result", n.op("scatter_elements", Attrs.of("axis", n.axis(n.integer("Axis", 0), x.rank()), "reduction", kind), x, at, v));
        });
        add("index_put", PlaceRows::put);
        add("repeat_interleave", n -> {
            Value x = n.need("X");
            int axis = n.axis(n.integer("dim", 0), x.rank());
            Dim times = Dim.of(n.integer("Repeats", 1));
            Value at = n.op("div", Sequences.iota(n, x.dim(axis).times(times)), n.b().dim(times));
            if (n.has("RepeatsTensor")) {
                Value lengths = n.cast(n.need("RepeatsTensor"), ElementType.I64);
                Dim rows = n.dims(n.reduce("sum", lengths, true, 0)).get(0);
                at = Sequences.of(n, SequenceEditRows.starts(n, lengths)).owner(rows);
            }
            n.out(n.gather(x, at, axis));
        });
        add("diag", n -> diagonalMatrix(n, n.need("Diagonal")));
        add("diag_v2", n -> diagonalMatrix(n, n.need("X")));
        add("diagonal", n -> n.out(diagonal(n, n.need("Input"))));
        add("trace", n -> {
            Value d = diagonal(n, n.need("Input"));
            n.out(n.reduce("sum", d, !n.scalars() && d.rank() == 1, d.rank() - 1));
        });
        add("multiplex", n -> {
            List<Value> x = n.ins("X");
            Value ids = n.need("Ids");
            Dim rows = ids.dim(0);
            Value at = n.op("mul", n.cast(n.reshape(ids, rows), ElementType.I64), n.b().dim(x.get(0).dim(0)));
            n.out(n.gather(n.concat(x, 0), n.op("add", at, Sequences.iota(n, rows)), 0));
        });
        add("searchsorted", n -> {
            Value sorted = n.need("SortedSequence");
            Value v = n.need("Values");
            List<Dim> a = new ArrayList<>(sorted.tensor().dims());
            a.add(a.size() - 1, Dim.ONE);
            List<Dim> c = new ArrayList<>(v.tensor().dims());
            c.add(Dim.ONE);
            boolean right = n.flag("right", false);
            Value s = sorted.rank() == 1 ? sorted : n.reshape(sorted, a);
            Value before = n.op(right ? "le" : "lt", s, n.reshape(v, c));
            Value count = n.reduce("sum", n.cast(before, ElementType.I64), false, v.rank());
            n.out(n.cast(count, n.flag("out_int32", false) ? ElementType.I32 : ElementType.I64));
        });
        add("pad_constant_like", n -> {
            Value x = n.need("X");
            Value y = n.need("Y");
            List<Dim> after = new ArrayList<>();
            for (int i = 0; i < x.rank(); i++) {
                after.add(x.dim(i).minus(y.dim(i)));
            }
            n.out(n.op("pad", Attrs.of("before", Collections.nCopies(x.rank(), Dim.ZERO), "after", after, "mode", "constant"), y, n.like(y, n.real("pad_value", 0))));
        });
    }

    /** Places given by an index for each of the first dimensions, or by where a mask is true. */
    private static void put(PaddleNode n) {
        Value x = n.need("X");
        List<Value> at = n.ins("Indices");
        Value places;
        List<Dim> dims;
        if (at.get(0).elem() == ElementType.BOOL) {
            if (at.size() != 1) {
                throw n.unsupported("several masks");
            }
            places = n.transpose(n.binding("nonzero", Attrs.NONE, at.get(0)).get(0), 1, 0);
            dims = new ArrayList<>(List.of(places.dim(0)));
        } else {
            Value sum = at.stream().map(v -> n.op("mul", n.cast(v, ElementType.I64), n.number(0))).reduce((a, c) -> n.op("add", a, c)).orElseThrow();
            dims = new ArrayList<>(sum.tensor().dims());
            List<Dim> one = new ArrayList<>(dims);
            one.add(Dim.ONE);
            List<Value> columns = new ArrayList<>();
            for (int i = 0; i < at.size(); i++) {
                Value v = n.cast(at.get(i), ElementType.I64);
                // negative ones count from the end
                v = n.op("where", n.op("lt", v, n.number(0)), n.op("add", v, n.b().dim(x.dim(i))), v);
                columns.add(n.reshape(n.expand(v, dims), one));
            }
            places = n.concat(columns, dims.size());
        }
        int known = at.get(0).elem() == ElementType.BOOL ? at.get(0).rank() : at.size();
        dims.addAll(x.tensor().dims().subList(known, x.rank()));
        Value v = n.expand(n.cast(n.need("Value"), x.elem()), dims);
        n.out(n.op("scatter_nd", Attrs.of("reduction", n.flag("accumulate", false) ? "add" : "none"), x, places, v));
    }

    // ---- parts --------------------------------------------------------------------------------------------------

    /** A bound as in Python: negative ones count from the end, and none reaches beyond. */
    private static Dim bound(Dim d, Dim size, boolean down) {
        if (d.isConst()) {
            boolean far = d.value() >= Integer.MAX_VALUE || d.value() <= Integer.MIN_VALUE;
            if (d.value() < 0 && !far) {
                d = size.plus(d.value());
            } else if (far) {
                return d.value() > 0 ? down ? size.minus(1) : size : down ? Dim.of(-1) : Dim.ZERO;
            }
        }
        return down ? d.max(Dim.of(-1)).min(size.minus(1)) : d.max(Dim.ZERO).min(size);
    }

    private static void set(PaddleNode n) {
        Value x = n.need("Input");
        int[] axes = n.ints("axes");
        List<Dim> starts = n.dims("", n.has("StartsTensorList") ? "StartsTensorList" : "", "starts");
        List<Dim> ends = n.dims("", n.has("EndsTensorList") ? "EndsTensorList" : "", "ends");
        List<Dim> steps = n.dims("", n.has("StepsTensorList") ? "StepsTensorList" : "", "steps");
        List<Dim> sizes = new ArrayList<>(x.tensor().dims());
        List<Dim> from = new ArrayList<>(Collections.nCopies(x.rank(), Dim.ZERO));
        long[] by = new long[x.rank()];
        Arrays.fill(by, 1);
        for (int i = 0; i < axes.length; i++) {
            int a = n.axis(axes[i], x.rank());
            by[a] = steps.isEmpty() ? 1 : steps.get(i).value();
            boolean down = by[a] < 0;
            from.set(a, bound(starts.get(i), x.dim(a), down));
            Dim end = bound(ends.get(i), x.dim(a), down);
            Dim span = down ? from.get(a).minus(end) : end.minus(from.get(a));
            long step = Math.abs(by[a]);
            sizes.set(a, span.plus(step - 1).floorDiv(step).max(Dim.ZERO));
        }
        // where each element of the part stands among all
        Value at = null;
        Dim stride = Dim.ONE;
        for (int a = x.rank() - 1; a >= 0; a--) {
            List<Dim> along = new ArrayList<>(Collections.nCopies(x.rank(), Dim.ONE));
            along.set(a, sizes.get(a));
            Value k = n.op("add", n.op("mul", Sequences.iota(n, sizes.get(a)), n.number(by[a])), n.b().dim(from.get(a)));
            k = n.reshape(n.op("mul", k, n.b().dim(stride)), along);
            at = at == null ? k : n.op("add", at, k);
            stride = stride.times(x.dim(a));
        }
        Dim count = Dim.product(sizes);
        Value v = n.expand(shaped(n, x, sizes), sizes);
        Value flat = n.reshape(x, x.tensor().size());
        Value y = n.op("scatter_elements", Attrs.of("axis", 0, "reduction", "none"), flat, n.reshape(n.expand(at, sizes), count), n.reshape(v, count));
        n.out(n.reshape(y, x.tensor().dims()));
    }

    // the value without the dimensions that an index took away, which come back as 1
    private static Value shaped(PaddleNode n, Value x, List<Dim> sizes) {
        Value v = n.has("ValueTensor") ? n.cast(n.need("ValueTensor"), x.elem()) : TensorRows.listed(n, x.elem(), n.ints("shape"));
        int[] none = n.ints("none_axes");
        List<Dim> dims = new ArrayList<>(v.tensor().dims());
        for (int i = none.length - 1; i >= 0; i--) {
            int place = none[i] - (sizes.size() - n.ints("decrease_axes").length + none.length - dims.size());
            if (place >= 0 && place < dims.size() && dims.get(place).is(1)) {
                dims.remove(place);
            }
        }
        int[] gone = n.ints("decrease_axes").clone();
        Arrays.sort(gone);
        if (dims.size() > sizes.size() - gone.length) {
            return n.reshape(v, dims);
        }
        // dimensions are counted from the end, as broadcasting does
        int have = dims.size();
        List<Dim> full = new ArrayList<>();
        List<Integer> left = new ArrayList<>();
        for (int a = 0; a < sizes.size(); a++) {
            int axis = a;
            if (Arrays.stream(gone).noneMatch(g -> g == axis)) {
                left.add(a);
            }
        }
        for (int a = 0; a < sizes.size(); a++) {
            int place = left.indexOf(a) - (left.size() - have);
            full.add(left.contains(a) && place >= 0 ? dims.get(place) : Dim.ONE);
        }
        return n.reshape(v, full);
    }

    // ---- diagonals ----------------------------------------------------------------------------------------------

    private static void diagonalMatrix(PaddleNode n, Value x) {
        long offset = n.integer("offset", 0);
        if (x.rank() == 2) {
            n.out(along(n, x, offset));
            return;
        }
        Dim size = x.dim(0).plus(Math.abs(offset));
        Value row = n.reshape(Sequences.iota(n, size), size, Dim.ONE);
        Value column = Sequences.iota(n, size);
        Value here = n.op("eq", n.op("add", row, n.number(offset)), column);
        Value at = n.op("max", n.op("min", offset > 0 ? row : column, n.b().dim(x.dim(0).minus(1))), n.number(0));
        Value v = n.reshape(n.gather(x, n.reshape(at, size), 0), offset > 0 ? List.of(size, Dim.ONE) : List.of(size));
        n.out(n.op("where", here, v, n.like(x, n.real("padding_value", 0))));
    }

    /** A diagonal of the last two dimensions. */
    private static Value along(PaddleNode n, Value x, long offset) {
        int r = x.rank();
        long down = Math.max(0, -offset);
        long right = Math.max(0, offset);
        Dim count = x.dim(r - 2).minus(down).min(x.dim(r - 1).minus(right));
        Value at = n.op("add", n.op("mul", Sequences.iota(n, count), n.b().dim(x.dim(r - 1).plus(1))),
                n.b().dim(x.dim(r - 1).times(down).plus(right)));
        List<Dim> dims = new ArrayList<>(x.tensor().dims().subList(0, r - 2));
        dims.add(x.dim(r - 2).times(x.dim(r - 1)));
        return n.gather(n.reshape(x, dims), at, r - 2);
    }

    private static Value diagonal(PaddleNode n, Value x) {
        int a = n.axis(n.integer("axis1", 0), x.rank());
        int c = n.axis(n.integer("axis2", 1), x.rank());
        int[] perm = new int[x.rank()];
        int k = 0;
        for (int i = 0; i < x.rank(); i++) {
            if (i != a && i != c) {
                perm[k++] = i;
            }
        }
        perm[k++] = a;
        perm[k] = c;
        return along(n, n.transpose(x, perm), n.integer("offset", 0));
    }

    // ---- choices ------------------------------------------------------------------------------------------------

    private static void unique(PaddleNode n) {
        Value x = n.need("X");
        boolean sorted = n.flag("is_sorted", false);
        List<Object> attrs = new ArrayList<>(List.of("sorted", sorted ? 1L : 0L));
        long[] axis = n.integers("axis");
        if (axis.length > 0) {
            attrs.addAll(List.of("axis", axis[0]));
        }
        List<Value> r = n.onnx("Unique", 4, attrs.toArray(), x);
        ElementType t = n.elem("dtype", ElementType.I64);
        n.out(r.get(0));
        n.out("Indices", n.cast(r.get(1), t));
        n.out("Index", n.cast(r.get(2), t));
        n.out("Counts", n.cast(r.get(3), t));
        n.out("Count", n.cast(r.get(3), t));
    }

    /** From the last step back: which beam each beam came from, and what it said there. */
    private static void tree(PaddleNode n) {
        Value ids = n.need("Ids");
        Value parents = n.cast(n.need("Parents"), ElementType.I64);
        Dim steps = ids.dim(0);
        Dim beams = ids.dim(2);
        Value own = n.expand(n.reshape(Sequences.iota(n, beams), Dim.ONE, beams), List.of(ids.dim(1), beams));
        List<Value> r = LoopImport.loop(n.b(), steps, null, List.of(own), (b, turn, carried) -> {
            Value step = b.op("sub", b.dim(steps.minus(1)), turn);
            Attrs along = Attrs.of("axis", 1);
            Value said = b.op("gather_elements", along, b.op("gather", Attrs.of("axis", 0), ids, step), carried.get(0));
            Value before = b.op("gather_elements", along, b.op("gather", Attrs.of("axis", 0), parents, step), carried.get(0));
            return new LoopImport.Turn(null, List.of(before), List.of(said));
        });
        n.out(n.flip(r.get(1), 0));
    }
}
