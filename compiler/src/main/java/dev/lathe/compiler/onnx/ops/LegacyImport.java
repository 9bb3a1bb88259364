package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Experimental operators of the first opsets, gone since, that converted models still hold. */
public final class LegacyImport {
    private LegacyImport() {}

    public static void register() {
        add("Affine", n -> {
            Calc c = new Calc(n);
            n.out(c.add(c.mul(n.need(0), n.real("alpha", 1)), n.real("beta", 0)));
        });
        add("Scale", n -> n.out(new Calc(n).mul(n.need(0), n.real("scale", 1))));
        add("ScaledTanh", n -> {
            Calc c = new Calc(n);
            n.out(c.mul(n.op("tanh", c.mul(n.need(0), n.real("beta", 1))), n.real("alpha", 1)));
        });
        add("ParametricSoftplus", n -> {
            Calc c = new Calc(n);
            n.out(c.mul(ElementwiseImport.softplus(n, c.mul(n.need(0), n.real("beta", 1))), n.real("alpha", 1)));
        });
        add("ImageScaler", n -> {
            Calc c = new Calc(n);
            float[] bias = n.reals("bias");
            Value y = c.mul(n.need(0), n.real("scale", 1));
            n.out(bias == null ? y : c.add(y, c.along(c.cast(n.b().constant(Tensor.ofFloats(new int[] {bias.length}, bias)), y.elem()), 1, y.rank())));
        });
        add("Crop", LegacyImport::crop);
        add("DynamicSlice", SliceImport::slice);
        add("ConstantFill", LegacyImport::fill);
        // the element of a sequence that a loop's turn is at
        add("LoopIndexTensor", n -> n.out(new Calc(n).gather(n.need(0), n.need(1), n.axis("axis", 0, n.rank(0)))));
        add("GivenTensorFill", n -> {
            long[] shape = n.integers("shape");
            float[] values = n.reals("values");
            if (shape == null || values == null) {
                throw new LatheException("", "it needs attributes shape and values");
            }
            n.out(n.b().constant(Tensor.ofFloats(Arrays.stream(shape).mapToInt(Math::toIntExact).toArray(), values)));
        });
    }

    // the shape is an attribute, the operand's contents or the operand's own, with further dimensions behind
    private static void fill(NodeImport n) {
        List<Dim> dims = new ArrayList<>(!n.has(0) ? TensorImport.longs(n.needIntegers("shape"))
                : n.flag("input_as_shape", false) ? n.dims(0) : n.need(0).tensor().dims());
        dims.addAll(n.hasAttr("extra_shape") ? TensorImport.longs(n.integers("extra_shape")) : List.of());
        n.out(n.op("expand", Attrs.of("dims", dims), n.b().scalar(n.type("dtype", ElementType.F32), n.real("value", 0))));
    }

    // borders are left, top, right, bottom; scale is height and width of what remains after left and top
    private static void crop(NodeImport n) {
        Value x = n.need(0);
        int[] border = n.ints("border", 0, 0, 0, 0);
        int[] scale = n.ints("scale");
        Dim height = scale.length == 2 ? Dim.of(scale[0]) : x.dim(2).minus(border[1] + border[3]);
        Dim width = scale.length == 2 ? Dim.of(scale[1]) : x.dim(3).minus(border[0] + border[2]);
        Value rows = TensorImport.part(n, x, 2, Dim.of(border[1]), height);
        n.out(TensorImport.part(n, rows, 3, Dim.of(border[0]), width));
    }
}
