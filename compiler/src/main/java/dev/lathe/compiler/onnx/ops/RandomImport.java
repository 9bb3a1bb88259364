package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.Arrays;
import java.util.List;

/** Random numbers. A node with a seed gives the same ones in every run; one without gets a seed in each. */
public final class RandomImport {
    private RandomImport() {}

    public static void register() {
        add("RandomUniform", n -> n.out(uniform(n, shape(n), n.type("dtype", ElementType.F32))));
        add("RandomUniformLike", n -> n.out(uniform(n, n.need(0).tensor().dims(), n.type("dtype", like(n)))));
        add("RandomNormal", n -> n.out(normal(n, shape(n), n.type("dtype", ElementType.F32))));
        add("RandomNormalLike", n -> n.out(normal(n, n.need(0).tensor().dims(), n.type("dtype", like(n)))));
        add("Bernoulli", n -> {
            Value p = n.need(0);
            Value u = draw(n, "uniform", p.tensor().dims(), p.elem());
            n.out(new Calc(n).cast(n.op("lt", u, p), n.type("dtype", p.elem())));
        });
        add("Multinomial", RandomImport::multinomial);
        add("Dropout", RandomImport::dropout);
        // data, bias, residual, ratio, training mode
        add("com.microsoft.BiasDropout", n -> {
            Tensor known = n.constant(4);
            if (n.has(4) && (known == null || known.integer(0) != 0)) {
                throw n.unsupported("training_mode");
            }
            Value y = n.op("add", n.need(0), n.need(1));
            n.out(n.has(2) ? n.op("add", y, n.in(2)) : y);
            n.out(1, n.b().op("expand", Attrs.of("dims", y.tensor().dims()), List.of(n.b().scalar(ElementType.BOOL, 1))));
        });
    }

    private static ElementType like(NodeImport n) {
        return n.elem(0).isFloat() ? n.elem(0) : ElementType.F32;
    }

    private static List<Dim> shape(NodeImport n) {
        return Arrays.stream(n.needIntegers("shape")).mapToObj(Dim::of).toList();
    }

    /** Random numbers of a node's seed, or of one that is made in each run. */
    static Value draw(NodeImport n, String kind, List<Dim> dims, ElementType to) {
        Value seed;
        if (!n.hasAttr("seed")) {
            seed = n.op("random_seed");
        } else {
            seed = n.b().longs(n.op().equals("Dropout") ? n.integer("seed", 0) : Float.floatToIntBits(n.real("seed", 0)));
        }
        return n.op("random", Attrs.of("kind", kind, "dims", dims, "to", to), seed);
    }

    private static Value uniform(NodeImport n, List<Dim> dims, ElementType to) {
        Calc c = new Calc(n);
        double low = n.real("low", 0);
        double high = n.real("high", 1);
        Value u = draw(n, "uniform", dims, to);
        return low == 0 && high == 1 ? u : c.add(c.mul(u, high - low), low);
    }

    private static Value normal(NodeImport n, List<Dim> dims, ElementType to) {
        Calc c = new Calc(n);
        return c.add(c.mul(draw(n, "normal", dims, to), n.real("scale", 1)), n.real("mean", 0));
    }

    // logarithms of weights [batch, classes]: the first class whose share of the sum reaches the draw
    private static void multinomial(NodeImport n) {
        Calc c = new Calc(n);
        Value p = n.op("softmax", Attrs.of("axis", 1), c.cast(n.need(0), ElementType.F32));
        Value sums = n.op("cumulate", Attrs.of("kind", "sum", "axis", 1, "exclusive", false, "reverse", false), p);
        Dim batch = p.dim(0);
        Dim classes = p.dim(1);
        Value u = draw(n, "uniform", List.of(batch, Dim.of(n.integer("sample_size", 1)), Dim.ONE), ElementType.F32);
        Value passed = n.op("le", c.reshape(sums, batch, Dim.ONE, classes), u);
        Value i = c.reduce("sum", c.cast(passed, ElementType.I32), false, 2);
        // rounding may leave the last sum below 1
        i = n.op("min", i, c.dim(classes.minus(1), ElementType.I32));
        n.out(c.cast(i, n.type("dtype", ElementType.I32)));
    }

    // nothing but in training, which a model may ask for while it runs
    private static void dropout(NodeImport n) {
        Calc c = new Calc(n);
        Value x = n.need(0);
        List<Dim> dims = x.tensor().dims();
        Tensor known = n.constant(2);
        boolean training = n.opset() >= 12 && n.has(2) && (known == null || known.integer(0) != 0);
        Value keep = n.b().scalar(ElementType.BOOL, 1);
        if (training) {
            Value on = c.reshape(n.in(2), List.of());
            Value ratio = n.has(1) ? c.cast(c.reshape(n.in(1), List.of()), x.elem()) : c.num(x, 0.5);
            Value some = n.op("ge", draw(n, "uniform", dims, x.elem()), ratio);
            keep = n.op("or", n.op("not", on), some);
            Value scale = c.where(on, c.div(c.num(x, 1), c.sub(c.num(x, 1), ratio)), c.num(x, 1));
            n.out(c.where(keep, c.mul(x, scale), c.num(x, 0)));
        } else {
            n.out(n.op("identity", x));
        }
        if (n.wants(1)) {
            n.out(1, c.cast(c.expand(keep, dims), n.opset() < 10 ? x.elem() : ElementType.BOOL));
        }
    }
}
