package dev.lathe.compiler.contract;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A graph made of the seed alone: elementwise operations with broadcasting, products of matrices, softmaxes, reductions
 * and transposes over values of rank 2, with one or two outputs.
 */
final class RandomGraph {
    private static final List<String> UNARY = List.of("relu", "exp", "tanh", "sigmoid", "erf", "sin", "neg", "abs", "sqrt");
    private static final List<String> BINARY = List.of("add", "sub", "mul", "max", "min");

    private final Random random;
    private final GraphBuilder b = new GraphBuilder();
    private final List<Value> values = new ArrayList<>();
    private final List<Dim> dims;

    private RandomGraph(long seed, List<Dim> dims) {
        this.random = new Random(seed);
        this.dims = dims;
    }

    /** The same operations whether the dimensions are numbers or symbols. @param dims three extents that are used for all shapes */
    static Graph of(long seed, List<Dim> dims) {
        return new RandomGraph(seed, dims).make(seed);
    }

    private Graph make(long seed) {
        b.at(Loc.of("random" + seed));
        dims.forEach(d -> d.symbols().forEach(b::reserveSymbol));
        for (int i = 0; i < 3; i++) {
            values.add(b.input("x" + i, Type.tensor(ElementType.F32, List.of(dims.get(i), dims.get((i + 1) % 3)))));
        }
        int nodes = 4 + random.nextInt(10);
        for (int i = 0; i < nodes; i++) {
            b.at(Loc.of("n" + i));
            Value v = next();
            if (v != null) {
                values.add(v);
            }
        }
        Value last = values.get(values.size() - 1);
        Value some = pick();
        return b.finish("random" + seed, last == some ? List.of(op("identity", last)) : List.of(op("identity", last), op("identity", some)));
    }

    private Value pick() {
        return values.get(random.nextInt(values.size()));
    }

    private Value op(String name, Value... in) {
        return b.op(name, in);
    }

    private Value next() {
        Value v = pick();
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                String name = UNARY.get(random.nextInt(UNARY.size()));
                return op(name, name.equals("sqrt") ? op("abs", v) : v);
            }
            case 2, 3 -> {
                Value w = pick();
                return op(BINARY.get(random.nextInt(BINARY.size())), v, v.tensor().dims().equals(w.tensor().dims()) ? w : scalar());
            }
            case 4 -> {
                Value w = pick();
                return v.dim(1).equals(w.dim(0)) ? op("matmul", v, w) : null;
            }
            case 5 -> {
                return b.op("softmax", Attrs.of("axis", random.nextInt(2)), v);
            }
            case 6 -> {
                return b.op("transpose", Attrs.of("perm", new int[] {1, 0}), v);
            }
            default -> {
                Value mean = b.op("reduce", Attrs.of("kind", "sum", "axes", new int[] {random.nextInt(2)}, "keep", true), v);
                return op("sub", v, mean);
            }
        }
    }

    private Value scalar() {
        return b.constant(Tensor.ofFloats(new int[0], random.nextInt(9) / 4f - 1));
    }

    /** Signed inputs for these extents. */
    static List<Tensor> inputs(long seed, int... extents) {
        Random r = new Random(seed + 1);
        List<Tensor> in = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            float[] a = new float[extents[i] * extents[(i + 1) % 3]];
            for (int k = 0; k < a.length; k++) {
                a[k] = 4 * r.nextFloat() - 2;
            }
            in.add(Tensor.ofFloats(new int[] {extents[i], extents[(i + 1) % 3]}, a));
        }
        return in;
    }
}
