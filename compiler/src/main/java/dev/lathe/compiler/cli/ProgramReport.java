package dev.lathe.compiler.cli;

import dev.lathe.codegen.jar.ConstLayout;
import dev.lathe.codegen.jar.StateLayout;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/** Says what a program is made of: steps, kernels, memory. */
record ProgramReport(Program program, PrintWriter out) {
    private static final int SHOWN = 10;

    void print(String path, String methods) {
        out.println();
        out.println("program for " + program.target() + ", shapes " + path);
        List<Step> steps = program.flat();
        long kernelSteps = steps.stream().filter(Step.Run.class::isInstance).count();
        out.printf("  steps     %d, of which %d run one of %d kernels%n", steps.size(), kernelSteps, program.kernels().size());
        if (methods != null) {
            out.println("  methods   " + methods);
        }
        long weights = program.consts().stream().mapToLong(ProgramReport::fileBytes).sum();
        out.println("  weights   " + bytes(weights));
        if (program.isStatic()) {
            StateLayout layout = StateLayout.of(program, ConstLayout.of(List.of(program)));
            long arena = 0;
            for (Storage s : Storage.values()) {
                arena += (long) layout.arenaLengths()[s.ordinal()] * bytes(s);
            }
            out.println("  arena     " + bytes(arena));
            buffers("largest buffers (size, offset in elements, live from step to step)", b -> b.size().value() * bytes(b.storage()),
                    b -> String.format("%10s  @%-9d", bytes(b.size().value() * bytes(b.storage())), layout.offset(b.id())));
        } else {
            out.println("  arena     planned when the shapes are known");
            buffers("buffers (elements, live from step to step)", b -> b.size().isConst() ? b.size().value() : Long.MAX_VALUE,
                    b -> String.format("%s %s", b.storage().name().toLowerCase(Locale.ROOT), b.size()));
        }
    }

    private void buffers(String title, ToLongFunction<Buffer> size, java.util.function.Function<Buffer, String> text) {
        out.println("  " + title);
        program.buffers().stream().filter(b -> b.kind() == Buffer.Kind.ARENA).sorted(Comparator.comparingLong(size).reversed()).limit(SHOWN)
                .forEach(b -> out.printf("    %s  %d..%d  %s%n", text.apply(b), b.first(), b.last(), b.name()));
    }

    private static long fileBytes(dev.lathe.codegen.program.Const c) {
        int n = java.lang.reflect.Array.getLength(c.data());
        return c.file() == ElementType.STR || c.derived() != null ? 0 : ((long) n * c.file().bits() / (c.file().isComplex() ? 2 : 1) + 7) / 8;
    }

    private static int bytes(Storage s) {
        return switch (s) {
            case F32, I32 -> 4;
            case F64, I64 -> 8;
            case REF -> 0;
        };
    }

    static String bytes(long n) {
        return n < 10_000 ? n + " B" : n < 1_000_000 ? String.format(Locale.ROOT, "%.1f kB", n / 1e3) : String.format(Locale.ROOT, "%.1f MB", n / 1e6);
    }
}
