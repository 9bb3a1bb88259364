package dev.lathe.runtime;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads a plan written in {@link PlanFormat} and refuses one that is damaged or makes no sense. */
final class PlanReader {
    private final ByteBuffer in;
    private final Plan p = new Plan();

    private PlanReader(byte[] bytes) {
        in = ByteBuffer.wrap(bytes);
    }

    /**
     * Reads a plan.
     *
     * @param what names it in messages
     * @throws JarException when it is truncated, of another version, or inconsistent
     */
    static Plan read(byte[] bytes, String what) {
        try {
            return new PlanReader(bytes).read();
        } catch (BufferUnderflowException e) {
            throw new JarException(what + " is truncated", e);
        } catch (Bad e) {
            throw new JarException(what + " is damaged: " + e.getMessage(), e);
        }
    }

    private static final class Bad extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Bad(String message) {
            super(message);
        }
    }

    private Plan read() {
        require(in.getInt() == PlanFormat.MAGIC, "it is no plan");
        int version = in.getInt();
        require(version == PlanFormat.VERSION, "its version is " + version + ", not " + PlanFormat.VERSION);
        p.slots = in.getInt();
        require(p.slots >= 0 && p.slots <= 1 << 24, "it has " + p.slots + " slots");
        symbols();
        buffers();
        p.inputs = ports();
        p.outputs = ports();
        steps();
        require(!in.hasRemaining(), "bytes are left over");
        consistent();
        return p;
    }

    private static void require(boolean ok, String what) {
        if (!ok) {
            throw new Bad(what);
        }
    }

    /** A count of things that take at least {@code each} bytes. */
    private int count(int each) {
        int n = in.getInt();
        require(n >= 0 && (long) n * each <= in.remaining(), "a count of " + n);
        return n;
    }

    private String string() {
        byte[] b = new byte[count(1)];
        in.get(b);
        return new String(b, StandardCharsets.UTF_8);
    }

    private void symbols() {
        int n = count(20);
        require(n <= p.slots, "more symbols than slots");
        p.symbols = new String[n];
        p.min = new long[n];
        p.max = new long[n];
        for (int s = 0; s < n; s++) {
            p.symbols[s] = string();
            p.min[s] = in.getLong();
            p.max[s] = in.getLong();
        }
    }

    private void buffers() {
        p.fixed = in.get() != 0;
        int n = count(22);
        int storages = Storage.values().length;
        p.bufferName = new String[n];
        p.storage = new int[n];
        p.kind = new int[n];
        p.first = new int[n];
        p.last = new int[n];
        p.size = new long[n];
        p.offset = new int[n];
        p.offsetSlot = new int[n];
        p.constType = new ElementType[n];
        p.constAt = new long[n];
        p.constBytes = new long[n];
        for (int b = 0; b < n; b++) {
            p.bufferName[b] = string();
            p.storage[b] = in.get();
            p.kind[b] = in.get();
            p.first[b] = in.getInt();
            p.last[b] = in.getInt();
            p.size[b] = in.getLong();
            p.offsetSlot[b] = -1;
            require(p.storage[b] >= 0 && p.storage[b] < storages, "storage of buffer " + b);
            switch (p.kind[b]) {
                case PlanFormat.CONST -> constant(b);
                case PlanFormat.ARENA -> {
                    if (p.fixed) {
                        p.offset[b] = in.getInt();
                    } else {
                        p.offsetSlot[b] = in.getInt();
                        require(p.offsetSlot[b] >= p.symbols.length && p.offsetSlot[b] < p.slots, "offset slot of buffer " + b);
                    }
                }
                case PlanFormat.OWN -> { }
                default -> throw new Bad("kind of buffer " + b);
            }
        }
        if (p.fixed) {
            p.lengths = new int[storages];
            for (int s = 0; s < storages; s++) {
                p.lengths[s] = in.getInt();
                require(p.lengths[s] >= 0 && p.lengths[s] <= ArenaPlanner.MAX_LENGTH, "arena length");
            }
            for (int b = 0; b < n; b++) {
                require(p.kind[b] != PlanFormat.ARENA || within(p.offset[b], p.size[b], p.lengths[p.storage[b]]), "place of buffer " + b);
            }
        }
    }

    private static boolean within(long offset, long size, long length) {
        return offset >= 0 && size >= 0 && size <= length && offset <= length - size;
    }

    private void constant(int b) {
        ElementType t = ElementType.ofText(string());
        p.constType[b] = t;
        p.constAt[b] = in.getLong();
        p.constBytes[b] = in.getLong();
        p.offset[b] = in.getInt();
        require(t != null && t.storage().ordinal() == p.storage[b], "type of constant " + b);
        require(p.constAt[b] >= 0 && p.constBytes[b] >= 0 && within(p.offset[b], p.size[b], ArenaPlanner.MAX_LENGTH), "place of constant " + b);
        require(t == ElementType.STR ? p.constBytes[b] / 4 >= p.size[b] : RawData.bytes(t, p.size[b]) == p.constBytes[b], "length of constant " + b);
    }

    private Plan.Port[] ports() {
        int n = count(30);
        Plan.Port[] ports = new Plan.Port[n];
        for (int k = 0; k < n; k++) {
            String name = string();
            int kind = in.get();
            ElementType type = ElementType.ofText(string());
            require(kind >= 0 && kind < TensorSpec.Kind.values().length && type != null, "kind or type of port " + k);
            int rank = count(6);
            String[] texts = new String[rank];
            DimExpr[] dims = new DimExpr[rank];
            for (int i = 0; i < rank; i++) {
                texts[i] = string();
                dims[i] = dim(0);
            }
            int buffer = in.getInt();
            require(buffer >= 0 && buffer < p.storage.length, "buffer of port " + k);
            ports[k] = new Plan.Port(name, TensorSpec.Kind.values()[kind], type, texts, dims, buffer, dim(0));
        }
        return ports;
    }

    private DimExpr dim(int depth) {
        require(depth < PlanFormat.MAX_DEPTH, "a dimension is nested too deeply");
        int op = in.get();
        require(op >= 0 && op < PlanFormat.Op.values().length, "operation of a dimension");
        return switch (PlanFormat.Op.values()[op]) {
            case CONST -> new DimExpr(op, in.getLong());
            case SLOT -> {
                int slot = in.getInt();
                require(slot >= 0 && slot < p.slots, "slot of a dimension");
                yield new DimExpr(op, slot);
            }
            case ADD, MUL -> new DimExpr(op, 0, dims(count(2), depth));
            case FLOORDIV, MOD, MAX, MIN, BCAST -> new DimExpr(op, 0, dims(2, depth));
            case IFONE -> new DimExpr(op, 0, dims(3, depth));
        };
    }

    private DimExpr[] dims(int n, int depth) {
        DimExpr[] r = new DimExpr[n];
        for (int i = 0; i < n; i++) {
            r[i] = dim(depth + 1);
        }
        return r;
    }

    private void steps() {
        int n = count(16);
        p.stepName = new String[n];
        p.stepLine = new int[n];
        p.grain = new int[n];
        p.stepLoc = new ArrayList<>();
        for (int s = 0; s < n; s++) {
            p.stepName[s] = string();
            int locs = count(4);
            String[] loc = new String[locs];
            for (int i = 0; i < locs; i++) {
                loc[i] = string();
            }
            p.stepLoc.add(List.of(loc));
            p.stepLine[s] = in.getInt();
            p.grain[s] = Math.max(0, in.getInt());
        }
    }

    /** Everything that sessions rely on without looking again. */
    private void consistent() {
        boolean[] bound = new boolean[p.symbols.length];
        for (Plan.Port port : p.inputs) {
            require(p.kind[port.buffer()] != PlanFormat.CONST, "input " + port.name() + " is a constant");
            for (DimExpr d : port.dims()) {
                if (d.op == DimExpr.SLOT && d.value < bound.length) {
                    bound[(int) d.value] = true;
                }
            }
        }
        for (int s = 0; s < bound.length; s++) {
            require(bound[s], "no input binds the symbol " + p.symbols[s]);
        }
        for (Plan.Port[] ports : List.of(p.inputs, p.outputs)) {
            for (Plan.Port port : ports) {
                Storage s = Storage.values()[p.storage[port.buffer()]];
                boolean whole = s == Storage.REF && port.type() != ElementType.STR || port.kind() != TensorSpec.Kind.TENSOR;
                require(whole ? s == Storage.REF : s == port.type().storage(), "storage of port " + port.name());
                for (DimExpr d : port.dims()) {
                    require(!d.isConst() || d.value >= 0 && d.value <= Integer.MAX_VALUE, "dimension of port " + port.name());
                }
            }
        }
    }
}
