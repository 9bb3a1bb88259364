package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** ai.onnx.ml: features into numbers and back: dictionaries, categories, choice and joining of columns. */
public final class EncoderImport {
    static final String ML = "ai.onnx.ml.";

    private EncoderImport() {}

    public static void register() {
        add(ML + "LabelEncoder", EncoderImport::labels);
        add(ML + "CategoryMapper", n -> {
            Tensor ints = longs(n, "cats_int64s");
            Tensor texts = strings(n, "cats_strings");
            n.out(n.elem(0) == ElementType.STR
                    ? translate(n, n.need(0), texts, ints, one(ElementType.I64, new long[] {n.integer("default_int64", -1)}))
                    : translate(n, n.need(0), ints, texts, one(ElementType.STR, new String[] {n.text("default_string", "_Unused")})));
        });
        add(ML + "OneHotEncoder", n -> {
            Calc c = new Calc(n);
            Value x = n.need(0);
            boolean text = x.elem() == ElementType.STR;
            Tensor cats = text ? strings(n, "cats_strings") : longs(n, "cats_int64s");
            if (cats == null) {
                throw new LatheException("", "it has no categories for " + x.type());
            }
            List<Dim> dims = new ArrayList<>(x.tensor().dims());
            dims.add(Dim.ONE);
            Value column = c.reshape(text ? x : c.cast(x, ElementType.I64), dims);
            n.out(c.cast(n.op("eq", column, n.b().constant(cats)), ElementType.F32));
        });
        add(ML + "ArrayFeatureExtractor", n -> {
            Calc c = new Calc(n);
            Value x = n.need(0);
            Value at = c.reshape(n.need(1), n.need(1).tensor().size());
            Value rows = x.rank() == 1 ? c.reshape(x, Dim.ONE, x.dim(0)) : x;
            n.out(c.gather(rows, at, rows.rank() - 1));
        });
        add(ML + "FeatureVectorizer", n -> {
            Calc c = new Calc(n);
            List<Value> parts = new ArrayList<>();
            long[] columns = n.integers("inputdimensions");
            for (Value v : n.in()) {
                // a row is all that stands behind the first dimension
                Value row = v.rank() > 2 ? c.reshape(v, v.dim(0), Dim.product(v.tensor().dims().subList(1, v.rank()))) : rows(c, v);
                Value part = c.cast(row, ElementType.F32);
                parts.add(columns == null || parts.size() >= columns.length ? part : fitted(n, part, Dim.of(columns[parts.size()])));
            }
            n.out(n.b().op("concat", Attrs.of("axis", 1), parts));
        });
        add(ML + "DictVectorizer", n -> n.out(vocabulary(n)));
        add(ML + "CastMap", n -> n.out(listed(n)));
        add(ML + "ZipMap", n -> {
            Tensor keys = longs(n, "classlabels_int64s");
            keys = keys != null ? keys : strings(n, "classlabels_strings");
            if (keys == null) {
                throw new LatheException("", "it has no class labels");
            }
            n.out(n.op("zip_map", rows(new Calc(n), n.need(0)), n.b().constant(keys)));
        });
    }

    /** What stands for nothing of a type: 0, or an empty text. */
    private static Value nothing(NodeImport n, ElementType t) {
        return t == ElementType.STR ? n.b().constant(new Tensor(t, new int[0], new String[] {""})) : n.b().scalar(t, 0);
    }

    /** For each of these keys the value that stands beside it in a map, or nothing: [1, keys]. */
    private static Value looked(NodeImport n, Value keys, Value values, Value wanted) {
        Calc c = new Calc(n);
        Value more = c.reshape(nothing(n, values.elem()), Dim.ONE);
        Value all = n.b().op("concat", Attrs.of("axis", 0), List.of(values, more));
        Dim count = keys.dim(0);
        Value same = n.op("eq", c.reshape(keys, count, Dim.ONE), c.reshape(wanted, Dim.ONE, wanted.dim(0)));
        // how many entries stand before the one that is it; all of them where none is
        Value place = c.where(same, c.reshape(c.iota(count, ElementType.I64), count, Dim.ONE), c.dim(count));
        Value ends = n.b().op("concat", Attrs.of("axis", 0), List.of(place, c.expand(c.reshape(c.dim(count), Dim.ONE, Dim.ONE), List.of(Dim.ONE, wanted.dim(0)))));
        return c.gather(all, c.reduce("min", ends, true, 0), 0);
    }

    private static Value vocabulary(NodeImport n) {
        Value keys = n.mapKeys(0);
        Tensor words = keys.elem() == ElementType.STR ? strings(n, "string_vocabulary") : longs(n, "int64_vocabulary");
        if (words == null) {
            throw new LatheException("", "it has no vocabulary for keys of type " + keys.elem().text());
        }
        return looked(n, keys, n.need(0), n.b().constant(words));
    }

    /** A map's values by ascending keys, or each at the place that its key is. */
    private static Value listed(NodeImport n) {
        Calc c = new Calc(n);
        Value keys = n.mapKeys(0);
        Value values = n.need(0);
        Value row;
        if (n.text("map_form", "DENSE").equals("SPARSE")) {
            row = looked(n, keys, values, c.iota(Dim.of(n.integer("max_map", 1)), ElementType.I64));
        } else {
            Attrs a = Attrs.of("count", keys.dim(0), "largest", false);
            Value order = n.b().add("topk", List.of(keys), a, List.of(), (String[]) null).get(1);
            row = c.reshape(c.gather(values, order, 0), Dim.ONE, keys.dim(0));
        }
        ElementType to = switch (n.text("cast_to", "TO_FLOAT")) {
            case "TO_FLOAT" -> ElementType.F32;
            case "TO_INT64" -> ElementType.I64;
            case "TO_STRING" -> ElementType.STR;
            default -> throw n.unsupported("cast_to " + n.text("cast_to", ""));
        };
        // nothing is no number that a text could be read as
        Value number = row.elem() == ElementType.STR && to != ElementType.STR
                ? c.where(n.op("eq", row, nothing(n, ElementType.STR)), n.b().constant(new Tensor(ElementType.STR, new int[0], new String[] {"0"})), row) : row;
        return c.cast(number, to);
    }

    // a row's columns cut off, or zeros behind them
    private static Value fitted(NodeImport n, Value x, Dim columns) {
        Dim kept = x.dim(1).min(columns);
        Value part = x.dim(1).equals(columns) ? x : n.b().part(x, 1, Dim.ZERO, kept);
        Attrs a = Attrs.of("mode", "constant", "before", List.of(Dim.ZERO, Dim.ZERO), "after", List.of(Dim.ZERO, columns.minus(kept)));
        return columns.equals(kept) ? part : n.op("pad", a, part);
    }

    /** A single row stands as a vector. */
    static Value rows(Calc c, Value x) {
        return x.rank() == 1 ? c.reshape(x, Dim.ONE, x.dim(0)) : x;
    }

    static Tensor longs(NodeImport n, String name) {
        long[] v = n.integers(name);
        return v == null ? null : Tensor.ofLongs(new int[] {v.length}, v);
    }

    static Tensor strings(NodeImport n, String name) {
        List<String> v = n.texts(name);
        return v == null ? null : new Tensor(ElementType.STR, new int[] {v.size()}, v.toArray(new String[0]));
    }

    private static Tensor floats(NodeImport n, String name) {
        float[] v = n.reals(name);
        return v == null ? null : Tensor.ofFloats(new int[] {v.length}, v);
    }

    private static Tensor one(ElementType t, Object data) {
        return new Tensor(t, new int[] {1}, data);
    }

    private static Tensor either(NodeImport n, String what) {
        Tensor t = n.tensor(what + "_tensor");
        t = t != null ? t.reshaped(t.size()) : strings(n, what + "_strings");
        t = t != null ? t : longs(n, what + "_int64s");
        return t != null ? t : floats(n, what + "_floats");
    }

    private static void labels(NodeImport n) {
        Value x = n.need(0);
        if (n.opset() < 2) {
            Tensor classes = strings(n, "classes_strings");
            long[] numbers = new long[classes.size()];
            Arrays.setAll(numbers, i -> i);
            Tensor index = Tensor.ofLongs(new int[] {numbers.length}, numbers);
            n.out(x.elem() == ElementType.STR
                    ? translate(n, x, classes, index, one(ElementType.I64, new long[] {n.integer("default_int64", -1)}))
                    : translate(n, x, index, classes, one(ElementType.STR, new String[] {n.text("default_string", "_Unused")})));
            return;
        }
        Tensor keys = either(n, "keys");
        Tensor values = either(n, "values");
        if (keys == null || values == null || keys.size() != values.size()) {
            throw new LatheException("", "it needs as many keys as values, and has " + keys + " and " + values);
        }
        Tensor absent = n.tensor("default_tensor");
        if (absent == null) {
            absent = switch (values.type()) {
                case STR -> one(ElementType.STR, new String[] {n.text("default_string", "_Unused")});
                case I64 -> one(ElementType.I64, new long[] {n.integer("default_int64", -1)});
                case F32 -> one(ElementType.F32, new float[] {n.real("default_float", -0.0)});
                default -> new Tensor(values.type(), new int[] {1}, values.type().storage().allocate(1));
            };
        }
        n.out(translate(n, x, keys, values, absent.reshaped(1)));
    }

    /** Each element's value in a dictionary, or {@code absent}. */
    private static Value translate(NodeImport n, Value x, Tensor keys, Tensor values, Tensor absent) {
        if (keys == null || values == null) {
            throw new LatheException("", "it has no table for " + x.type());
        }
        Calc c = new Calc(n);
        ElementType wide = x.elem() == ElementType.STR ? ElementType.STR : x.elem().isFloat() || keys.type().isFloat() ? ElementType.F64 : ElementType.I64;
        if ((keys.type() == ElementType.STR) != (wide == ElementType.STR)) {
            throw new LatheException("", "its keys are " + keys.type().text() + ", but it is given " + x.type());
        }
        Comparator<Integer> by = switch (wide) {
            case STR -> Comparator.comparing(i -> keys.strings()[i]);
            case F64 -> Comparator.comparingDouble(keys::number);
            default -> Comparator.comparingLong(keys::integer);
        };
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            order.add(i);
        }
        // stable: of equal keys the first is found
        order.sort(by);
        Attrs a = Attrs.NONE;
        int last = order.isEmpty() ? -1 : order.get(order.size() - 1);
        if (wide == ElementType.F64 && last >= 0 && Double.isNaN(keys.number(last))) {
            a = Attrs.of("nan", order.size() - 1);
        }
        Value sorted = n.b().constant(new Tensor(wide, new int[] {keys.size()}, switch (wide) {
            case STR -> order.stream().map(i -> keys.strings()[i]).toArray(String[]::new);
            case F64 -> order.stream().mapToDouble(keys::number).toArray();
            default -> order.stream().mapToLong(keys::integer).toArray();
        }));
        Object table = values.type().storage() == dev.lathe.runtime.Storage.REF ? new String[keys.size() + 1] : values.type().storage().allocate(keys.size() + 1);
        for (int i = 0; i < keys.size(); i++) {
            System.arraycopy(values.data(), order.get(i), table, i, 1);
        }
        System.arraycopy(absent.data(), 0, table, keys.size(), 1);
        Value at = n.op("lookup", a, wide == ElementType.STR ? x : c.cast(x, wide), sorted);
        return c.gather(n.b().constant(new Tensor(values.type(), new int[] {keys.size() + 1}, table)), at, 0);
    }
}
