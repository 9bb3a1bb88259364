package dev.lathe.compiler.ir;

import dev.lathe.codegen.program.Program.Range;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model, or a region of a node. Nodes stand in an order in which every value is defined before it is used. A
 * region may use values of the graphs around it.
 *
 * @param limits declared bounds of input symbols ({@code where N in 1..64}); empty for regions
 */
public record Graph(String name, List<Value> inputs, List<Node> nodes, List<Value> outputs, Map<String, Range> limits) {
    public Graph {
        inputs = List.copyOf(inputs);
        nodes = List.copyOf(nodes);
        outputs = List.copyOf(outputs);
        limits = Collections.unmodifiableMap(new LinkedHashMap<>(limits));
    }

    public Graph(String name, List<Value> inputs, List<Node> nodes, List<Value> outputs) {
        this(name, inputs, nodes, outputs, Map.of());
    }

    public Graph withNodes(List<Node> n) {
        return new Graph(name, inputs, n, outputs, limits);
    }
}
