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
import java.util.List;

/** Fused operators that ONNX Runtime's optimiser and exporters for it write. */
public final class MicrosoftImport {
    private static final String MS = "com.microsoft.";

    // what four bits stand for: a float of three bits with a sign, and quantiles of the normal distribution
    private static final float[] FLOAT4 = {0, 0.005208333333f, 0.66666667f, 1, 0.33333333f, 0.5f, 0.16666667f, 0.25f,
        0, -0.005208333333f, -0.66666667f, -1, -0.33333333f, -0.5f, -0.16666667f, -0.25f};
    private static final float[] NORMAL4 = {-1, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f,
        -0.18477343022823334f, -0.09105003625154495f, 0, 0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f,
        0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1};

    private MicrosoftImport() {}

    public static void register() {
        add(MS + "Gelu", n -> n.out(gelu(n, n.need(0))));
        add(MS + "BiasGelu", n -> n.out(gelu(n, n.op("add", n.need(0), n.need(1)))));
        add(MS + "FastGelu", n -> n.out(tanhGelu(n, n.has(1) ? n.op("add", n.need(0), n.in(1)) : n.need(0))));
        add(MS + "QuickGelu", n -> n.out(AttentionImport.swish(n, n.need(0), n.real("alpha", 1.702))));
        add(MS + "BiasAdd", n -> n.out(n.op("add", n.op("add", n.need(0), n.need(1)), n.need(2))));
        add(MS + "BiasSplitGelu", n -> {
            Value x = n.op("add", n.need(0), n.need(1));
            Dim half = x.dim(-1).floorDiv(2);
            int last = x.rank() - 1;
            n.out(n.op("mul", TensorImport.part(n, x, last, Dim.ZERO, half), gelu(n, TensorImport.part(n, x, last, half, half))));
        });
        add(MS + "FusedMatMul", n -> n.out(product(n)));
        add(MS + "TransposeMatMul", n -> n.out(product(n)));
        add(MS + "FusedMatMulActivation", n -> n.out(activation(n, product(n))));
        add(MS + "FusedConv", n -> {
            Value y = NeuralImport.conv(n, n.need(0), n.need(1), n.in(2));
            n.out(activation(n, n.has(3) ? n.op("add", y, n.in(3)) : y));
        });
        add(MS + "FusedGemm", n -> {
            Calc c = new Calc(n);
            Value a = n.flag("transA", false) ? c.transpose(n.need(0), 1, 0) : n.need(0);
            Value b = n.flag("transB", false) ? c.transpose(n.need(1), 1, 0) : n.need(1);
            Value y = n.op("matmul", a, b);
            y = n.real("alpha", 1) == 1 ? y : c.mul(y, n.real("alpha", 1));
            if (n.has(2)) {
                y = c.add(y, n.real("beta", 1) == 1 ? n.in(2) : c.mul(n.in(2), n.real("beta", 1)));
            }
            n.out(activation(n, y));
        });
        add(MS + "RotaryEmbedding", n -> {
            if (n.flag("is_packed_batching", false)) {
                throw n.unsupported("is_packed_batching");
            }
            // places are [B, S], or one first place for all
            Value x = n.need(0);
            Calc c = new Calc(n);
            Value places = n.need(1);
            long dims = n.integer("rotary_embedding_dim", 0);
            Dim heads = n.integer("num_heads", 0) > 0 ? Dim.of(n.integer("num_heads", 0)) : x.dim(-1).floorDiv(n.need(2).dim(1).times(2));
            if (places.rank() == 1 || places.rank() == 0) {
                Value steps = c.iota(x.dim(x.rank() - 2), ElementType.I64, 1, 2);
                places = c.add(c.reshape(c.cast(places, ElementType.I64), Dim.ONE, Dim.ONE), steps);
                places = c.expand(places, List.of(x.dim(0), x.dim(x.rank() - 2)));
            }
            n.out(AttentionImport.rotary(n, x, x.rank() == 3 ? heads.value() : 0, n.need(2), n.need(3), places, n.flag("interleaved", false), dims));
        });
        add(MS + "MatMulNBits", MicrosoftImport::matMulNBits);
        add(MS + "MatMulBnb4", MicrosoftImport::matMulBnb4);
    }

    static Value gelu(NodeImport n, Value x) {
        Calc c = new Calc(n);
        return c.mul(c.mul(x, 0.5), c.add(n.op("erf", c.mul(x, 0.7071067811865476)), 1));
    }

    static Value tanhGelu(NodeImport n, Value x) {
        Calc c = new Calc(n);
        Value arg = c.mul(c.add(x, c.mul(c.mul(c.mul(x, x), x), 0.044715)), 0.7978845608028654);
        return c.mul(c.mul(x, 0.5), c.add(n.op("tanh", arg), 1));
    }

    /** The activation that attributes name; its parameters stand in a list, or have names of their own. */
    static Value activation(NodeImport n, Value x) {
        Calc c = new Calc(n);
        String name = n.text("activation", "");
        return switch (name) {
            case "" -> x;
            case "Relu" -> n.op("relu", x);
            case "Sigmoid" -> n.op("sigmoid", x);
            case "Tanh" -> n.op("tanh", x);
            case "Softplus" -> ElementwiseImport.softplus(n, x);
            case "Softsign" -> c.div(x, c.add(n.op("abs", x), 1));
            case "Elu" -> ElementwiseImport.elu(n, x, parameter(n, 0, 1));
            case "LeakyRelu" -> n.op("prelu", x, c.num(x, parameter(n, 0, 0.01f)));
            case "ThresholdedRelu" -> c.where(n.op("gt", x, c.num(x, parameter(n, 0, 1))), x, c.num(x, 0));
            case "Clip" -> n.op("min", c.max(x, parameter(n, 0, -Float.MAX_VALUE)), c.num(x, parameter(n, 1, Float.MAX_VALUE)));
            case "HardSigmoid" -> ElementwiseImport.hardSigmoid(n, x, parameter(n, 0, 0.2f), parameter(n, 1, 0.5f));
            case "HardSwish" -> n.op("mul", x, ElementwiseImport.hardSigmoid(n, x, 1 / 6f, 0.5f));
            default -> throw new LatheException("", "activation \"" + name + "\" is not supported");
        };
    }

    private static float parameter(NodeImport n, int i, float absent) {
        float[] p = n.hasAttr("activation_params") ? n.reals("activation_params") : new float[0];
        return i < p.length ? p[i] : n.real(i == 0 ? "activation_alpha" : "activation_beta", absent);
    }

    private static Value matrix(NodeImport n, Value v, boolean swap, boolean batch) {
        int r = v.rank();
        if (r < 2 || !swap && !batch) {
            return v;
        }
        // with transBatch the first dimension stands before the last
        List<Integer> perm = new ArrayList<>();
        for (int i = batch ? 1 : 0; i < r - (batch ? 1 : 2); i++) {
            perm.add(i);
        }
        int row = batch ? 0 : r - 2;
        perm.add(swap ? r - 1 : row);
        perm.add(swap ? row : r - 1);
        return n.op("transpose", Attrs.of("perm", perm), v);
    }

    private static Value product(NodeImport n) {
        Value a = matrix(n, n.need(0), n.flag("transA", false), n.flag("transBatchA", false));
        Value b = matrix(n, n.need(1), n.flag("transB", false), n.flag("transBatchB", false));
        Value y = NeuralImport.matmul(n, a, b);
        double alpha = n.real("alpha", 1);
        return alpha == 1 ? y : new Calc(n).mul(y, alpha);
    }

    // a [.., K]; b u8 [N, blocks, bytes]; scales [N * blocks]; zero points packed like b, or of the type of a; g_idx; bias
    private static void matMulNBits(NodeImport n) {
        int k = (int) n.integer("K", 0);
        int columns = (int) n.integer("N", 0);
        int bits = (int) n.integer("bits", 4);
        int size = (int) n.integer("block_size", 32);
        Tensor b = n.b().constantOf(n.need(1));
        Tensor scales = n.b().constantOf(n.need(2));
        Tensor zeros = n.has(3) ? n.b().constantOf(n.in(3)) : null;
        Tensor groups = n.has(4) ? n.b().constantOf(n.in(4)) : null;
        if (b == null || scales == null || n.has(3) && zeros == null || n.has(4) && groups == null) {
            throw n.unsupported("a matrix that is not constant");
        }
        holds(b, k, columns, k, bits, size, scales);
        int blocks = (k + size - 1) / size;
        int bytes = size * bits / 8;
        int zeroBytes = (blocks * bits + 7) / 8;
        float[] w = new float[k * columns];
        for (int c = 0; c < columns; c++) {
            for (int i = 0; i < k; i++) {
                // the rows may belong to groups of their own, wherever they stand
                int block = groups != null && groups.size() > 0 ? (int) groups.integer(i) : i / size;
                double zero = zeros == null ? 1 << bits - 1
                        : zeros.type().isFloat() ? zeros.number(c * blocks + block)
                        : code(zeros, c * zeroBytes, block, bits);
                double q = code(b, (c * blocks + i / size) * bytes, i % size, bits);
                w[i * columns + c] = (float) ((q - zero) * scales.number(c * blocks + block));
            }
        }
        Value weights = n.b().constant(n.need(1).name() + "_f", Tensor.ofFloats(new int[] {k, columns}, w));
        Calc c = new Calc(n);
        Value y = c.cast(NeuralImport.matmul(n, c.cast(n.need(0), ElementType.F32), weights), n.elem(0));
        n.out(n.has(5) ? c.add(y, n.in(5)) : y);
    }

    // a [.., K], or [.., N] when b isn't transposed; b: codes of [N, K], two a byte, high bits first; largest magnitudes of the blocks
    private static void matMulBnb4(NodeImport n) {
        int k = (int) n.integer("K", 0);
        int columns = (int) n.integer("N", 0);
        int size = (int) n.integer("block_size", 64);
        float[] values = n.integer("quant_type", 1) == 1 ? NORMAL4 : FLOAT4;
        Tensor b = n.b().constantOf(n.need(1));
        Tensor scales = n.b().constantOf(n.need(2));
        if (b == null || scales == null) {
            throw n.unsupported("a matrix that is not constant");
        }
        holds(b, k, columns, (long) k * columns, 4, size, scales);
        float[] w = new float[columns * k];
        for (int i = 0; i < w.length; i++) {
            w[i] = (float) (values[code(b, 0, i ^ 1, 4)] * scales.number(i / size));
        }
        Calc c = new Calc(n);
        Value weights = n.b().constant(n.need(1).name() + "_f", Tensor.ofFloats(new int[] {columns, k}, w));
        weights = n.flag("transB", true) ? c.transpose(weights, 1, 0) : weights;
        n.out(c.cast(NeuralImport.matmul(n, c.cast(n.need(0), ElementType.F32), weights), n.elem(0)));
    }

    /** Element {@code i} of codes packed low bits first from byte {@code from} on. */
    /**
     * Before anything is made of them: that there are as many codes and scales as a matrix of these extents takes.
     *
     * @param run elements that share blocks: those of a column, or all
     */
    private static void holds(Tensor b, long k, long columns, long run, int bits, int block, Tensor scales) {
        boolean sound = k >= 1 && columns >= 1 && block >= 1 && bits >= 1 && bits <= 8;
        long blocks = sound ? k * columns / run * ((run + block - 1) / block) : 0;
        if (!sound || k * columns > 8L * b.size() / bits || blocks > scales.size()) {
            throw new LatheException("", "K = " + k + ", N = " + columns + ", " + bits + " bits and block_size = " + block + " don't fit the " + b.size()
                    + " bytes of input B and its " + scales.size() + " scales", "export the model again");
        }
    }

    private static int code(Tensor t, int from, int i, int bits) {
        int bit = i * bits;
        return (int) (t.integer(from + bit / 8) >> bit % 8) & (1 << bits) - 1;
    }
}
