package dev.lathe.runtime;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What this machine and this JVM can run, and which of a jar's targets that makes the best. */
final class Machine {
    private static final Target[] BEST_FIRST = {Target.AVX512, Target.AVX2, Target.NEON, Target.PORTABLE};
    private static Machine found;
    private static boolean logged;

    private final String arch;
    private final boolean vectorModule;
    private final int vectorBits;
    private final Set<Target> cpu;

    /**
     * A machine.
     *
     * @param arch the JVM's {@code os.arch}
     * @param vectorModule true when {@code jdk.incubator.vector} is there
     * @param vectorBits width of the vectors that the JVM compiles to; 64 when its optimising compiler is off
     * @param cpu targets that the processor has according to the system; null where that is not known
     */
    Machine(String arch, boolean vectorModule, int vectorBits, Set<Target> cpu) {
        this.arch = arch;
        this.vectorModule = vectorModule;
        this.vectorBits = vectorBits;
        this.cpu = cpu;
    }

    static synchronized Machine get() {
        if (found == null) {
            int bits = vectorBitsOfJvm();
            String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
            found = new Machine(arch, bits > 0, bits, bits > 0 ? cpuTargets(arch) : null);
        }
        return found;
    }

    /** 0 without the module jdk.incubator.vector; looking for a class is quicker than asking the module layer. */
    private static int vectorBitsOfJvm() {
        try {
            Object species = Class.forName("jdk.incubator.vector.FloatVector").getField("SPECIES_PREFERRED").get(null);
            return (int) Class.forName("jdk.incubator.vector.VectorSpecies").getMethod("vectorBitSize").invoke(species);
        } catch (ReflectiveOperationException | LinkageError e) {
            return 0;
        }
    }

    private static Set<Target> cpuTargets(String arch) {
        if (arch.equals("aarch64")) {
            return EnumSet.of(Target.PORTABLE, Target.NEON);
        }
        try (BufferedReader r = Files.newBufferedReader(Path.of("/proc/cpuinfo"), StandardCharsets.ISO_8859_1)) {
            for (String line = r.readLine(); line != null; line = r.readLine()) {
                if (line.startsWith("flags")) {
                    String f = line.replace('\t', ' ') + " ";
                    EnumSet<Target> t = EnumSet.of(Target.PORTABLE);
                    if (f.contains(" avx2 ") && f.contains(" fma ")) {
                        t.add(Target.AVX2);
                        if (f.contains(" avx512f ") && f.contains(" avx512dq ") && f.contains(" avx512bw ") && f.contains(" avx512vl ")) {
                            t.add(Target.AVX512);
                        }
                    }
                    return t;
                }
            }
        } catch (IOException | java.io.UncheckedIOException e) {
            // no Linux
        }
        return null;
    }

    /** True when this target runs at full speed, so that it can be taken without being asked for. */
    private boolean fast(Target t) {
        boolean here = t == Target.NEON ? arch.equals("aarch64") : (arch.equals("amd64") || arch.equals("x86_64")) && (cpu == null || cpu.contains(t));
        return t == Target.PORTABLE || here && vectorBits >= Math.max(128, 32 * t.lanes());
    }

    /** Why this target can't run here even when asked for; null when it can. */
    String refusal(Target t) {
        if (t == Target.PORTABLE) {
            return null;
        }
        if (!vectorModule) {
            return "the JVM runs without the module jdk.incubator.vector";
        }
        // with the optimising compiler off, vector code is slow but right; then only the processor's width counts
        boolean runs = vectorBits >= 128 ? vectorBits >= 32 * t.lanes() : t == Target.NEON || cpu == null || cpu.contains(t);
        return runs ? null : t.text() + " needs " + 32 * t.lanes() + "-bit vectors";
    }

    /** The best target among those held, or null when none runs at full speed. */
    Target best(Set<Target> held) {
        for (Target t : BEST_FIRST) {
            if (held.contains(t) && fast(t)) {
                return t;
            }
        }
        return null;
    }

    /**
     * Chooses among the targets that a jar holds.
     *
     * @param forced the target asked for, or null
     * @param by what asked for it, for the message
     * @throws TargetException when none suits
     */
    Target choose(String model, Set<Target> held, Target forced, String by) {
        Target t = forced == null ? best(held) : forced;
        String why = t == null ? "nothing in the jar runs here"
                : !held.contains(t) ? "the jar has no code for " + t.text() + ", asked for by " + by
                : forced != null && refusal(t) != null ? t.text() + ", asked for by " + by + ", can't run here: " + refusal(t) : null;
        if (why != null) {
            throw new TargetException("model " + model + ": " + why + ". The jar holds code for " + list(held) + "; this machine is "
                    + this + ". To do: " + advice(held) + "compile the model with --target auto.");
        }
        if (forced == null && !vectorModule && held.size() > 1) {
            logOnce();
        }
        return t;
    }

    private String advice(Set<Target> held) {
        StringBuilder s = new StringBuilder();
        boolean said = vectorModule;
        for (Target t : held) {
            if (!said && t != Target.PORTABLE && new Machine(arch, true, 64, cpu).refusal(t) == null) {
                s.append("start java with --add-modules jdk.incubator.vector, or ");
                said = true;
            }
            if (refusal(t) == null) {
                s.append(fast(t) ? "run" : "force").append(" it with -Dlathe.target=").append(t.text()).append(", or ");
            }
        }
        return s.toString();
    }

    /** Why {@link #choose} took {@code t}. */
    String reason(Set<Target> held, Target t, Target forced, String by) {
        if (forced != null) {
            return "asked for by " + by;
        }
        if (held.size() == 1) {
            return "the jar holds nothing else";
        }
        return (t == Target.PORTABLE ? "no vector code of " : "best of ") + list(held) + (t == Target.PORTABLE ? " suits " : " on ") + this;
    }

    private static synchronized void logOnce() {
        if (!logged) {
            logged = true;
            System.getLogger("dev.lathe").log(System.Logger.Level.INFO,
                    "vector variants off: module jdk.incubator.vector not found; start java with --add-modules jdk.incubator.vector");
        }
    }

    static String list(Set<Target> targets) {
        StringBuilder s = new StringBuilder();
        for (Target t : targets) {
            s.append(s.length() == 0 ? "" : ", ").append(t.text());
        }
        return s.toString();
    }

    /** For messages: {@code amd64 with 512-bit vectors}. */
    @Override
    public String toString() {
        return arch + (!vectorModule ? " without the module jdk.incubator.vector"
                : vectorBits >= 128 ? " with " + vectorBits + "-bit vectors" : " with a JVM that compiles no vector code");
    }
}
