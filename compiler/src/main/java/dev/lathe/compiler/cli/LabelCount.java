package dev.lathe.compiler.cli;

import dev.lathe.codegen.emit.Emitted;
import dev.lathe.codegen.program.Program;
import dev.lathe.compiler.Trace;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Looks whether some output has as many numbers as there are labels; hands what it sees on. */
final class LabelCount implements Trace {
    private final Trace next;
    private List<Value> outputs = List.of();

    LabelCount(Trace next) {
        this.next = next;
    }

    /** A line that says that no output fits; null where one does, or may, or where there are no labels. */
    String note(int labels) {
        if (labels == 0 || outputs.stream().anyMatch(v -> !(v.type() instanceof TensorType) || fits(v, labels))) {
            return null;
        }
        return "note: there are " + labels + " labels, and no output has an extent of " + labels + ": "
                + outputs.stream().map(v -> v.name() + ": " + v.type()).collect(Collectors.joining("; "));
    }

    private static boolean fits(Value v, int labels) {
        // behind the batch, an open extent may be any
        return v.rank() == 0 || IntStream.range(0, v.rank()).anyMatch(i -> v.dim(i).is(labels) || i > 0 && !v.dim(i).isConst());
    }

    @Override
    public void graph(String stage, Graph g) {
        outputs = g.outputs();
        next.graph(stage, g);
    }

    @Override
    public void pass(String name, Graph result, long nanos) {
        outputs = result.outputs();
        next.pass(name, result, nanos);
    }

    @Override
    public void program(String path, Program p) {
        next.program(path, p);
    }

    @Override
    public void classes(String path, Program p, Emitted e) {
        next.classes(path, p, e);
    }
}
