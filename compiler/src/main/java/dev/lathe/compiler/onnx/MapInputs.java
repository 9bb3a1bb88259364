package dev.lathe.compiler.onnx;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.runtime.ElementType;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Inputs of a model that are maps: an input of the values, by the map's name, and beside it {@code NAME.keys}. */
final class MapInputs {
    private final Map<Value, Value> keys = new IdentityHashMap<>();

    /** The input that holds the keys of those values; null where they are no map's. */
    Value keys(Value values) {
        return keys.get(values);
    }

    /**
     * Adds both inputs and returns the values.
     *
     * @param shape how many entries, if that is given
     */
    Value add(GraphBuilder b, String name, ElementType key, ElementType value, int[] shape) {
        if (shape != null && shape.length != 1) {
            throw LatheException.wrongUse("input \"" + name + "\"", "a map has one dimension, its entries; the shape given has " + shape.length,
                    "give the number of its entries with --shape " + name + "=3");
        }
        String symbol = ModelNames.symbol(name) + "_entries";
        b.reserveSymbol(symbol);
        List<Dim> entries = List.of(shape != null ? Dim.of(shape[0]) : Dim.sym(symbol));
        Value values = b.input(name, Type.tensor(value, entries));
        keys.put(values, b.input(name + ".keys", Type.tensor(key, entries)));
        return values;
    }
}
