package dev.lathe.codegen.jar;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import dev.lathe.runtime.Plan;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Writes the plan of a program in {@link Plan}. */
final class PlanWriter {
    private final StateLayout layout;
    private final Program program;
    private final WeightFile weights;
    private final Bytes out = new Bytes();

    /** What {@code DataOutputStream} writes, without a lock for each byte: plans of very long graphs hold millions of numbers. */
    private static final class Bytes {
        private ByteBuffer bytes = ByteBuffer.allocate(1 << 12);

        private ByteBuffer room(int n) {
            if (n > bytes.remaining()) {
                bytes = ByteBuffer.allocate(Math.addExact(Math.multiplyExact(2, bytes.position()), n)).put(bytes.flip());
            }
            return bytes;
        }

        void writeByte(int v) {
            room(1).put((byte) v);
        }

        void writeInt(int v) {
            room(4).putInt(v);
        }

        void writeLong(long v) {
            room(8).putLong(v);
        }

        void write(byte[] b) {
            room(b.length).put(b);
        }
    }

    private PlanWriter(StateLayout layout, WeightFile weights) {
        this.layout = layout;
        this.program = layout.program();
        this.weights = weights;
    }

    /**
     * The bytes of a plan.
     *
     * @param lines by step number; may be shorter
     */
    static byte[] write(StateLayout layout, WeightFile weights, int[] lines) {
        PlanWriter w = new PlanWriter(layout, weights);
        w.write(lines);
        return Arrays.copyOf(w.out.bytes.array(), w.out.bytes.position());
    }

    private void write(int[] lines) {
        out.writeInt(Plan.MAGIC);
        out.writeInt(Plan.VERSION);
        out.writeInt(layout.slots());
        symbols();
        buffers();
        ports(program.inputs());
        ports(program.outputs());
        steps(lines);
    }

    private void string(String s) {
        byte[] b = s.getBytes(StandardCharsets.UTF_8);
        out.writeInt(b.length);
        out.write(b);
    }

    private void symbols() {
        Set<String> bound = new HashSet<>();
        program.inputs().forEach(p -> p.dims().forEach(d -> bound.add(d.symbol())));
        List<String> symbols = layout.inputSymbols();
        out.writeInt(symbols.size());
        for (String s : symbols) {
            if (!bound.contains(s)) {
                throw new IllegalArgumentException("the symbol " + s + " stands only in expressions: no input dimension is just " + s);
            }
            Program.Range r = program.limits().getOrDefault(s, new Program.Range(0, Integer.MAX_VALUE));
            string(s);
            out.writeLong(r.min());
            out.writeLong(r.max());
        }
    }

    private void buffers() {
        boolean fixed = program.isStatic();
        out.writeByte(fixed ? 1 : 0);
        out.writeInt(program.buffers().size());
        for (Buffer b : program.buffers()) {
            string(b.name());
            out.writeByte(b.storage().ordinal());
            out.writeByte(switch (b.kind()) {
                case ARENA -> Plan.ARENA;
                case CONST -> Plan.CONST;
                case OWN -> Plan.OWN;
            });
            out.writeInt(layout.first(b.id()));
            out.writeInt(b.last());
            switch (b.kind()) {
                case CONST -> {
                    ConstLayout.Place p = layout.consts().place(program, b.id());
                    out.writeLong(p.length());
                    string(p.contents().file().text());
                    out.writeLong(weights.at(p));
                    out.writeLong(WeightFile.bytes(p));
                    out.writeInt(p.offset());
                }
                case ARENA -> {
                    out.writeLong(b.size().isConst() ? b.size().value() : -1);
                    out.writeInt(fixed ? layout.offset(b.id()) : layout.slot("@b" + b.id()));
                }
                case OWN -> out.writeLong(-1);
            }
        }
        if (fixed) {
            for (int n : layout.arenaLengths()) {
                out.writeInt(n);
            }
        }
    }

    private void ports(List<Port> ports) {
        out.writeInt(ports.size());
        for (Port p : ports) {
            string(p.name());
            out.writeByte(switch (p.kind()) {
                case TENSOR -> 0;
                case SEQUENCE -> 1;
                case OPTIONAL -> 2;
            });
            string(p.type().text());
            out.writeInt(p.dims().size());
            for (Dim d : p.dims()) {
                string(d.toString());
                dim(d);
            }
            out.writeInt(p.at().buffer());
            // relative to the buffer, whose own offset the run time adds
            dim(p.at().offset());
        }
    }

    private void dim(Dim d) {
        if (d.isConst()) {
            out.writeByte(Plan.DIM_CONST);
            out.writeLong(d.value());
            return;
        }
        if (d.terms().size() > 1) {
            out.writeByte(Plan.DIM_ADD);
            out.writeInt(d.terms().size());
        }
        for (Dim.Term t : d.terms()) {
            term(t);
        }
    }

    private void term(Dim.Term t) {
        int factors = t.atoms().size() + (t.coeff() == 1 && !t.atoms().isEmpty() ? 0 : 1);
        if (factors > 1) {
            out.writeByte(Plan.DIM_MUL);
            out.writeInt(factors);
        }
        if (factors > t.atoms().size()) {
            out.writeByte(Plan.DIM_CONST);
            out.writeLong(t.coeff());
        }
        for (Dim.Atom a : t.atoms()) {
            if (a instanceof Dim.Sym s) {
                out.writeByte(Plan.DIM_SLOT);
                out.writeInt(layout.slot(s.name()));
            } else {
                Dim.Op o = (Dim.Op) a;
                out.writeByte(switch (o.kind()) {
                    case FLOORDIV -> Plan.DIM_FLOORDIV;
                    case MOD -> Plan.DIM_MOD;
                    case MAX -> Plan.DIM_MAX;
                    case MIN -> Plan.DIM_MIN;
                    case BCAST -> Plan.DIM_BCAST;
                    case IFONE -> Plan.DIM_IFONE;
                });
                for (Dim arg : o.args()) {
                    dim(arg);
                }
            }
        }
    }

    private void steps(int[] lines) {
        List<Step> steps = program.flat();
        out.writeInt(steps.size());
        for (int k = 0; k < steps.size(); k++) {
            Step s = steps.get(k);
            string(name(s));
            List<String> loc = new ArrayList<>(s.loc());
            out.writeInt(loc.size());
            for (String l : loc) {
                string(l);
            }
            out.writeInt(k < lines.length ? lines[k] : 0);
            out.writeInt(s instanceof Step.Run r && r.extent() != null ? Math.max(1, r.grain()) : 0);
        }
    }

    /** What a step does, in a word. */
    static String name(Step s) {
        if (s instanceof Step.Run r) {
            return r.kernel();
        } else if (s instanceof Step.Helper h) {
            return h.method();
        }
        return s.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
    }
}
