package dev.lathe.codegen.interp;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.jar.ConstLayout;
import dev.lathe.codegen.jar.StateLayout;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.runtime.ArenaPlanner;
import dev.lathe.runtime.State;
import dev.lathe.runtime.Storage;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;

/** Runs a program once in the reference interpreter, without a jar and without a session. */
public final class ProgramRun {
    private ProgramRun() {}

    /** An output: its dimensions and a fresh array of its elements (for sequences and optionals one object). */
    public record Result(int[] dims, Object array) {}

    /**
     * @param arrays the inputs' elements in the order of the ports, in the storage of each
     * @param dims the inputs' dimensions
     * @throws ArithmeticException when dimensions don't fit
     */
    public static List<Result> run(Program p, List<Object> arrays, List<int[]> dims) {
        ConstLayout consts = ConstLayout.of(List.of(p));
        StateLayout layout = StateLayout.of(p, consts);
        ProgramInterpreter code = new ProgramInterpreter(layout);
        State s = state(p, consts, layout);
        for (int i = 0; i < dims.size(); i++) {
            List<Dim> want = p.inputs().get(i).dims();
            for (int k = 0; k < want.size(); k++) {
                if (want.get(k).symbol() != null) {
                    s.d[layout.slot(want.get(k).symbol())] = dims.get(i)[k];
                }
            }
        }
        allocate(p, layout, code, s);
        for (int i = 0; i < arrays.size(); i++) {
            Port in = p.inputs().get(i);
            Object from = arrays.get(i);
            int n = Array.getLength(from);
            System.arraycopy(from, 0, array(p, s, in, n), offset(layout, s, in), n);
        }
        code.run(s);
        List<Result> r = new ArrayList<>();
        for (Port out : p.outputs()) {
            int[] d = out.dims().stream().mapToInt(x -> Math.toIntExact(x.eval(symbol -> s.d[layout.slot(symbol)]))).toArray();
            int n = out.type().isComplex() ? 2 : 1;
            for (int x : d) {
                n = Math.multiplyExact(n, x);
            }
            Object to = p.buffers().get(out.at().buffer()).storage().allocate(n);
            System.arraycopy(array(p, s, out, n), offset(layout, s, out), to, 0, n);
            r.add(new Result(d, to));
        }
        return r;
    }

    private static State state(Program p, ConstLayout consts, StateLayout layout) {
        int[] n = new int[Storage.values().length];
        consts.places().forEach(c -> n[c.storage().ordinal()] = Math.max(n[c.storage().ordinal()], c.offset() + c.length()));
        State s = new State((float[]) Storage.F32.allocate(n[0]), (double[]) Storage.F64.allocate(n[1]), (int[]) Storage.I32.allocate(n[2]),
                (long[]) Storage.I64.allocate(n[3]), (Object[]) Storage.REF.allocate(n[4]), p.buffers().size(), layout.slots());
        for (ConstLayout.Place c : consts.places()) {
            System.arraycopy(c.contents().data(), 0, constants(s, c.storage()), c.offset(), c.length());
        }
        return s;
    }

    private static void allocate(Program p, StateLayout layout, ProgramInterpreter code, State s) {
        int[] lengths = layout.arenaLengths();
        if (lengths == null) {
            List<Buffer> b = p.buffers();
            long[] sizes = new long[b.size()];
            code.sizes(s.d, sizes);
            int[] first = b.stream().mapToInt(x -> -1).toArray();
            int[] last = b.stream().mapToInt(x -> Integer.MAX_VALUE - 1).toArray();
            int[] storage = b.stream().mapToInt(x -> x.kind() == Buffer.Kind.ARENA ? x.storage().ordinal() : -1).toArray();
            ArenaPlanner.Plan plan = ArenaPlanner.plan(sizes, first, last, storage);
            for (Buffer x : b) {
                if (x.kind() == Buffer.Kind.ARENA) {
                    s.d[layout.slot("@b" + x.id())] = plan.offsets()[x.id()];
                }
            }
            lengths = plan.lengths();
        }
        s.f = new float[lengths[0]];
        s.g = new double[lengths[1]];
        s.i = new int[lengths[2]];
        s.j = new long[lengths[3]];
        s.r = new Object[lengths[4]];
    }

    private static Object constants(State s, Storage t) {
        return switch (t) {
            case F32 -> s.cf;
            case F64 -> s.cg;
            case I32 -> s.ci;
            case I64 -> s.cj;
            case REF -> s.cr;
        };
    }

    private static Object array(Program p, State s, Port port, int n) {
        Buffer b = p.buffers().get(port.at().buffer());
        return switch (b.kind()) {
            case OWN -> s.reserve(b.id(), b.storage().ordinal(), n, true);
            case CONST -> constants(s, b.storage());
            case ARENA -> switch (b.storage()) {
                case F32 -> s.f;
                case F64 -> s.g;
                case I32 -> s.i;
                case I64 -> s.j;
                case REF -> s.r;
            };
        };
    }

    private static int offset(StateLayout layout, State s, Port port) {
        int b = port.at().buffer();
        int base = layout.isFixed(b) ? layout.offset(b) : s.d[layout.slot("@b" + b)];
        return base + Math.toIntExact(port.at().offset().eval(symbol -> s.d[layout.slot(symbol)]));
    }
}
