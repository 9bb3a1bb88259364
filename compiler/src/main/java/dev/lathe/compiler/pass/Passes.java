package dev.lathe.compiler.pass;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All graph passes, and the order in which a model goes through them. */
public final class Passes {
    /** The order without an evaluator. */
    public static final List<Pass> STANDARD = standard(Evaluator.NONE);

    private Passes() {}

    /** The order in which a model goes through the passes. */
    public static List<Pass> standard(Evaluator evaluator) {
        Pass fold = new FoldConstants(evaluator);
        Pass simplify = new Simplify();
        Pass common = new EliminateCommon();
        Pass sweep = new EliminateDead();
        return List.of(
                // first of all: each pass leaves a graph without dead nodes, and expects one
                sweep,
                // before anything is computed: constants, too, are computed in the wider type
                new WidenFloats(),
                // what importers leave: shape arithmetic, constants under transposes
                fold,
                simplify,
                common,
                // before scales and shifts go elsewhere
                new FuseNorm(),
                // before layout: per-channel constants vanish and need not be laid out
                new FoldBatchNorm(),
                // before fusion: epilogues need the final layout of their operands
                new ChooseLayout(),
                // transposes that meet cancel, those of constants are computed
                simplify,
                fold,
                common,
                // before fusion: biases and activations follow the sum of the parts
                new FoldTaps(),
                new FuseEpilogue(),
                // after contractions have taken theirs
                new FuseElementwise(),
                // after fusion: a border between a convolution and its producer would hide one from the other
                new ExplicitPad(),
                common,
                sweep);
    }

    /** Every pass once, by name. */
    public static Map<String, Pass> byName(Evaluator evaluator) {
        Map<String, Pass> r = new LinkedHashMap<>();
        new ArrayList<>(standard(evaluator)).forEach(p -> r.putIfAbsent(p.name(), p));
        return r;
    }
}
