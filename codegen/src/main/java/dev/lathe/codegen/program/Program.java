package dev.lathe.codegen.program;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Kernel;
import java.util.List;
import java.util.Map;

/**
 * What the back end consumes: kernels, buffers with lifetimes, and the ordered steps, for one target and one choice of
 * known shapes. Its symbols are input dimensions (bound by the run time from what it is given), symbols bound by steps,
 * and buffer offsets.
 *
 * @param name of the model
 * @param target {@code portable}, {@code avx2}, {@code avx512}, {@code neon}
 * @param limits declared bounds of input symbols, inclusive
 */
public record Program(
        String name,
        String target,
        Map<String, Range> limits,
        List<Buffer> buffers,
        List<Const> consts,
        List<Kernel> kernels,
        List<Step> steps,
        List<Port> inputs,
        List<Port> outputs) {
    public Program {
        limits = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(limits));
        buffers = List.copyOf(buffers);
        consts = List.copyOf(consts);
        kernels = List.copyOf(kernels);
        steps = List.copyOf(steps);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** Inclusive bounds of a symbol. */
    public record Range(long min, long max) {}

    public Kernel kernel(String kernelName) {
        for (Kernel k : kernels) {
            if (k.name().equals(kernelName)) {
                return k;
            }
        }
        throw new IllegalArgumentException("no kernel " + kernelName);
    }

    /** True when every arena buffer has a constant size: offsets are then constants in the classes. */
    public boolean isStatic() {
        return buffers.stream().allMatch(b -> b.kind() != Buffer.Kind.ARENA || b.size().isConst());
    }

    /** The offset symbol's buffer id for {@code @b7}, or -1. */
    public static int bufferOf(String symbol) {
        return symbol.startsWith("@b") ? Integer.parseInt(symbol.substring(2)) : -1;
    }

    /** Steps in text order, nested ones included; the index in this list is the step's number. */
    public List<Step> flat() {
        java.util.ArrayList<Step> all = new java.util.ArrayList<>();
        flatten(steps, all);
        return all;
    }

    private static void flatten(List<Step> steps, List<Step> into) {
        for (Step s : steps) {
            into.add(s);
            if (s instanceof Step.If i) {
                flatten(i.then(), into);
                flatten(i.otherwise(), into);
            } else if (s instanceof Step.While w) {
                flatten(w.body(), into);
            }
        }
    }
}
