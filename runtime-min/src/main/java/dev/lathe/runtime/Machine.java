package dev.lathe.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/**
 * What this machine and this JVM can run.
 *
 * @param arch the JVM's {@code os.arch}
 * @param vectorModule true when {@code jdk.incubator.vector} is there
 * @param vectorBits width of the vectors that the JVM compiles to; 64 when its optimising compiler is off
 * @param cpu targets that the processor has according to the system; null where that is not known
 */
record Machine(String arch, boolean vectorModule, int vectorBits, Set<Target> cpu) {
    private static final AtomicBoolean LOGGED = new AtomicBoolean();
    private static Machine found;

    static synchronized Machine get() {
        if (found == null) {
            boolean module = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
            String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
            found = new Machine(arch, module, module ? vectorBitsOfJvm() : 0, cpuTargets(arch));
        }
        return found;
    }

    private static int vectorBitsOfJvm() {
        try {
            Class<?> c = Class.forName("jdk.incubator.vector.FloatVector");
            Object species = c.getField("SPECIES_PREFERRED").get(null);
            return (int) Class.forName("jdk.incubator.vector.VectorSpecies").getMethod("vectorBitSize").invoke(species);
        } catch (ReflectiveOperationException | LinkageError e) {
            return 0;
        }
    }

    private static Set<Target> cpuTargets(String arch) {
        if (arch.equals("aarch64")) {
            return EnumSet.of(Target.PORTABLE, Target.NEON);
        }
        Path info = Path.of("/proc/cpuinfo");
        try {
            if (!Files.isReadable(info)) {
                return null;
            }
            try (java.util.stream.Stream<String> lines = Files.lines(info, StandardCharsets.ISO_8859_1)) {
                String flags = lines.filter(l -> l.startsWith("flags")).findFirst().orElse(null);
                return flags == null ? null : ofFlags(new java.util.HashSet<>(Arrays.asList(flags.split("\\s+"))));
            }
        } catch (IOException | java.io.UncheckedIOException e) {
            return null;
        }
    }

    private static Set<Target> ofFlags(Set<String> flags) {
        EnumSet<Target> t = EnumSet.of(Target.PORTABLE);
        if (flags.contains("avx2") && flags.contains("fma")) {
            t.add(Target.AVX2);
        }
        if (t.contains(Target.AVX2) && flags.containsAll(List.of("avx512f", "avx512dq", "avx512bw", "avx512vl"))) {
            t.add(Target.AVX512);
        }
        return t;
    }

    boolean x86() {
        return arch.equals("amd64") || arch.equals("x86_64");
    }

    /** True when the JVM's optimising compiler makes vector instructions. */
    boolean compilesVectors() {
        return vectorBits >= 128;
    }

    /** The best target that runs at full speed here, whatever a jar holds. */
    Target best() {
        for (Target t : List.of(Target.AVX512, Target.AVX2, Target.NEON)) {
            if (fast(t)) {
                return t;
            }
        }
        return Target.PORTABLE;
    }

    /** True when this target is a choice without being asked for. */
    boolean fast(Target t) {
        return switch (t) {
            case PORTABLE -> true;
            case NEON -> arch.equals("aarch64") && vectorBits >= 128;
            case AVX2, AVX512 -> x86() && vectorBits >= 32 * t.lanes() && (cpu == null || cpu.contains(t));
        };
    }

    /** Why this target can't run here even when asked for; null when it can. */
    String refusal(Target t) {
        if (t == Target.PORTABLE) {
            return null;
        }
        if (!vectorModule) {
            return "the JVM runs without the module jdk.incubator.vector; start it with --add-modules jdk.incubator.vector";
        }
        if (compilesVectors()) {
            return vectorBits >= 32 * t.lanes() ? null
                    : t.text() + " needs " + 32 * t.lanes() + "-bit vectors and this machine has " + vectorBits + "-bit ones";
        }
        // the optimising compiler is off: vector code is slow but right, as long as the processor has the width
        boolean has = t == Target.NEON || cpu == null && x86() || cpu != null && cpu.contains(t);
        return has ? null : "this machine has no " + t.text();
    }

    /** For messages. */
    String text() {
        String v = !vectorModule ? "no module jdk.incubator.vector"
                : compilesVectors() ? vectorBits + "-bit vectors" : "a JVM that compiles no vector code";
        return arch + " with " + v;
    }

    /** A target with the reason for choosing it. */
    record Choice(Target target, String reason) {}

    /**
     * Chooses among the targets that a jar holds.
     *
     * @param forced the target asked for, or null
     * @param by what asked for it, for the message
     * @throws TargetException when none suits
     */
    Choice choose(String model, Set<Target> held, Target forced, String by) {
        String holds = "model " + model + " holds code for " + list(held);
        if (forced != null) {
            String no = held.contains(forced) ? refusal(forced) : "the jar has no code for it";
            if (no != null) {
                throw new TargetException("target " + forced.text() + ", asked for by " + by + ", can't run: " + no + ". The "
                        + holds + "; this machine is " + text() + ". " + advice(held));
            }
            return new Choice(forced, "asked for by " + by);
        }
        for (Target t : List.of(Target.AVX512, Target.AVX2, Target.NEON)) {
            if (held.contains(t) && fast(t)) {
                return new Choice(t, "best of " + list(held) + " on " + text());
            }
        }
        boolean vectors = held.stream().anyMatch(t -> t != Target.PORTABLE);
        if (held.contains(Target.PORTABLE)) {
            if (!vectors) {
                return new Choice(Target.PORTABLE, "the jar holds nothing else");
            }
            if (!vectorModule) {
                logOnce();
                return new Choice(Target.PORTABLE, "vector variants are off: the JVM runs without the module jdk.incubator.vector");
            }
            return new Choice(Target.PORTABLE, "no vector variant of " + list(held) + " suits " + text());
        }
        throw new TargetException("nothing in the jar can run here. The " + holds + "; this machine is " + text() + ". " + advice(held));
    }

    private static void logOnce() {
        if (LOGGED.compareAndSet(false, true)) {
            System.getLogger("dev.lathe").log(System.Logger.Level.INFO,
                    "vector variants off: module jdk.incubator.vector not found; start java with --add-modules jdk.incubator.vector");
        }
    }

    private String advice(Set<Target> held) {
        List<String> ways = new ArrayList<>();
        if (!vectorModule && held.stream().anyMatch(t -> new Machine(arch, true, 64, cpu).refusal(t) == null && t != Target.PORTABLE)) {
            ways.add("start java with --add-modules jdk.incubator.vector");
        }
        for (Target t : held) {
            if (refusal(t) == null) {
                ways.add((fast(t) ? "run with" : "force") + " -Dlathe.target=" + t.text());
            }
        }
        ways.add("compile the model with --target auto");
        return "To do: " + String.join(", or ", ways) + ".";
    }

    static String list(Set<Target> targets) {
        return targets.stream().map(Target::text).collect(Collectors.joining(", "));
    }
}
