package dev.lathe.codegen.verify;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Steps in the order in which they run: what they use exists, fits, and is bound and alive by then. */
final class StepVerifier {
    private final Program program;
    private final Map<String, Kernel> kernels;
    private final List<Problem> problems;
    private final Set<String> bound;
    private int number;
    private String where;

    StepVerifier(Program program, Map<String, Kernel> kernels, Set<String> inputSymbols, List<Problem> problems) {
        this.program = program;
        this.kernels = kernels;
        this.problems = problems;
        this.bound = new HashSet<>(inputSymbols);
    }

    void verify() {
        block(program.steps());
        for (Port out : program.outputs()) {
            where = "output " + out.name();
            out.dims().forEach(this::dim);
            dim(out.at().offset());
        }
    }

    private void error(String message) {
        problems.add(new Problem(where, message));
    }

    private void block(List<Step> steps) {
        steps.forEach(this::step);
    }

    private void step(Step s) {
        int n = number++;
        where = ProgramVerifier.name(n, s);
        if (s instanceof Step.Run r) {
            run(n, r);
        } else if (s instanceof Step.Helper h) {
            helper(n, h);
        } else if (s instanceof Step.Bind b) {
            Buffer from = use(n, b.at());
            if (from != null && from.storage() != Scalar.I32.storage() && from.storage() != Scalar.I64.storage()) {
                error("binds symbols from " + ProgramVerifier.name(from) + " of " + from.storage());
            }
            bound.addAll(b.symbols());
        } else if (s instanceof Step.Assign a) {
            if (a.symbols().size() != a.values().size()) {
                error("assigns " + a.values().size() + " values to " + a.symbols().size() + " symbols");
            }
            a.values().forEach(this::dim);
            bound.addAll(a.symbols());
        } else if (s instanceof Step.Reserve v) {
            own(v.buffer());
            dim(v.size());
        } else if (s instanceof Step.Swap w) {
            Buffer a = own(w.a());
            Buffer b = own(w.b());
            if (a != null && b != null && a.storage() != b.storage()) {
                error("exchanges a buffer of " + a.storage() + " and one of " + b.storage());
            }
        } else if (s instanceof Step.If i) {
            dim(i.cond());
            Set<String> before = Set.copyOf(bound);
            block(i.then());
            Set<String> afterThen = Set.copyOf(bound);
            bound.retainAll(before);
            block(i.otherwise());
            bound.retainAll(afterThen);
        } else if (s instanceof Step.While w) {
            dim(w.cond());
            Set<String> before = Set.copyOf(bound);
            block(w.body());
            bound.retainAll(before);
        }
    }

    private Buffer buffer(int id) {
        if (id < 0 || id >= program.buffers().size()) {
            error("there is no buffer " + id);
            return null;
        }
        return program.buffers().get(id);
    }

    private Buffer own(int id) {
        Buffer b = buffer(id);
        if (b != null && b.kind() != Buffer.Kind.OWN) {
            error(ProgramVerifier.name(b) + " is of kind " + b.kind() + ", not OWN");
        }
        return b;
    }

    private Buffer use(int n, Step.Ref r) {
        dim(r.offset());
        Buffer b = buffer(r.buffer());
        if (b == null) {
            return null;
        }
        if (b.kind() == Buffer.Kind.ARENA && (n < b.first() || n > b.last())) {
            error("uses " + ProgramVerifier.name(b) + ", which lives from step " + b.first() + " to " + b.last());
        }
        boolean known = b.kind() != Buffer.Kind.OWN && b.size().isConst() && r.offset().isConst();
        if (known && (r.offset().value() < 0 || r.offset().value() > b.size().value())) {
            error("begins at element " + r.offset() + " of " + ProgramVerifier.name(b) + ", which has " + b.size());
        }
        return b;
    }

    private void dim(Dim d) {
        for (String s : d.symbols()) {
            int id = Program.bufferOf(s);
            if (id >= 0) {
                buffer(id);
            } else if (!bound.contains(s)) {
                error("uses symbol " + s + ", which is not bound by then");
            }
        }
    }

    private void run(int n, Step.Run r) {
        r.ints().forEach(this::dim);
        if (r.extent() != null) {
            dim(r.extent());
        }
        if (r.grain() < 1) {
            error("has grain " + r.grain());
        }
        List<Buffer> used = new ArrayList<>();
        r.bufs().forEach(b -> used.add(use(n, b)));
        Kernel k = kernels.get(r.kernel());
        if (k == null) {
            error("runs " + r.kernel() + ", which is no kernel");
            return;
        }
        if (k.parallel() != (r.extent() != null)) {
            error(k.parallel() ? "runs a parallel kernel without an extent" : "gives an extent to a kernel that is not parallel");
        }
        int ints = k.ints().size() - (k.parallel() ? 2 : 0);
        if (r.bufs().size() != k.bufs().size() || r.ints().size() != ints) {
            error("runs " + k.name() + " with " + r.bufs().size() + " buffers and " + r.ints().size() + " integers, not "
                    + k.bufs().size() + " and " + ints);
            return;
        }
        for (int i = 0; i < used.size(); i++) {
            Buffer b = used.get(i);
            Kernel.BufParam p = k.bufs().get(i);
            if (b != null && b.storage() != p.scalar().storage()) {
                error("gives " + ProgramVerifier.name(b) + " of " + b.storage() + " to " + k.name() + " as " + p.name() + " of " + p.scalar().text());
            }
            if (b != null && b.kind() == Buffer.Kind.CONST && p.written()) {
                error("writes " + ProgramVerifier.name(b) + ", which is constant");
            }
        }
        new IndexBounds(program, k, r, this::error).check();
    }

    private void helper(int n, Step.Helper h) {
        h.bufs().forEach(b -> use(n, b));
        h.ints().forEach(this::dim);
        if (!h.method().matches("[A-Za-z]\\w*\\.[a-z]\\w*")) {
            error("\"" + h.method() + "\" is not Class.method");
        }
        bound.addAll(h.binds());
    }
}
