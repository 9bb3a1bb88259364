package dev.lathe.compiler.interp;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.interp.ProgramRun;
import dev.lathe.codegen.program.Program;
import dev.lathe.compiler.ir.Flops;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import dev.lathe.compiler.lower.ProgramBuilder;
import dev.lathe.compiler.lower.TargetInfo;
import dev.lathe.compiler.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Computes one node on given operands in the reference interpreter: what constant folding and the graph interpreter call. */
public final class Evaluator {
    /** Multiply-adds that the compiler does in place of the model: the interpreter takes about a second for so many. */
    private static final long MOST = 10_000_000;

    private Evaluator() {}

    /** As {@link #fold}, but leaves to the model what would keep the compiler busy. */
    public static List<Tensor> foldQuickly(Node n, List<Tensor> operands) {
        return Flops.of(new Graph("fold", List.of(), List.of(n), List.of())).multiplyAdds() > MOST ? null : fold(n, operands);
    }

    /** The results, or null when the node can't be computed on its own. @param operands null where absent */
    public static List<Tensor> fold(Node n, List<Tensor> operands) {
        Op.Kind kind = OpTable.get(n.op()).kind();
        // what binds the extents of its own results can be computed, what binds symbols only can't
        boolean binding = kind == Op.Kind.BINDING && !n.outputs().isEmpty();
        if (kind == Op.Kind.BINDING && !binding || kind == Op.Kind.CONTROL || kind == Op.Kind.IMPURE || symbolic(n)
                || n.outputs().stream().anyMatch(v -> v != null && !(v.type() instanceof Type.TensorType t && (binding || t.isStatic())))) {
            return null;
        }
        List<Value> inputs = new ArrayList<>();
        List<Value> in = new ArrayList<>();
        List<Object> arrays = new ArrayList<>();
        List<int[]> dims = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            Tensor t = operands.get(i);
            if (t == null) {
                in.add(null);
                continue;
            }
            Value v = new Value("a" + i, Type.tensor(t.type(), Arrays.stream(t.dims()).asLongStream().toArray()));
            inputs.add(v);
            in.add(v);
            arrays.add(t.data());
            dims.add(t.dims());
        }
        List<Value> outputs = n.outputs().stream().filter(v -> v != null).toList();
        Graph g = new Graph("fold", inputs, List.of(n.withInputs(in)), outputs);
        Program p = ProgramBuilder.build(g, TargetInfo.PORTABLE, k -> k);
        List<ProgramRun.Result> r = ProgramRun.run(p, arrays, dims);
        List<Tensor> tensors = new ArrayList<>();
        int next = 0;
        for (Value v : n.outputs()) {
            tensors.add(v == null ? null : tensor(v, r.get(next++)));
        }
        return tensors;
    }

    // an attribute with a symbol has no value yet
    private static boolean symbolic(Node n) {
        return n.attrs().asMap().values().stream().anyMatch(a -> a instanceof Dim d && !d.isConst()
                || a instanceof List<?> l && l.stream().anyMatch(x -> x instanceof Dim d && !d.isConst()));
    }

    private static Tensor tensor(Value v, ProgramRun.Result r) {
        Object data = r.array();
        if (data instanceof Object[] a) {
            data = Arrays.copyOf(a, a.length, String[].class);
        }
        return new Tensor(v.elem(), r.dims(), data);
    }
}
