package dev.lathe.codegen.verify;

import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;

/** Arena offsets of a static program: nothing that is alive at the same time shares memory. */
public final class PlanVerifier {
    private PlanVerifier() {}

    /**
     * Everything that is wrong with the offsets.
     *
     * @param offset of an arena buffer, by id
     * @param lengths of the arenas, by storage
     */
    public static List<Problem> verify(Program p, IntUnaryOperator offset, int[] lengths) {
        List<Problem> problems = new ArrayList<>();
        for (Storage s : Storage.values()) {
            List<Buffer> arena = new ArrayList<>();
            for (Buffer b : p.buffers()) {
                if (b.kind() == Buffer.Kind.ARENA && b.storage() == s && b.size().isConst() && b.size().value() > 0) {
                    arena.add(b);
                    long end = offset.applyAsInt(b.id()) + b.size().value();
                    if (offset.applyAsInt(b.id()) < 0 || end > lengths[s.ordinal()]) {
                        problems.add(new Problem(ProgramVerifier.name(b), "ends at " + end + " of an arena of " + lengths[s.ordinal()]));
                    }
                }
            }
            overlaps(p, arena, offset, problems);
        }
        return problems;
    }

    /** Goes through time, keeping what is alive sorted by place: neighbours that overlap are found when one is born. */
    private static void overlaps(Program p, List<Buffer> arena, IntUnaryOperator offset, List<Problem> problems) {
        Set<Integer> outputs = new HashSet<>();
        for (Port out : p.outputs()) {
            outputs.add(out.at().buffer());
        }
        arena.sort(Comparator.comparingInt(Buffer::first).thenComparingInt(Buffer::id));
        List<Buffer> byDeath = new ArrayList<>(arena);
        byDeath.sort(Comparator.comparingInt(b -> death(p, b, outputs)));
        TreeMap<Integer, Buffer> alive = new TreeMap<>();
        int dead = 0;
        for (Buffer b : arena) {
            while (dead < byDeath.size() && death(p, byDeath.get(dead), outputs) < b.first()) {
                Buffer d = byDeath.get(dead++);
                alive.remove(offset.applyAsInt(d.id()), d);
            }
            int at = offset.applyAsInt(b.id());
            long end = at + b.size().value();
            var below = alive.floorEntry(at);
            if (below != null && below.getKey() + below.getValue().size().value() > at) {
                problems.add(overlap(below.getValue(), b));
            }
            alive.subMap(at + 1, (int) Math.max(at + 1, Math.min(end, Integer.MAX_VALUE))).values().forEach(o -> problems.add(overlap(o, b)));
            alive.putIfAbsent(at, b);
        }
    }

    // an output is read after the last step
    private static int death(Program p, Buffer b, Set<Integer> outputs) {
        return outputs.contains(b.id()) ? Integer.MAX_VALUE : b.last();
    }

    private static Problem overlap(Buffer a, Buffer b) {
        return new Problem(ProgramVerifier.name(b), "overlaps " + ProgramVerifier.name(a) + " while both are alive");
    }
}
