package dev.lathe.compiler.paddle.ops;

import static dev.lathe.compiler.paddle.PaddleTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.Building;
import dev.lathe.compiler.onnx.Decomposer;
import dev.lathe.compiler.onnx.ops.LoopImport;
import dev.lathe.compiler.paddle.PaddleNode;
import dev.lathe.runtime.ElementType;
import java.util.List;

/**
 * Beams: of the words that may follow each of a source's beginnings, the best few of all are kept. The rows of a step are
 * what was kept; their sequences say which of the last step's rows they follow, and those sequences' which source that is of.
 */
public final class BeamRows {
    /** What scores of no use stand behind; a score may be the logarithm of 0. */
    private static final double LEAST = -3e38;

    private BeamRows() {}

    public static void register() {
        add("beam_search", BeamRows::search);
        add("beam_search_decode", BeamRows::decode);
    }

    /** Operations in a loop's region. */
    private record Inside(GraphBuilder b, Decomposer decomposer) implements Building {}

    private static Value column(Building n, Value v) {
        return n.reshape(v, v.tensor().size(), Dim.ONE);
    }

    private static Value line(Building n, Value v) {
        return n.reshape(v, Dim.ONE, v.tensor().size());
    }

    private static Value iota(Building n, Dim size) {
        return n.op("iota", Attrs.of("size", size, "to", ElementType.I64));
    }

    private static Value number(Building n, long v) {
        return n.b().scalar(ElementType.I64, v);
    }

    private static void search(PaddleNode n) {
        Value given = n.need("scores");
        Dim rows = given.dim(0);
        Dim width = Dim.product(given.tensor().dims().subList(1, given.rank()));
        Value scores = n.reshape(given, rows, width);
        Value inner = n.needLod("scores");
        Value outer = n.integer("level", 0) == 0 ? n.outerLod(inner) : null;
        Value high = outer == null ? inner : n.gather(inner, outer, 0);
        Sequences s = Sequences.of(n, high);
        Value end = number(n, n.integer("end_id", 0));
        Value last = n.reshape(n.cast(n.need("pre_ids"), ElementType.I64), rows);

        // a beginning that has ended goes on with another end alone, for nothing
        Value ended = column(n, n.op("eq", last, end));
        Value before = n.reshape(n.cast(n.need("pre_scores"), scores.elem()), rows, Dim.ONE);
        Value ids = n.has("ids") ? n.reshape(n.cast(n.need("ids"), ElementType.I64), rows, width) : n.expand(iota(n, width), List.of(rows, width));
        Value score = n.flag("is_accumulated", true) ? scores : n.op("add", before, n.op("log", scores));
        ids = n.op("where", ended, end, ids);
        score = n.op("where", ended, before, score);
        Value usable = n.op("or", n.op("not", ended), line(n, n.op("eq", iota(n, width), number(n, 0))));

        // a source's rows side by side, the last first: of equal scores the later row's is taken
        Dim most = s.longest();
        Value back = n.op("sub", n.b().dim(most.minus(1)), iota(n, most));
        Value safe = n.op("max", n.op("min", n.op("add", column(n, s.starts()), line(n, back)), n.b().dim(rows.minus(1))), number(n, 0));
        Value there = n.reshape(n.op("lt", line(n, back), column(n, s.lengths())), s.count(), most, Dim.ONE);
        Value key = n.op("where", n.op("and", n.gather(usable, safe, 0), there), n.op("max", n.gather(score, safe, 0), n.like(score, LEAST)),
                n.like(score, Double.NEGATIVE_INFINITY));
        Dim count = most.times(width).min(Dim.of(n.integer("beam_size", 1)));
        List<Value> best = n.sorted(n.reshape(key, s.count(), most.times(width)), count, true);
        Value valid = n.op("gt", best.get(0), n.like(score, Double.NEGATIVE_INFINITY));
        Value place = n.op("div", best.get(1), n.b().dim(width));
        Value row = n.op("add", column(n, s.starts()), n.op("sub", n.b().dim(most.minus(1)), place));
        row = n.op("max", n.op("min", row, n.b().dim(rows.minus(1))), number(n, 0));
        Value at = n.op("add", n.op("mul", row, n.b().dim(width)), n.op("mod", best.get(1), n.b().dim(width)));
        Value id = n.gather(n.reshape(ids, rows.times(width)), at, 0);
        Value total = n.gather(n.reshape(score, rows.times(width)), at, 0);

        // a source whose beginnings had all ended before is done
        Value open = n.op("and", valid, n.op("not", n.op("and", n.op("eq", id, end), n.op("eq", n.gather(last, row, 0), end))));
        Value going = n.op("gt", n.reduce("max", n.cast(open, ElementType.I64), true, 1), number(n, 0));
        Value keep = n.op("and", valid, going);

        // by rows, the best of each first
        Dim all = s.count().times(count);
        Value flatRow = n.reshape(row, all);
        Value order = n.sorted(n.op("add", n.op("mul", flatRow, n.b().dim(all)), iota(n, all)), all, false).get(1);
        Value chosen = n.gather(order, n.places(n.gather(n.reshape(keep, all), order, 0)), 0);
        Value parent = n.gather(flatRow, chosen, 0);
        n.out("selected_ids", column(n, n.gather(n.reshape(id, all), chosen, 0)));
        n.out("selected_scores", column(n, n.gather(n.reshape(total, all), chosen, 0)));
        n.out("parent_idx", n.cast(parent, ElementType.I32));
        Value low = n.reduce("sum", n.cast(n.op("lt", line(n, parent), column(n, iota(n, rows.plus(1)))), ElementType.I64), false, 1);
        n.outerLod(low, high);
        n.outLod("selected_ids", low);
        n.outLod("selected_scores", low);
    }

    private static Value lods(PaddleNode n) {
        Value lods = n.needLod("Ids");
        if (!ArrayRows.isArray(lods) || n.outerLod(lods) == null) {
            throw new LatheException("", "the array Ids is not known to hold sequences of sequences, as beam_search gives them");
        }
        return lods;
    }

    /** Each kept end followed back to its source; the best one of a source first, as long as each is. */
    private static void decode(PaddleNode n) {
        Value ids = n.need("Ids");
        Value lods = lods(n);
        Value outers = n.outerLod(lods);
        Value scores = n.need("Scores");
        Value zero = number(n, 0);
        Value end = number(n, n.integer("end_id", 0));
        Dim beams = Dim.of(n.integer("beam_size", 1));
        Dim sources = n.op("seq_at", Attrs.of("rank", 1), outers, zero).dim(0).minus(1);
        Dim steps = n.dims(n.op("seq_length", ids)).get(0);
        Value none = n.expand(zero, List.of(sources, beams));
        Value no = n.cast(none, ElementType.BOOL);
        List<Value> r = LoopImport.loop(n.b(), steps, null, List.of(none, no), (b, turn, args) -> {
            Inside in = new Inside(b, n.decomposer());
            Value t = in.op("sub", b.dim(steps.minus(1)), turn);
            Value id = in.op("seq_at", Attrs.of("rank", 2), ids, t);
            Value score = in.op("seq_at", Attrs.of("rank", 2), scores, t);
            Value lod = in.op("seq_at", Attrs.of("rank", 1), lods, t);
            Value outer = in.op("seq_at", Attrs.of("rank", 1), outers, t);
            // the rows of each source; those of one that is not followed yet are ends
            Value edges = in.gather(lod, outer, 0);
            Value from = in.reshape(in.part(edges, 0, Dim.ZERO, sources), sources, Dim.ONE);
            Value to = in.reshape(in.part(edges, 0, Dim.ONE, sources), sources, Dim.ONE);
            Value followed = in.op("gt", in.reduce("max", in.cast(args.get(1), ElementType.I64), true, 1), zero);
            Value fresh = in.op("add", from, iota(in, beams));
            Value begins = in.op("and", in.op("not", followed), in.op("lt", fresh, to));
            Value row = in.op("where", followed, args.get(0), fresh);
            Value alive = in.op("or", args.get(1), begins);
            // a row that is none's
            row = in.op("where", alive, in.op("add", row, number(in, 1)), zero);
            Dim size = id.tensor().size();
            Value word = in.gather(in.concat(List.of(b.longs(0), in.reshape(in.cast(id, ElementType.I64), size)), 0), row, 0);
            Value points = in.gather(in.concat(List.of(in.reshape(in.like(score, 0), Dim.ONE), in.reshape(score, score.tensor().size())), 0), row, 0);
            Value keep = in.op("or", begins, in.op("and", alive, in.op("ne", word, end)));
            // the row before: how many ends of sequences lie at it or before it
            Value ends = in.part(lod, 0, Dim.ONE, lod.dim(0).minus(1));
            Value past = in.op("lt", in.reshape(ends, Dim.ONE, Dim.ONE, ends.dim(0)), in.reshape(row, sources, beams, Dim.ONE));
            Value parent = in.reduce("sum", in.cast(past, ElementType.I64), false, 2);
            return new LoopImport.Turn(null, List.of(parent, alive), List.of(word, points, keep, begins));
        });
        // [steps, sources, beams], the last step first
        Value begins = r.get(5);
        Value points = r.get(3);
        Value last = n.reduce("sum", n.op("where", begins, points, n.like(points, 0)), false, 0);
        Value exists = n.op("gt", n.reduce("max", n.cast(begins, ElementType.I64), false, 0), zero);
        Value key = n.op("where", exists, n.op("max", last, n.like(last, LEAST)), n.like(last, Double.NEGATIVE_INFINITY));
        Value order = n.sorted(key, beams, true).get(1);
        Value best = n.reshape(n.op("add", n.op("mul", column(n, iota(n, sources)), n.b().dim(beams)), order), sources.times(beams));
        Dim each = sources.times(beams);
        Value keep = told(n, r.get(4), best, steps, each);
        Value chosen = n.places(n.reshape(keep, each.times(steps)));
        n.out("SentenceIds", n.gather(n.reshape(told(n, r.get(2), best, steps, each), each.times(steps)), chosen, 0));
        n.out("SentenceScores", n.gather(n.reshape(told(n, points, best, steps, each), each.times(steps)), chosen, 0));
        Value lengths = n.runningSum(n.reduce("sum", n.cast(keep, ElementType.I64), false, 1), 0, false);
        Value lod = n.concat(List.of(n.b().longs(0), lengths), 0);
        n.outerLod(lod, n.op("mul", iota(n, sources.plus(1)), n.b().dim(beams)));
        n.outLod("SentenceIds", lod);
        n.outLod("SentenceScores", lod);
    }

    /** What was found from the end, [steps, sources, beams], as sentences [sentences, steps] from the beginning. */
    private static Value told(PaddleNode n, Value v, Value order, Dim steps, Dim each) {
        return n.gather(n.transpose(n.reshape(n.flip(v, 0), steps, each), 1, 0), order, 0);
    }
}
