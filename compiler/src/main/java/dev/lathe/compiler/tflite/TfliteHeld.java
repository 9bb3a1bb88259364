package dev.lathe.compiler.tflite;

import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Value;

/** What operators round inside, where the model is read with the steps of its types. */
final class TfliteHeld {
    private final TfliteGraph graph;
    private final int[] in;
    private final int[] between;

    /** @param between the tensors that the model declares for what the operator computes on the way */
    TfliteHeld(TfliteGraph graph, int[] in, int... between) {
        this.graph = graph;
        this.in = in;
        this.between = between;
    }

    private boolean there(int operand) {
        return operand < in.length && in[operand] >= 0;
    }

    /** {@code v} as operand {@code i}'s type holds it. */
    Value like(GraphBuilder b, int operand, Value v) {
        return there(operand) ? graph.stepped(b, in[operand], v) : v;
    }

    /** {@code v} as the type of number {@code k} on the way holds it. */
    Value between(GraphBuilder b, int k, Value v) {
        return k < between.length && between[k] >= 0 ? graph.stepped(b, between[k], v) : v;
    }

    /** True where operands and states are bytes. */
    boolean bytes() {
        return there(0) && graph.scales(in[0]).length == 1 && graph.type(in[0]).bits() == 8;
    }

    /** True where floats meet weights of few bits. */
    boolean mixed(int weights) {
        return there(0) && there(weights) && graph.scales(in[0]).length == 0 && graph.scales(in[weights]).length > 0 && graph.type(in[weights]).bits() <= 8;
    }
}
