package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.ops.LoopImport;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.runtime.ElementType;
import java.util.List;

/** The best path through a linear chain of tags (Viterbi). */
public final class CrfRows {
    private CrfRows() {}

    public static void register() {
        add("crf_decoding", CrfRows::decode);
    }

    private static Value number(PaddleNode n, long v) {
        return n.b().scalar(ElementType.I64, v);
    }

    private static void decode(PaddleNode n) {
        if (n.has("Label")) {
            throw n.unsupported("input Label");
        }
        Value emission = n.need("Emission");
        Value transition = n.need("Transition");
        Dim tags = transition.dim(1);
        if (n.has("Length")) {
            throw n.unsupported("a padded batch with input Length");
        }
        Value lod = n.needLod("Emission");
        Sequences s = Sequences.of(n, lod);
        Dim steps = s.longest();
        Value x = s.pad(emission, steps);
        Value first = n.part(transition, 0, Dim.ZERO, Dim.ONE);
        Value end = n.part(transition, 0, Dim.ONE, Dim.ONE);
        Value weights = n.part(transition, 0, Dim.of(2), tags);
        Dim count = s.count();
        Value same = n.expand(n.reshape(Sequences.iota(n, tags), Dim.ONE, tags), List.of(count, tags));
        Value begin = n.op("add", n.gather(x, number(n, 0), 0), first);
        // forward: the best score that ends in each tag, and the tag before it; steps behind a sequence's end change nothing
        List<Value> forward = LoopImport.loop(n.b(), steps, null, List.of(begin), (b, turn, carried) -> {
            Value score = carried.get(0);
            Value through = b.op("add", b.op("reshape", Attrs.of("dims", List.of(count, tags, Dim.ONE)), score), weights);
            Value best = b.op("reduce", Attrs.of("kind", "max", "axes", new int[] {1}, "keep", false), through);
            Value from = b.op("arg_reduce", Attrs.of("kind", "max", "axis", 1, "keep", false, "last", false), through);
            Value next = b.op("add", best, b.op("gather", Attrs.of("axis", 0), x, turn));
            Value inside = b.op("and", b.op("lt", turn, s.lengths()), b.op("gt", turn, b.scalar(ElementType.I64, 0)));
            Value in = b.op("reshape", Attrs.of("dims", List.of(count, Dim.ONE)), inside);
            return new LoopImport.Turn(null, List.of(b.op("where", in, next, score)), List.of(b.op("where", in, from, same)));
        });
        Value total = n.op("add", forward.get(0), end);
        Value lastTag = n.op("arg_reduce", Attrs.of("kind", "max", "axis", 1, "keep", false, "last", false), total);
        Value before = forward.get(1);
        // backward, from the last step to the first: the tag of each step
        List<Value> backward = LoopImport.loop(n.b(), steps, null, List.of(lastTag), (b, turn, carried) -> {
            Value step = b.op("sub", b.op("sub", b.dim(steps), b.scalar(ElementType.I64, 1)), turn);
            Value tag = carried.get(0);
            Value back = b.op("gather", Attrs.of("axis", 0), before, step);
            Value earlier = b.op("gather_elements", Attrs.of("axis", 1), back, b.op("reshape", Attrs.of("dims", List.of(count, Dim.ONE)), tag));
            return new LoopImport.Turn(null, List.of(b.op("reshape", Attrs.of("dims", List.of(count)), earlier)), List.of(b.op("identity", tag)));
        });
        Value path = backward.get(1);
        Value order = n.op("sub", n.op("sub", n.b().dim(steps), number(n, 1)), Sequences.iota(n, steps));
        Value ordered = n.gather(path, order, 0);
        n.out("ViterbiPath", n.reshape(s.unpad(ordered, emission.dim(0)), emission.dim(0), Dim.ONE));
        n.outLod("ViterbiPath", lod);
    }
}
