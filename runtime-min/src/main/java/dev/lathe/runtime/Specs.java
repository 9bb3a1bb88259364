package dev.lathe.runtime;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a model's inputs and outputs look like over all its paths. */
final class Specs {
    private Specs() {}

    static List<TensorSpec> of(PathCode[] paths, boolean inputs) {
        List<TensorSpec> specs = new ArrayList<>();
        Plan last = paths[paths.length - 1].plan;
        Plan.Port[] ports = inputs ? last.inputs : last.outputs;
        for (int k = 0; k < ports.length; k++) {
            List<TensorSpec.Dim> dims = new ArrayList<>();
            for (int i = 0; i < ports[k].dims().length; i++) {
                dims.add(dim(paths, inputs, k, i));
            }
            specs.add(new TensorSpec(ports[k].name(), ports[k].kind(), ports[k].type(), dims));
        }
        return List.copyOf(specs);
    }

    /** The union of what the paths take; the last one, the fallback, gives the text if it is symbolic. */
    private static TensorSpec.Dim dim(PathCode[] paths, boolean inputs, int port, int axis) {
        Set<String> texts = new LinkedHashSet<>();
        long min = Long.MAX_VALUE;
        long max = 0;
        TensorSpec.Dim d = null;
        for (PathCode p : paths) {
            Plan.Port at = (inputs ? p.plan.inputs : p.plan.outputs)[port];
            d = dim(p.plan, at.texts()[axis], at.dims()[axis]);
            texts.add(d.text());
            min = Math.min(min, d.min());
            max = Math.max(max, d.max());
        }
        return new TensorSpec.Dim(d.isStatic() ? String.join("|", texts) : d.text(), min, max);
    }

    private static TensorSpec.Dim dim(Plan plan, String text, DimExpr e) {
        if (e.isConst()) {
            return new TensorSpec.Dim(text, e.value, e.value);
        }
        if (e.op == DimExpr.SLOT && e.value < plan.symbols.length) {
            int s = (int) e.value;
            return new TensorSpec.Dim(text, plan.min[s], plan.max[s]);
        }
        return new TensorSpec.Dim(text, 0, Integer.MAX_VALUE);
    }
}
