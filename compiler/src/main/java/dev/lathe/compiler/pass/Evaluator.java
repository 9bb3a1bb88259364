package dev.lathe.compiler.pass;

import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.tensor.Tensor;
import java.util.List;

/** Computes a node from constants, with the bits that the compiled model would give. */
@FunctionalInterface
public interface Evaluator {
    /** Computes nothing. */
    Evaluator NONE = (n, operands) -> null;

    /** The results of {@code n}, or null when it can't be computed now; an absent operand is null. */
    List<Tensor> evaluate(Node n, List<Tensor> operands);
}
