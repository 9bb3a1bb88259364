package dev.lathe.compiler.paddle.ops;

import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.compiler.paddle.proto.BlockDesc;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which sequences rows stand for, where a loop's turns change that: it is carried from turn to turn, as the rows are.
 *
 * @param outer whether what each variable's sequences are steps of is carried, too
 * @param begin what is carried before the first turn: a variable's, and behind it the outer ones where there are some
 */
record CarriedLods(PaddleNode n, List<String> names, List<Boolean> outer, List<Value> begin) {
    static CarriedLods of(PaddleNode n, BlockDesc body, List<String> carried) {
        List<String> names = new ArrayList<>();
        List<Boolean> outer = new ArrayList<>();
        List<Value> begin = new ArrayList<>();
        List<String> may = carried.stream().filter(v -> n.findLod(v) != null || n.find(v) == null && ArrayRows.isArray(n, v)).toList();
        // a turn that is thrown away tells which are changed
        PaddleNode.After after = may.isEmpty() ? null : n.run(body, n.b().region(), Map.of(), Map.of());
        for (String v : may) {
            Value before = n.findLod(v);
            Value then = after.lods().apply(v);
            if (then == before) {
                continue;
            }
            boolean two = n.outerLod(then) != null && (before == null || n.outerLod(before) != null);
            names.add(v);
            outer.add(two);
            begin.add(before != null ? before : ArrayRows.emptyLods(n.b()));
            if (two) {
                begin.add(before != null ? n.outerLod(before) : ArrayRows.emptyLods(n.b()));
            }
        }
        return new CarriedLods(n, names, outer, begin);
    }

    /** Values that are carried, by the variables whose rows they tell apart. */
    Map<String, Value> named(List<Value> values) {
        Map<String, Value> m = new LinkedHashMap<>();
        int at = 0;
        for (int i = 0; i < names.size(); i++) {
            Value lod = values.get(at++);
            m.put(names.get(i), lod);
            if (outer.get(i)) {
                n.outerLod(lod, values.get(at++));
            }
        }
        return m;
    }

    /** What is carried after a turn. */
    List<Value> after(PaddleNode.After after) {
        List<Value> r = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            Value lod = after.lods().apply(names.get(i));
            r.add(lod);
            if (outer.get(i)) {
                r.add(n.outerLod(lod));
            }
        }
        return r;
    }
}
