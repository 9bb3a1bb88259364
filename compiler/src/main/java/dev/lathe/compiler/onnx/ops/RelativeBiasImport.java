package dev.lathe.compiler.onnx.ops;

import static dev.lathe.compiler.onnx.ImportTable.add;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.runtime.ElementType;

/** What attention adds to its scores for the distance between a query and a key, as optimisers for ONNX Runtime fuse it. */
public final class RelativeBiasImport {
    private static final int LONGEST = 1 << 20;

    private RelativeBiasImport() {}

    public static void register() {
        add("com.microsoft.RelativePositionBias", RelativeBiasImport::bias);
        add("com.microsoft.GatedRelativePositionBias", RelativeBiasImport::gated);
    }

    // table [buckets, heads], whose data stand as if it were [heads, buckets]; numbers of queries and keys
    private static void bias(NodeImport n) {
        Calc c = new Calc(n);
        Value table = n.need(0);
        Dim rows = c.dims(n.need(1), 1).get(0);
        Dim columns = c.dims(n.need(2), 1).get(0);
        boolean ahead = n.flag("is_bidirectional", false);
        if (!table.dim(0).isConst()) {
            throw n.unsupported("a table of a number of buckets that is not known");
        }
        int buckets = (int) table.dim(0).value() / (ahead ? 2 : 1);
        long[] of = buckets(buckets, n.integer("max_distance", 128));
        Value distance = c.sub(c.iota(columns, ElementType.I64, 1, 2), c.iota(rows, ElementType.I64, 0, 2));
        Value far = ahead ? n.op("abs", distance) : c.max(n.op("neg", distance), 0);
        Value bucket = c.gather(n.b().longs(of), c.min(far, c.num(far, of.length - 1)), 0);
        if (ahead) {
            bucket = c.add(bucket, c.where(n.op("gt", distance, c.num(distance, 0)), c.num(bucket, buckets), c.num(bucket, 0)));
        }
        Value heads = c.reshape(table, table.dim(1), table.dim(0));
        n.out(c.reshape(c.gather(heads, bucket, 1), Dim.ONE, table.dim(1), rows, columns));
    }

    /** The bucket of each distance: half of them are for one distance each, the others for ranges that grow; the last one for all beyond. */
    private static long[] buckets(int count, long most) {
        int exact = count / 2;
        if (exact < 1 || most <= exact || most > LONGEST) {
            throw new LatheException("", "max_distance = " + most + " doesn't suit " + count + " buckets", "export the model again");
        }
        long[] r = new long[(int) most + 1];
        float range = (float) Math.log((float) most / exact);
        for (int i = 0; i < r.length; i++) {
            float grown = i < exact ? 0 : (float) Math.log((float) i / exact) / range * (count - exact);
            r[i] = i < exact ? i : Math.min(exact + (int) grown, count - 1);
        }
        return r;
    }

    // query [B, S, H*d] and its bias; positions' bias [1, H, S, S]; weights [d, D] and bias of the gates; a factor [1, H, 1, 1]
    private static void gated(NodeImport n) {
        if (n.has(6)) {
            throw n.unsupported("a batch without padding");
        }
        Calc c = new Calc(n);
        Value q = AttentionImport.split(c, c.add(n.need(0), n.need(1)), Dim.of(n.integer("num_heads", 1)));
        Value g = n.op("matmul", q, n.need(3), n.need(4));
        g = c.reshape(g, q.dim(0), q.dim(1), q.dim(2), Dim.of(2), g.dim(3).floorDiv(2));
        g = n.op("sigmoid", c.reduce("sum", g, false, 4));
        Value update = TensorImport.part(n, g, 3, Dim.ZERO, Dim.ONE);
        Value reset = TensorImport.part(n, g, 3, Dim.ONE, Dim.ONE);
        Value gate = c.add(c.mul(update, c.add(c.mul(reset, n.need(5)), -1)), 2);
        n.out(c.mul(gate, n.need(2)));
    }
}
