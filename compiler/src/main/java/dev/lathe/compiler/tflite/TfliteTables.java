package dev.lathe.compiler.tflite;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Tables of keys and values, which a model fills before its first run, and the texts that may be either. */
final class TfliteTables {
    private TfliteTables() {}

    /** A table's contents: vectors of one length. */
    record Contents(Value keys, Value values) {}

    /** What the table has for each key, and for others the second operand. */
    static Value find(TfliteNode n, Contents table) {
        Value in = n.need(0);
        Dim count = in.tensor().size();
        Value keys = n.reshape(table.keys(), Dim.ONE, table.keys().tensor().size());
        Value here = n.cast(n.op("eq", n.reshape(in, count, Dim.ONE), keys), ElementType.I32);
        Value at = n.op("arg_reduce", Attrs.of("kind", "max", "axis", 1, "keep", false, "last", false), here);
        Value found = n.op("ne", n.reduce("max", here, false, 1), n.b().scalar(ElementType.I32, 0));
        Value y = n.op("where", found, n.gather(table.values(), at, 0), n.reshape(n.need(1), List.of()));
        return n.reshape(y, in.tensor().dims());
    }

    /** Texts: their number, where each begins and the last ends, then their bytes. */
    static Tensor texts(int[] dims, ByteBuffer data) {
        ByteBuffer b = data.slice().order(ByteOrder.LITTLE_ENDIAN);
        int count = b.getInt(0);
        if (count < 0 || count > b.limit() / 4 - 1) {
            throw new IllegalArgumentException("it says that it has " + count + " texts");
        }
        String[] r = new String[count];
        for (int i = 0; i < count; i++) {
            int from = b.getInt(4 + 4 * i);
            byte[] text = new byte[Math.subtractExact(b.getInt(8 + 4 * i), from)];
            b.get(from, text);
            r[i] = new String(text, StandardCharsets.UTF_8);
        }
        return new Tensor(ElementType.STR, dims, r);
    }
}
