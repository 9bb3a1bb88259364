package dev.lathe.compiler.cli.html;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.emit.Emitted;
import dev.lathe.codegen.jar.ConstLayout;
import dev.lathe.codegen.jar.StateLayout;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import dev.lathe.runtime.ArenaPlanner;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** A scheduled program as the page shows it: its steps, and its buffers with their lives and places. */
final class ProgramData {
    /** What open dimensions are taken to be where the page shows an example of a plan that is made at run time. */
    static final int EXAMPLE = 64;

    private final Program program;

    private ProgramData(Program program) {
        this.program = program;
    }

    /** @param emitted the classes, or null when they are not known */
    static Map<String, Object> of(String path, Program p, Emitted emitted) {
        ProgramData d = new ProgramData(p);
        List<Step> flat = p.flat();
        Map<String, Object> all = Json.object("target", p.target(), "path", path, "static", p.isStatic(), "kernels", p.kernels().size(),
                "constBytes", p.buffers().stream().filter(b -> b.kind() == Buffer.Kind.CONST && b.size().isConst()).mapToLong(b -> b.size().value() * bytes(b.storage())).sum(),
                "steps", d.steps(flat));
        if (emitted != null) {
            Emitted.Method largest = emitted.methods().stream().max(java.util.Comparator.comparingInt(Emitted.Method::bytes)).orElse(null);
            all.put("classes", emitted.classes().size());
            all.put("classBytes", emitted.classes().values().stream().mapToLong(c -> c.length).sum());
            all.put("methods", emitted.methods().size());
            if (largest != null) {
                all.put("largest", largest.bytes());
                all.put("largestIs", largest.source());
            }
        }
        d.memory(all);
        return all;
    }

    private List<Object> steps(List<Step> flat) {
        Map<String, Kernel> kernels = new HashMap<>();
        program.kernels().forEach(k -> kernels.put(k.name(), k));
        List<Object> steps = new ArrayList<>();
        for (Step s : flat) {
            TreeSet<Integer> reads = new TreeSet<>();
            TreeSet<Integer> writes = new TreeSet<>();
            if (s instanceof Step.Run r) {
                Kernel k = kernels.get(r.kernel());
                for (int i = 0; i < r.bufs().size(); i++) {
                    (k.bufs().get(i).written() ? writes : reads).add(r.bufs().get(i).buffer());
                }
            } else if (s instanceof Step.Helper h) {
                // which of them a helper writes stands only in its code
                h.bufs().forEach(b -> reads.add(b.buffer()));
            } else if (s instanceof Step.Bind b) {
                reads.add(b.at().buffer());
            }
            steps.add(Json.object("n", name(s), "k", kind(s), "loc", s.loc(), "r", List.copyOf(reads), "w", List.copyOf(writes),
                    "x", s instanceof Step.Run r && r.extent() != null ? r.extent().toString() : null));
        }
        return steps;
    }

    private static String kind(Step s) {
        return s.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    private static String name(Step s) {
        return s instanceof Step.Run r ? r.kernel() : s instanceof Step.Helper h ? h.method() : kind(s);
    }

    private void memory(Map<String, Object> into) {
        int n = program.buffers().size();
        long[] sizes = new long[n];
        int[] offsets = new int[n];
        int[] lengths = null;
        if (program.isStatic()) {
            StateLayout layout = StateLayout.of(program, ConstLayout.of(List.of(program)));
            lengths = layout.arenaLengths();
            for (Buffer b : program.buffers()) {
                if (b.kind() == Buffer.Kind.ARENA) {
                    sizes[b.id()] = b.size().value();
                    offsets[b.id()] = layout.offset(b.id());
                }
            }
        } else {
            ArenaPlanner.Plan plan = example(sizes);
            into.put("example", EXAMPLE);
            if (plan != null) {
                lengths = plan.lengths();
                System.arraycopy(plan.offsets(), 0, offsets, 0, n);
            }
        }
        Map<String, Object> arenas = new java.util.LinkedHashMap<>();
        for (Storage s : Storage.values()) {
            if (lengths != null && lengths[s.ordinal()] > 0) {
                arenas.put(s.name(), List.of(lengths[s.ordinal()], bytes(s)));
            }
        }
        into.put("arenas", arenas);
        List<Object> buffers = new ArrayList<>();
        for (Buffer b : program.buffers()) {
            boolean planned = b.kind() == Buffer.Kind.ARENA && lengths != null;
            buffers.add(Json.object("n", b.name(), "k", b.kind().name(), "s", b.storage().name(), "z", b.size().toString(),
                    "f", b.kind() == Buffer.Kind.CONST ? null : b.first(), "l", b.kind() == Buffer.Kind.CONST ? null : b.last(),
                    "e", planned ? sizes[b.id()] : null, "o", planned ? offsets[b.id()] : null));
        }
        into.put("buffers", buffers);
    }

    /** A plan for open dimensions of {@link #EXAMPLE}, by the planner that sessions use; null when such sizes make no sense. */
    private ArenaPlanner.Plan example(long[] sizes) {
        int n = sizes.length;
        int[] first = new int[n];
        int[] last = new int[n];
        int[] storage = new int[n];
        try {
            for (Buffer b : program.buffers()) {
                boolean arena = b.kind() == Buffer.Kind.ARENA;
                sizes[b.id()] = arena ? Math.max(0, size(b.size())) : 0;
                first[b.id()] = b.first();
                last[b.id()] = b.last();
                storage[b.id()] = arena ? b.storage().ordinal() : -1;
            }
            program.outputs().forEach(o -> first[o.at().buffer()] = -1);
            return ArenaPlanner.plan(sizes, first, last, storage);
        } catch (ArithmeticException | IllegalArgumentException | IllegalStateException e) {
            // too long for an array, or sizes that contradict each other
            return null;
        }
    }

    private long size(Dim d) {
        return d.eval(s -> {
            Program.Range r = program.limits().get(s);
            return r == null ? EXAMPLE : Math.max(r.min(), Math.min(r.max(), EXAMPLE));
        });
    }

    private static int bytes(Storage s) {
        return switch (s) {
            case F32, I32 -> 4;
            case F64, I64 -> 8;
            case REF -> 0;
        };
    }
}
