package dev.lathe.codegen.verify;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Const;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import dev.lathe.runtime.Storage;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A program as a whole: kernels, buffers, constants, ports and steps. Offsets are {@link PlanVerifier}'s. */
public final class ProgramVerifier {
    private final Program program;
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Kernel> kernels = new LinkedHashMap<>();
    private final Set<String> inputSymbols = new HashSet<>();

    private ProgramVerifier(Program program) {
        this.program = program;
    }

    /** Everything that is wrong with {@code p}. */
    public static List<Problem> verify(Program p) {
        ProgramVerifier v = new ProgramVerifier(p);
        v.kernels();
        p.inputs().forEach(in -> in.dims().forEach(d -> v.inputSymbols.addAll(d.symbols())));
        v.buffers();
        v.constants();
        p.inputs().forEach(port -> v.port("input " + port.name(), port));
        p.outputs().forEach(port -> v.port("output " + port.name(), port));
        new StepVerifier(p, v.kernels, v.inputSymbols, v.problems).verify();
        return v.problems;
    }

    private void error(String where, String message) {
        problems.add(new Problem(where, message));
    }

    private void kernels() {
        for (Kernel k : program.kernels()) {
            problems.addAll(KernelVerifier.verify(k, kernels));
            if (kernels.put(k.name(), k) != null) {
                error("kernel " + k.name(), "there are two of that name");
            }
        }
    }

    /** A buffer for messages. */
    static String name(Buffer b) {
        return "buffer " + b.id() + " (" + b.name() + ")";
    }

    private void buffers() {
        for (int i = 0; i < program.buffers().size(); i++) {
            Buffer b = program.buffers().get(i);
            if (b.id() != i) {
                error(name(b), "stands at index " + i);
            }
            if (b.size().isConst() && b.size().value() < 0) {
                error(name(b), "has size " + b.size());
            }
            if (b.kind() == Buffer.Kind.ARENA) {
                // sizes are computed before the first step
                for (String s : b.size().symbols()) {
                    if (!inputSymbols.contains(s)) {
                        error(name(b), "has size " + b.size() + ", but " + s + " is no dimension of an input");
                    }
                }
            }
        }
    }

    private void constants() {
        Map<Integer, Const> byBuffer = new HashMap<>();
        for (Const c : program.consts()) {
            if (c.buffer() < 0 || c.buffer() >= program.buffers().size()) {
                error("constant of buffer " + c.buffer(), "there is no such buffer");
                continue;
            }
            Buffer b = program.buffers().get(c.buffer());
            if (byBuffer.put(c.buffer(), c) != null) {
                error(name(b), "has two contents");
            }
            if (b.kind() != Buffer.Kind.CONST) {
                error(name(b), "has contents but is of kind " + b.kind());
            }
            boolean fits = b.storage() == Storage.REF ? c.data() instanceof Object[] : c.data().getClass() == b.storage().allocate(0).getClass();
            if (!fits) {
                error(name(b), "is of storage " + b.storage() + " but its contents are a " + c.data().getClass().getSimpleName());
            } else if (!b.size().isConst() || Array.getLength(c.data()) != b.size().value()) {
                error(name(b), "has size " + b.size() + " but " + Array.getLength(c.data()) + " elements");
            }
        }
        for (Buffer b : program.buffers()) {
            if (b.kind() == Buffer.Kind.CONST && !byBuffer.containsKey(b.id())) {
                error(name(b), "has no contents");
            }
        }
    }

    private void port(String where, Port p) {
        if (p.at().buffer() < 0 || p.at().buffer() >= program.buffers().size()) {
            error(where, "is in buffer " + p.at().buffer() + ", which does not exist");
            return;
        }
        Buffer b = program.buffers().get(p.at().buffer());
        Storage want = p.kind() == Port.Kind.TENSOR ? p.type().storage() : Storage.REF;
        if (b.storage() != want) {
            error(where, "needs storage " + want + " but is in " + name(b) + " of " + b.storage());
        }
        if (p.kind() == Port.Kind.TENSOR && b.kind() != Buffer.Kind.OWN) {
            Dim end = p.at().offset().plus(Dim.product(p.dims()).times(p.type().isComplex() ? 2 : 1));
            if (end.isConst() && b.size().isConst() && end.value() > b.size().value()) {
                error(where, "ends at " + end + " in " + name(b) + " of size " + b.size());
            }
        }
    }

    /** A step for messages. */
    static String name(int number, Step s) {
        return "step " + number + (s.loc().isEmpty() ? "" : " (" + String.join(", ", s.loc()) + ")");
    }
}
