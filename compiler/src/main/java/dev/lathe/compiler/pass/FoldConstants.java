package dev.lathe.compiler.pass;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.ir.ValueSet;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Computes what depends on constants only, integers that are known to be dimensions, and the branches of conditions
 * that are known. What is impure, binds symbols or holds regions of control flow is not computed.
 */
public final class FoldConstants extends RewritePass {
    /** Results larger than this many elements are kept as nodes when they are much larger than their operands. */
    private static final long SMALL = 4096;

    private static final int GROWTH = 4;

    public FoldConstants(Evaluator evaluator) {
        super("fold-constants", "compute what depends on constants only", Set.of(), outer -> new Walk(outer, evaluator));
    }

    @Override
    boolean concerns(Graph g) {
        ValueSet constants = new ValueSet();
        for (Node n : g.nodes()) {
            if (n.is("const")) {
                constants.add(n.out());
            } else if (!n.regions().isEmpty() || isWhole(n.outputs()) || hasAll(constants, n.inputs())) {
                return true;
            }
        }
        return false;
    }

    // what may be a dimension
    private static boolean isWhole(List<Value> results) {
        return results.size() == 1 && results.get(0) != null && results.get(0).type() instanceof TensorType t && t.elem() == ElementType.I64;
    }

    private static boolean hasAll(ValueSet constants, List<Value> operands) {
        for (Value v : operands) {
            if (v != null && !constants.has(v)) {
                return false;
            }
        }
        return true;
    }

    private static final class Walk extends Rewriter {
        private final Evaluator evaluator;

        Walk(Rewriter outer, Evaluator evaluator) {
            super(outer, o -> new Walk(o, evaluator));
            this.evaluator = evaluator;
        }

        @Override
        void visit(Node n, Node old) {
            if (n.is("if") && tensor(n.in(0)) != null) {
                inline(n, n.regions().get(tensor(n.in(0)).integer(0) != 0 ? 0 : 1));
                return;
            }
            List<Tensor> r = n.is("const") ? null : n.is("dims_of") ? dimensions(n) : fold(n);
            if (r == null) {
                copy(n, old);
                known(n);
                return;
            }
            for (int i = 0; i < r.size(); i++) {
                if (n.out(i) != null) {
                    emitAs(n.out(i), "const", Attrs.of("value", r.get(i)), n.loc());
                }
            }
        }

        private static List<Tensor> dimensions(Node n) {
            List<Dim> dims = n.attrs().dims("dims");
            if (!dims.stream().allMatch(Dim::isConst)) {
                return null;
            }
            int[] shape = n.attrs().flag("scalar") ? new int[0] : new int[] {dims.size()};
            return List.of(Tensor.ofLongs(shape, dims.stream().mapToLong(Dim::value).toArray()));
        }

        private List<Tensor> fold(Node n) {
            Op row = OpTable.find(n.op());
            if (row == null || row.kind() != Op.Kind.ELEMENTWISE && row.kind() != Op.Kind.PURE || n.inputs().isEmpty() && !n.is("iota")) {
                return null;
            }
            List<Tensor> in = new ArrayList<>();
            long largest = 0;
            for (Value v : n.inputs()) {
                Tensor t = tensor(v);
                if (v != null && t == null) {
                    return null;
                }
                in.add(t);
                largest += t == null ? 0 : t.size();
            }
            for (Value v : n.outputs()) {
                if (v != null && (!(v.type() instanceof TensorType t) || !t.isStatic() || t.size().value() > Math.max(SMALL, GROWTH * largest))) {
                    return null;
                }
            }
            Tensor fast = n.outputs().size() == 1 ? ConstantOps.apply(n, in) : null;
            return fast != null ? List.of(fast) : evaluator.evaluate(n, in);
        }

        // shape arithmetic whose result is known takes the place of the node just added: a constant, or dimensions
        private void known(Node n) {
            if (n.is("const") || n.is("dims_of") || n.outputs().size() != 1 || n.out() == null) {
                return;
            }
            Value v = get(n.out());
            List<Dim> dims = b.symbolic(v);
            if (dims == null || v.elem() != ElementType.I64 || v.rank() == 0 && dims.size() != 1 || v.rank() > 1) {
                return;
            }
            b.nodes().remove(b.nodes().size() - 1);
            if (dims.stream().allMatch(Dim::isConst)) {
                int[] shape = v.rank() == 0 ? new int[0] : new int[] {dims.size()};
                emitAs(n.out(), "const", Attrs.of("value", Tensor.ofLongs(shape, dims.stream().mapToLong(Dim::value).toArray())), n.loc());
            } else {
                emitAs(n.out(), "dims_of", v.rank() == 0 ? Attrs.of("dims", dims, "scalar", true) : dims(dims), n.loc());
            }
        }

        // the branch that is taken, in place of the choice
        private void inline(Node n, Graph branch) {
            branch.nodes().forEach(b::add);
            List<String> symbols = new ArrayList<>();
            List<Dim> dims = new ArrayList<>();
            for (int i = 0; i < n.outputs().size(); i++) {
                if (n.out(i) == null) {
                    continue;
                }
                Value v = branch.outputs().get(i);
                replace(n.out(i), v);
                for (int k = 0; v.type() instanceof TensorType t && k < t.rank(); k++) {
                    String s = n.out(i).dim(k).symbol();
                    if (s != null && !t.dim(k).equals(n.out(i).dim(k))) {
                        symbols.add(s);
                        dims.add(t.dim(k));
                    }
                }
            }
            // what the choice found out may be said in attributes further on
            if (!symbols.isEmpty()) {
                b.add("bind", List.of(emit("dims_of", Attrs.of("dims", dims), null)), Attrs.of("symbols", symbols), List.of(), (String[]) null);
            }
        }
    }
}
