package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import dev.lathe.codegen.text.DimText;
import dev.lathe.runtime.Storage;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What each step costs on any machine: arithmetic of contractions and bytes moved, as dimensions, so that they hold for
 * open shapes too. They stand beside a program, not in it: nothing that runs it needs them.
 */
public final class StepCosts {
    /** First line of a table. */
    public static final String HEAD = "# lathe 1 costs of one run of each step: operations (two a multiply-add), bytes read, bytes written";

    /** Each may be null: not known. */
    record Cost(Dim operations, Dim read, Dim written) {}

    /** A buffer as a step sees it: {@code elements} of it are touched. */
    record Use(View view, Dim elements, boolean written) {}

    private final Map<Step, Cost> steps = new IdentityHashMap<>();

    /**
     * Notes the cost of a step.
     *
     * @param products multiply-adds of a contraction; null for what is none
     * @param taken 0 for the shapes that do without the step, else 1
     */
    void put(Step step, Dim products, List<Use> uses, List<Buffer> buffers, Dim taken) {
        try {
            steps.put(step, new Cost(times(products, taken.times(2)), times(bytes(uses, false, buffers), taken), times(bytes(uses, true, buffers), taken)));
        } catch (ArithmeticException e) {
            // more than 64 bits hold: such a step can't run either, and why is for others to say
            steps.remove(step);
        }
    }

    /** The cost of a step; null where none is noted. */
    Cost of(Step step) {
        return steps.get(step);
    }

    /** Notes for a step what is known of another. */
    void put(Step step, Cost cost) {
        if (cost != null) {
            steps.put(step, cost);
        }
    }

    private static Dim times(Dim known, Dim by) {
        return known == null ? null : known.times(by);
    }

    /** Each element once, however often it is asked for: never more than the buffer holds. */
    private static Dim bytes(List<Use> uses, boolean written, List<Buffer> buffers) {
        Map<Integer, Dim> elements = new LinkedHashMap<>();
        for (Use u : uses) {
            if (u.written() == written) {
                elements.merge(u.view().buffer(), u.elements(), Dim::plus);
            }
        }
        Dim sum = Dim.ZERO;
        for (Map.Entry<Integer, Dim> e : elements.entrySet()) {
            Buffer b = buffers.get(e.getKey());
            if (b.storage() == Storage.REF) {
                return null;
            }
            // a buffer that grows by itself has no size of its own
            Dim n = b.size().is(0) ? e.getValue() : e.getValue().min(b.size());
            sum = sum.plus(n.times(b.storage() == Storage.F64 || b.storage() == Storage.I64 ? 8 : 4));
        }
        return sum;
    }

    /** The elements of a view, those that broadcasting repeats counted once. */
    static Dim elements(View v) {
        Dim n = Dim.ONE;
        for (int i = 0; i < v.rank(); i++) {
            n = v.strides().get(i).is(0) ? n : n.times(v.dims().get(i));
        }
        return n;
    }

    /** The entry of the table that belongs to a program's text. */
    public static String entry(String text) {
        return text.substring(0, text.length() - ".lir".length()) + ".costs.tsv";
    }

    /** A table of all steps in text order, after the inputs' dimensions; what is not known is {@code -}. */
    public String table(Program p) {
        StringBuilder s = new StringBuilder(HEAD).append('\n');
        for (Port in : p.inputs()) {
            s.append("input");
            in.dims().forEach(d -> s.append('\t').append(DimText.of(d)));
            s.append('\n');
        }
        for (Step step : p.flat()) {
            Cost c = steps.getOrDefault(step, new Cost(null, null, null));
            s.append(step instanceof Step.Run r ? r.kernel() : step.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT));
            for (Dim d : new Dim[] {c.operations(), c.read(), c.written()}) {
                s.append('\t').append(d == null ? "-" : DimText.of(d));
            }
            s.append('\n');
        }
        return s.toString();
    }
}
