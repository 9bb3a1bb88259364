package dev.lathe.compiler.ir;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * One operation. Immutable; passes make new nodes.
 *
 * @param op name of a row of the operator table
 * @param inputs operands; an absent optional operand is null (text: {@code _})
 * @param outputs results; an unused optional result is null (text: {@code _})
 * @param regions nested graphs of control flow and of fused nodes; they may use values of the graph around them
 */
public record Node(String op, List<Value> inputs, List<Value> outputs, Attrs attrs, List<Graph> regions, Loc loc) {
    public Node {
        inputs = kept(inputs);
        outputs = kept(outputs);
        regions = List.copyOf(regions);
    }

    public Node(String op, List<Value> inputs, Value output, Attrs attrs, Loc loc) {
        this(op, inputs, Arrays.asList(output), attrs, List.of(), loc);
    }

    // operands may be null, which List.copyOf refuses; its lists take a third of the memory
    private static List<Value> kept(List<Value> values) {
        for (Value v : values) {
            if (v == null) {
                return Collections.unmodifiableList(new ArrayList<>(values));
            }
        }
        return List.copyOf(values);
    }

    public boolean is(String name) {
        return op.equals(name);
    }

    /** Operand {@code i}, or null when it is absent. */
    public Value in(int i) {
        return i < inputs.size() ? inputs.get(i) : null;
    }

    /** Result {@code i}, or null when it is absent. */
    public Value out(int i) {
        return i < outputs.size() ? outputs.get(i) : null;
    }

    public Value out() {
        return outputs.get(0);
    }

    public Node withInputs(List<Value> in) {
        return new Node(op, in, outputs, attrs, regions, loc);
    }

    public Node withAttrs(Attrs a) {
        return new Node(op, inputs, outputs, a, regions, loc);
    }

    public Node withLoc(Loc l) {
        return new Node(op, inputs, outputs, attrs, regions, l);
    }

    public Node withRegions(List<Graph> r) {
        return new Node(op, inputs, outputs, attrs, r, loc);
    }
}
