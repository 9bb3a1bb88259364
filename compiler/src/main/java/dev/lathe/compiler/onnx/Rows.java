package dev.lathe.compiler.onnx;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** Which operators of a format are read, and how: each has one row. */
public final class Rows<K extends Comparable<K>, R> {
    private final Map<K, R> rows = new TreeMap<>();

    public void add(K operator, R row) {
        if (rows.put(operator, row) != null) {
            throw new IllegalStateException("operator " + operator + " stands twice");
        }
    }

    /** @return an operator's row; null when it isn't read */
    public R find(K operator) {
        return rows.get(operator);
    }

    public Map<K, R> all() {
        return Collections.unmodifiableMap(rows);
    }
}
