package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.OptType;
import dev.lathe.compiler.ir.Type.SeqType;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Types;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.onnx.ops.LoopImport.Turn;
import dev.lathe.compiler.onnx.proto.GraphProto;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Operators on sequences and optionals. */
public final class SequenceImport {
    private SequenceImport() {}

    public static void register() {
        add("SequenceEmpty", n -> n.out(n.op("seq_empty", Attrs.of("of", n.type("dtype", ElementType.F32)))));
        add("SequenceConstruct", n -> n.out(n.b().op("seq_construct", Attrs.NONE, n.in())));
        add("SequenceInsert", n -> n.out(n.has(2) ? n.op("seq_insert", n.need(0), n.need(1), n.in(2)) : n.op("seq_insert", n.need(0), n.need(1))));
        add("SequenceErase", n -> n.out(n.has(1) ? n.op("seq_erase", n.need(0), n.in(1)) : n.op("seq_erase", n.need(0))));
        add("SequenceAt", n -> n.out(n.op("seq_at", rank(n, sequence(n.need(0)).elem(), 0), n.need(0), n.need(1))));
        add("SequenceLength", n -> n.out(n.op("seq_length", n.need(0))));
        add("ConcatFromSequence", n -> {
            boolean stack = n.flag("new_axis", false);
            Attrs a = rank(n, sequence(n.need(0)).elem(), stack ? -1 : 0);
            n.out(n.op("seq_concat", a.with("axis", n.integer("axis", 0)).with("new", stack), n.need(0)));
        });
        add("SplitToSequence", SequenceImport::split);
        add("SequenceMap", SequenceImport::map);
        add("Optional", SequenceImport::optional);
        add("OptionalHasElement", n -> n.out(n.has(0) && n.in(0).type() instanceof OptType
                ? n.op("opt_has", n.in(0))
                : n.b().constant(new Tensor(ElementType.BOOL, new int[0], new int[] {n.has(0) ? 1 : 0}))));
        add("OptionalGetElement", n -> n.out(n.need(0).type() instanceof OptType o
                ? n.op("opt_get", rank(n, o.elem(), 0), n.in(0))
                : n.op("identity", n.in(0))));
    }

    private static void split(NodeImport n) {
        Attrs a = Attrs.of("axis", n.axis("axis", 0, n.rank(0)), "keep", n.flag("keepdims", true));
        if (!n.has(1)) {
            n.out(n.op("seq_split", a, n.need(0)));
            return;
        }
        long each = each(n, n.need(0).dim(a.intValue("axis")));
        n.out(n.op("seq_split", each < 0 ? a : a.with("extent", each), n.need(0), n.in(1)));
    }

    // the extent of all parts when they are known to be equal, else -1
    private static long each(NodeImport n, Dim whole) {
        Value parts = n.in(1);
        Tensor known = n.constant(1);
        if (parts.rank() == 0) {
            // the last part may be shorter
            long e = known == null ? -1 : known.integer(0);
            return e == 1 || e > 1 && whole.isConst() && whole.value() % e == 0 ? e : -1;
        }
        Node filled = n.b().producer(parts);
        if (known == null && filled != null && filled.is("expand") && n.constantOf(filled.in(0)) != null && n.constantOf(filled.in(0)).size() == 1) {
            return n.constantOf(filled.in(0)).integer(0);
        }
        return known != null && known.size() > 0 && java.util.Arrays.stream(known.integers()).distinct().count() == 1 ? known.integer(0) : -1;
    }

    private static SeqType sequence(Value v) {
        if (v.type() instanceof SeqType s) {
            return s;
        }
        throw new LatheException("", "%" + v.name() + " is " + v.type() + "; it must be a sequence");
    }

    // where the elements' rank isn't known, what the model declares for the result says it
    private static Attrs rank(NodeImport n, Type elem, int more) {
        boolean unknown = elem instanceof TensorType t && !Types.rankKnown(t);
        return unknown && n.declared(0) instanceof TensorType d && Types.rankKnown(d) ? Attrs.of("rank", d.rank() + more) : Attrs.NONE;
    }

    private static void optional(NodeImport n) {
        if (n.has(0)) {
            n.out(n.op("opt_some", n.in(0)));
            return;
        }
        Type t = n.valueType("type");
        boolean seq = t instanceof SeqType;
        Type elem = t instanceof SeqType s ? s.elem() : t;
        n.out(n.op("opt_none", Attrs.of("of", ((TensorType) elem).elem(), "seq", seq)));
    }

    private static void map(NodeImport n) {
        GraphProto g = n.graph("body");
        sequence(n.need(0));
        Dim length = n.b().dimsOf(n.op("seq_length", n.need(0))).get(0);
        // a turn that is thrown away tells the results' element types
        GraphBuilder scratch = n.b().region();
        List<Value> first = n.body(g, scratch, elements(n, scratch, n.b().scalar(ElementType.I64, 0)));
        List<Value> init = first.stream().map(v -> n.op("seq_empty", Attrs.of("of", v.elem()))).toList();
        List<Value> r = LoopImport.loop(n, length, null, init, (b, number, args) -> {
            List<Value> out = n.body(g, b, elements(n, b, number));
            List<Value> next = new ArrayList<>();
            for (int i = 0; i < out.size(); i++) {
                next.add(b.op("seq_insert", args.get(i), out.get(i)));
            }
            return new Turn(null, next, List.of());
        });
        for (int i = 0; i < n.outputs(); i++) {
            n.out(i, r.get(i));
        }
    }

    // the operands of one turn: sequences give an element, tensors stay
    private static List<Value> elements(NodeImport n, GraphBuilder b, Value number) {
        List<Value> r = new ArrayList<>();
        for (Value v : n.in()) {
            r.add(v.type() instanceof SeqType ? b.op("seq_at", v, number) : v);
        }
        return r;
    }
}
