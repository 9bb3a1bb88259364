package dev.lathe.compiler.cli;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.interp.ProgramRun;
import dev.lathe.codegen.program.Program.Range;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.DataSet;
import dev.lathe.compiler.tensor.Datum;
import dev.lathe.compiler.tensor.DatumKind;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.NarrowFloats;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The inputs on which {@link Layers} compares: recorded ones, or seeded ones at two sizes of every symbolic dimension. */
final class LayerTrials {
    /** Tried in this order: attention is costly in long sequences, and convolutions need some pixels. */
    private static final int[] SIZES = {2, 3, 5, 8, 16, 32, 48, 64, 96, 128, 224, 512, 1536};

    private LayerTrials() {}

    static List<Layers.Trial> recorded(Graph g, Layers layers, List<Path> sets) {
        List<Layers.Trial> trials = new ArrayList<>();
        for (Path set : sets) {
            DataSet d = DataSet.read(set, Collections.nCopies(g.inputs().size(), DatumKind.TENSOR), List.of());
            Tensor[] in = new Tensor[g.inputs().size()];
            for (DataSet.Item i : d.inputs()) {
                if (i.index() < in.length && i.datum() instanceof Datum.TensorDatum t) {
                    in[i.index()] = t.tensor();
                }
            }
            for (int i = 0; i < in.length; i++) {
                if (in[i] == null) {
                    throw new LatheException(set.toString(), "input \"" + g.inputs().get(i).name() + "\" is not recorded");
                }
            }
            trials.add(new Layers.Trial(set.getFileName().toString(), List.of(in), layers.interpret(List.of(in))));
        }
        return trials;
    }

    static List<Layers.Trial> seeded(Graph g, Layers layers) {
        boolean symbolic = g.inputs().stream().anyMatch(v -> !v.tensor().isStatic());
        List<Layers.Trial> trials = new ArrayList<>();
        RuntimeException last = null;
        Map<String, Long> before = null;
        for (int size : symbolic ? SIZES : new int[] {1}) {
            Map<String, Long> symbols = sizes(g, size);
            if (symbols.equals(before)) {
                continue;
            }
            try {
                List<Tensor> in = inputs(g, symbols);
                List<ProgramRun.Result> r = layers.interpret(in);
                trials.add(new Layers.Trial("seeded inputs" + (symbols.isEmpty() ? "" : " at " + symbols), in, r));
                before = symbols;
            } catch (ArithmeticException | IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException | LatheException e) {
                // a size that the model doesn't take
                last = e;
            }
            if (trials.size() == 2) {
                break;
            }
        }
        if (trials.size() < (symbolic ? 2 : 1)) {
            throw new LatheException(g.name(), (trials.isEmpty() ? "no seeded inputs" : "no second size of its dimensions") + " could be run"
                    + (last == null ? "" : ": " + last.getMessage()), "give recorded inputs with --data");
        }
        return trials;
    }

    // a model's first dimension is often a batch: small, and another size than the rest
    private static Map<String, Long> sizes(Graph g, int size) {
        Map<String, Long> symbols = new LinkedHashMap<>();
        for (Value v : g.inputs()) {
            for (int i = 0; i < v.rank(); i++) {
                for (String s : v.dim(i).symbols()) {
                    Range r = g.limits().get(s);
                    long n = i == 0 && v.rank() > 1 ? size % 2 + 1 : size;
                    symbols.putIfAbsent(s, r == null ? n : Math.max(r.min(), Math.min(r.max(), n)));
                }
            }
        }
        return symbols;
    }

    private static List<Tensor> inputs(Graph g, Map<String, Long> symbols) {
        Random random = new Random(1);
        List<Tensor> in = new ArrayList<>();
        for (Value v : g.inputs()) {
            int[] dims = v.tensor().dims().stream().mapToInt((Dim d) -> Math.toIntExact(d.eval(symbols::get))).toArray();
            in.add(new Tensor(v.elem(), dims, data(v.elem(), Tensor.count(dims), random)));
        }
        return in;
    }

    /** Floats from -1 to 1; bytes of all values; other integers are 0 or 1, which are in range as indices. */
    private static Object data(ElementType type, int n, Random random) {
        Object data = type.storage().allocate(type.isComplex() ? 2 * n : n);
        for (int i = 0; i < java.lang.reflect.Array.getLength(data); i++) {
            if (data instanceof float[] a) {
                float x = 2 * random.nextFloat() - 1;
                a[i] = type.isFloat() && type.bits() < 32 ? NarrowFloats.round(type, x, true) : x;
            } else if (data instanceof double[] a) {
                a[i] = 2 * random.nextDouble() - 1;
            } else if (data instanceof int[] a) {
                a[i] = random.nextInt(type == ElementType.U8 ? 256 : 2);
            } else if (data instanceof long[] a) {
                a[i] = random.nextInt(2);
            } else {
                ((Object[]) data)[i] = Character.toString('a' + random.nextInt(26));
            }
        }
        return data instanceof Object[] a ? java.util.Arrays.copyOf(a, n, String[].class) : data;
    }
}
