package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.List;

/** com.microsoft's operators on tokens and keys: what decoders and look-up tables are built of. */
public final class TokensImport {
    private TokensImport() {}

    public static void register() {
        add("com.microsoft.NGramRepeatBlock", TokensImport::withoutRepeats);
        add("com.microsoft.MurmurHash3", TokensImport::hash);
    }

    /** Scores become -inf for tokens that would end an n-gram that is there already. */
    private static void withoutRepeats(NodeImport n) {
        Calc c = new Calc(n);
        Value ids = n.need(0);
        int before = (int) n.integer("ngram_size", 1) - 1;
        Dim length = ids.dim(1);
        // rows shorter than an n-gram match nothing: no token is -1
        Value padded = before == 0 ? ids : n.op("pad", Attrs.of("before", List.of(Dim.ZERO, Dim.of(before)),
                "after", List.of(Dim.ZERO, Dim.ZERO), "mode", "constant"), ids, c.num(ids, -1));
        Value same = null;
        for (int j = 0; j < before; j++) {
            Value at = TensorImport.part(n, padded, 1, Dim.of(j), length);
            Value last = TensorImport.part(n, padded, 1, length.plus(j), Dim.ONE);
            Value eq = n.op("eq", at, last);
            same = same == null ? eq : n.op("and", same, eq);
        }
        Value scores = n.need(1);
        Value none = c.num(scores, Double.NEGATIVE_INFINITY);
        Value cap = same == null ? c.expand(none, ids.tensor().dims()) : c.where(same, none, c.num(scores, Double.POSITIVE_INFINITY));
        n.out(n.op("scatter_elements", Attrs.of("axis", 1, "reduction", "min"), scores, ids, cap));
    }

    /** MurmurHash3_x86_32 of each element's bytes. */
    private static void hash(NodeImport n) {
        Value x = n.need(0);
        long seed = n.integer("seed", 0);
        Value h = x.elem() == ElementType.STR
                ? n.op("text_hash", Attrs.of("seed", (int) seed), x)
                : ofWords(n, x, seed);
        n.out(n.flag("positive", true) ? h : n.op("bitcast", Attrs.of("to", ElementType.I32), h));
    }

    private static Value ofWords(NodeImport n, Value x, long seed) {
        Calc c = new Calc(n);
        int bytes = x.elem().bits() / 8;
        Value h = word(n, seed);
        if (bytes == 4) {
            h = mixed(n, h, bits(n, x, ElementType.U32));
        } else {
            Value b = bits(n, x, ElementType.U64);
            Value high = n.op("shr", b, c.num(b, 32));
            h = mixed(n, h, c.cast(c.sub(b, n.op("shl", high, c.num(b, 32))), ElementType.U32));
            h = mixed(n, h, c.cast(high, ElementType.U32));
        }
        h = n.op("xor", h, word(n, bytes));
        h = c.mul(shifted(n, h, 16), word(n, 0x85ebca6bL));
        h = c.mul(shifted(n, h, 13), word(n, 0xc2b2ae35L));
        return shifted(n, h, 16);
    }

    private static Value bits(NodeImport n, Value x, ElementType to) {
        return x.elem() == to ? x : n.op("bitcast", Attrs.of("to", to), x);
    }

    private static Value word(NodeImport n, long v) {
        return n.b().constant(new Tensor(ElementType.U32, new int[0], new long[] {v}));
    }

    private static Value shifted(NodeImport n, Value h, int by) {
        return n.op("xor", h, n.op("shr", h, word(n, by)));
    }

    private static Value rotated(NodeImport n, Value v, int by) {
        return n.op("or", n.op("shl", v, word(n, by)), n.op("shr", v, word(n, 32 - by)));
    }

    private static Value mixed(NodeImport n, Value h, Value k) {
        Calc c = new Calc(n);
        k = c.mul(rotated(n, c.mul(k, word(n, 0xcc9e2d51L)), 15), word(n, 0x1b873593L));
        return c.add(c.mul(rotated(n, n.op("xor", h, k), 13), word(n, 5)), word(n, 0xe6546b64L));
    }
}
