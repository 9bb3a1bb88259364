package dev.lathe.runtime;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads a plan written in {@link Plan} and refuses one that is damaged or makes no sense. */
final class PlanReader {
    private final ByteBuffer in;
    private final String what;
    private final Plan p = new Plan();

    private PlanReader(byte[] bytes, String what) {
        this.in = ByteBuffer.wrap(bytes);
        this.what = what;
    }

    /**
     * Reads a plan.
     *
     * @param what names it in messages
     * @throws JarException when it is truncated, of another version, or inconsistent
     */
    static Plan read(byte[] bytes, String what) {
        try {
            return new PlanReader(bytes, what).read();
        } catch (BufferUnderflowException e) {
            throw new JarException(what + " is truncated", e);
        }
    }

    private Plan read() {
        require(in.getInt() == Plan.MAGIC && in.getInt() == Plan.VERSION, "magic number or version", 0);
        p.slots = in.getInt();
        require(p.slots >= 0 && p.slots <= 1 << 24, "number of slots", p.slots);
        symbols();
        buffers();
        p.inputs = ports();
        p.outputs = ports();
        steps();
        require(!in.hasRemaining(), "length", in.position());
        consistent();
        return p;
    }

    private void require(boolean ok, String part, long number) {
        if (!ok) {
            throw new JarException(what + " is damaged: wrong " + part + ", " + number);
        }
    }

    /** A count of things that take at least {@code each} bytes. */
    private int count(int each) {
        int n = in.getInt();
        require(n >= 0 && (long) n * each <= in.remaining(), "count", n);
        return n;
    }

    private String string() {
        byte[] b = new byte[count(1)];
        in.get(b);
        return new String(b, StandardCharsets.UTF_8);
    }

    private void symbols() {
        int n = count(20);
        require(n <= p.slots, "number of symbols", n);
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
            require(p.storage[b] >= 0 && p.storage[b] < storages && p.kind[b] >= Plan.ARENA && p.kind[b] <= Plan.OWN, "buffer", b);
            if (p.kind[b] == Plan.CONST) {
                constant(b);
            } else if (p.kind[b] == Plan.ARENA && p.fixed) {
                p.offset[b] = in.getInt();
            } else if (p.kind[b] == Plan.ARENA) {
                p.offsetSlot[b] = in.getInt();
                require(p.offsetSlot[b] >= p.symbols.length && p.offsetSlot[b] < p.slots, "slot of buffer", b);
            }
        }
        if (p.fixed) {
            p.lengths = new int[storages];
            for (int s = 0; s < storages; s++) {
                p.lengths[s] = in.getInt();
                require(p.lengths[s] >= 0 && p.lengths[s] <= ArenaPlanner.MAX_LENGTH, "arena length", p.lengths[s]);
            }
            for (int b = 0; b < n; b++) {
                require(p.kind[b] != Plan.ARENA || within(p.offset[b], p.size[b], p.lengths[p.storage[b]]), "place of buffer", b);
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
        require(t != null && t.storage().ordinal() == p.storage[b] && p.constAt[b] >= -1 && p.constBytes[b] >= 0
                && within(p.offset[b], p.size[b], ArenaPlanner.MAX_LENGTH)
                && (p.constAt[b] < 0 ? t == ElementType.F32 && p.constBytes[b] == 0 : t == ElementType.STR ? p.constBytes[b] / 4 >= p.size[b] : RawData.bytes(t, p.size[b]) == p.constBytes[b]), "constant", b);
    }

    private Plan.Port[] ports() {
        int n = count(30);
        Plan.Port[] ports = new Plan.Port[n];
        TensorSpec.Kind[] kinds = TensorSpec.Kind.values();
        for (int k = 0; k < n; k++) {
            Plan.Port port = new Plan.Port();
            ports[k] = port;
            port.name = string();
            int kind = in.get();
            port.type = ElementType.ofText(string());
            require(kind >= 0 && kind < kinds.length && port.type != null, "kind or type of port", k);
            port.kind = kinds[kind];
            int rank = count(6);
            port.texts = new String[rank];
            port.dims = new DimExpr[rank];
            for (int i = 0; i < rank; i++) {
                port.texts[i] = string();
                port.dims[i] = dim(0);
            }
            port.buffer = in.getInt();
            require(port.buffer >= 0 && port.buffer < p.storage.length, "buffer of port", k);
            port.offset = dim(0);
            boolean ref = p.storage[port.buffer] == Storage.REF.ordinal();
            port.whole = ref && (port.kind != TensorSpec.Kind.TENSOR || port.type != ElementType.STR);
            require(port.whole || port.kind == TensorSpec.Kind.TENSOR && port.type.storage().ordinal() == p.storage[port.buffer], "storage of port", k);
        }
        return ports;
    }

    private DimExpr dim(int depth) {
        int op = in.get();
        require(op >= 0 && op <= Plan.DIM_IFONE && depth < Plan.MAX_DEPTH, "dimension", op);
        if (op == Plan.DIM_CONST) {
            return new DimExpr(op, in.getLong());
        }
        if (op == Plan.DIM_SLOT) {
            int slot = in.getInt();
            require(slot >= 0 && slot < p.slots, "slot of a dimension", slot);
            return new DimExpr(op, slot);
        }
        int n = op == Plan.DIM_ADD || op == Plan.DIM_MUL ? count(2) : op == Plan.DIM_IFONE ? 3 : 2;
        require(n > 0, "dimension", op);
        DimExpr[] args = new DimExpr[n];
        for (int i = 0; i < n; i++) {
            args[i] = dim(depth + 1);
        }
        return new DimExpr(op, 0, args);
    }

    private void steps() {
        int n = count(16);
        p.stepName = new String[n];
        p.stepLine = new int[n];
        p.grain = new int[n];
        p.stepLoc = new ArrayList<>();
        for (int s = 0; s < n; s++) {
            p.stepName[s] = string();
            String[] loc = new String[count(4)];
            for (int i = 0; i < loc.length; i++) {
                loc[i] = string();
            }
            p.stepLoc.add(List.of(loc));
            p.stepLine[s] = in.getInt();
            p.grain[s] = Math.max(0, in.getInt());
        }
    }

    /** What sessions rely on without looking again. */
    private void consistent() {
        boolean[] bound = new boolean[p.symbols.length];
        for (int k = 0; k < p.inputs.length; k++) {
            require(p.kind[p.inputs[k].buffer] != Plan.CONST, "buffer of port", k);
            for (DimExpr d : p.inputs[k].dims) {
                require(!d.isConst() || d.constant() >= 0 && d.constant() <= Integer.MAX_VALUE, "dimension of port", k);
                if (d.symbol(bound.length) >= 0) {
                    bound[d.symbol(bound.length)] = true;
                }
            }
        }
        for (int s = 0; s < bound.length; s++) {
            require(bound[s], "symbol that no input binds", s);
        }
    }
}
