package dev.lathe.compiler.lower;

import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.plan.Liveness;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Lowers a graph to a program for one target. */
public final class ProgramBuilder {
    private ProgramBuilder() {}

    /** @param schedule turns each kernel's plain loops into the target's form */
    public static Program build(Graph g, TargetInfo target, UnaryOperator<Kernel> schedule) {
        return build(g, target, schedule, new StepCosts());
    }

    /**
     * As {@link #build(Graph, TargetInfo, UnaryOperator)}.
     *
     * @param costs told what each step costs
     */
    public static Program build(Graph g, TargetInfo target, UnaryOperator<Kernel> schedule, StepCosts costs) {
        return build(g, new Lower(target, costs), schedule);
    }

    /** As {@link #build(Graph, TargetInfo, UnaryOperator)}; {@code cx} is new. */
    static Program build(Graph g, Lower cx, UnaryOperator<Kernel> schedule) {
        List<Port> inputs = new ArrayList<>();
        for (Value v : g.inputs()) {
            View w = cx.input(v);
            cx.alias(v, w);
            inputs.add(port(v, w));
        }
        cx.graph(g);
        List<Port> outputs = new ArrayList<>();
        Set<Integer> taken = new HashSet<>();
        inputs.forEach(p -> taken.add(p.at().buffer()));
        for (Value v : g.outputs()) {
            View w = cx.view(v);
            boolean own = taken.add(w.buffer()) && cx.buffers().get(w.buffer()).kind() != Buffer.Kind.CONST;
            if (!own || !w.contiguous()) {
                View c = cx.buffer(v.name(), w.type(), w.dims());
                cx.copy(w, c);
                w = c;
                taken.add(c.buffer());
            }
            outputs.add(port(v, w));
        }
        List<Buffer> buffers = Liveness.of(cx.buffers(), cx.steps(), inputs, outputs);
        List<Kernel> kernels = cx.kernels().stream().map(schedule).toList();
        return new Program(g.name(), cx.target().name(), g.limits(), buffers, cx.consts(), kernels, cx.steps(), inputs, outputs);
    }

    private static Port port(Value v, View w) {
        if (v.type() instanceof Type.TensorType t) {
            return new Port(v.name(), Port.Kind.TENSOR, t.elem(), t.dims(), w.ref());
        }
        return new Port(v.name(), v.type() instanceof Type.SeqType ? Port.Kind.SEQUENCE : Port.Kind.OPTIONAL, element(v.type()), List.of(), w.ref());
    }

    private static ElementType element(Type t) {
        if (t instanceof Type.MapType m) {
            return m.value();
        }
        return t instanceof Type.TensorType x ? x.elem() : element(t instanceof Type.SeqType s ? s.elem() : ((Type.OptType) t).elem());
    }
}
