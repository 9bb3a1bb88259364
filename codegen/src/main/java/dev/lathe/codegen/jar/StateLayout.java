package dev.lathe.codegen.jar;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Const;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import dev.lathe.runtime.ArenaPlanner;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the classes and the plan of one program agree on: which element of {@code State.d} holds which symbol, and at
 * which offsets buffers lie. Class emission and plan writing both ask here.
 *
 * <p>The slots: input symbols in the order of the inputs, symbols bound by steps in the order of the steps, then, if
 * the program is not static, the offsets of the arena buffers by id.
 */
public final class StateLayout {
    private final Program program;
    private final ConstLayout consts;
    private final Map<String, Integer> slots = new LinkedHashMap<>();
    private final int inputSymbols;
    private final int[] first;
    private final ArenaPlanner.Plan fixed;

    private StateLayout(Program program, ConstLayout consts) {
        this.program = program;
        this.consts = consts;
        for (Port in : program.inputs()) {
            in.dims().forEach(d -> addAll(d.symbols()));
        }
        inputSymbols = slots.size();
        for (Step s : program.flat()) {
            if (s instanceof Step.Helper h) {
                addAll(h.binds());
            } else if (s instanceof Step.Bind b) {
                addAll(b.symbols());
            } else if (s instanceof Step.Assign a) {
                addAll(a.symbols());
            }
        }
        first = program.buffers().stream().mapToInt(Buffer::first).toArray();
        // outputs stay readable while the next inputs are placed, which are live from -1
        for (Port out : program.outputs()) {
            first[out.at().buffer()] = -1;
        }
        if (program.isStatic()) {
            fixed = plan();
        } else {
            fixed = null;
            for (Buffer b : program.buffers()) {
                if (b.kind() == Buffer.Kind.ARENA) {
                    slots.putIfAbsent("@b" + b.id(), slots.size());
                }
            }
        }
    }

    /**
     * Lays out one program.
     *
     * @param consts the layout of all programs of the same target, this one included
     * @throws ArithmeticException when an arena of a static program would be longer than a Java array can be
     */
    public static StateLayout of(Program program, ConstLayout consts) {
        return new StateLayout(program, consts);
    }

    private void addAll(Collection<String> symbols) {
        for (String s : symbols) {
            slots.putIfAbsent(s, slots.size());
        }
    }

    private ArenaPlanner.Plan plan() {
        List<Buffer> buffers = program.buffers();
        long[] sizes = new long[buffers.size()];
        for (Buffer b : buffers) {
            sizes[b.id()] = b.kind() == Buffer.Kind.ARENA ? b.size().value() : 0;
        }
        int[] last = buffers.stream().mapToInt(Buffer::last).toArray();
        int[] storage = buffers.stream().mapToInt(b -> b.kind() == Buffer.Kind.ARENA ? b.storage().ordinal() : -1).toArray();
        ArenaPlanner.Plan plan = ArenaPlanner.plan(sizes, first, last, storage);
        String wrong = MemoryCheck.check(sizes, first, last, storage, plan.offsets(), plan.lengths());
        if (wrong != null) {
            throw new IllegalStateException("memory plan of " + program.name() + ": " + wrong);
        }
        return plan;
    }

    public Program program() {
        return program;
    }

    /** Number of elements of {@code State.d}. */
    public int slots() {
        return slots.size();
    }

    /** The element of {@code State.d} that holds a symbol; {@code @b7} is the offset of arena buffer 7 of a program that is not static. */
    public int slot(String symbol) {
        Integer i = slots.get(symbol);
        if (i == null) {
            throw new IllegalArgumentException("nothing binds the symbol " + symbol);
        }
        return i;
    }

    /** The symbols bound from inputs: those of slots 0 to n - 1. */
    public List<String> inputSymbols() {
        return List.copyOf(slots.keySet()).subList(0, inputSymbols);
    }

    /** True when the offset of this buffer is a constant: a constant's, a static program's arena buffer, or a buffer of its own (0). */
    public boolean isFixed(int buffer) {
        return program.buffers().get(buffer).kind() != Buffer.Kind.ARENA || fixed != null;
    }

    /** The offset of a buffer whose offset is a constant. */
    public int offset(int buffer) {
        return switch (program.buffers().get(buffer).kind()) {
            case OWN -> 0;
            case CONST -> consts.offset(program, buffer);
            case ARENA -> {
                if (fixed == null) {
                    throw new IllegalArgumentException("the offset of buffer " + buffer + " is planned at run time, in slot " + slot("@b" + buffer));
                }
                yield fixed.offsets()[buffer];
            }
        };
    }

    private boolean isFixed(String symbol) {
        int b = Program.bufferOf(symbol);
        return b >= 0 && isFixed(b);
    }

    /** A dimension with the fixed offsets put in for their symbols. */
    public Dim resolve(Dim d) {
        if (d.isConst()) {
            return d;
        }
        String plain = d.symbol();
        if (plain != null) {
            return isFixed(plain) ? Dim.of(offset(Program.bufferOf(plain))) : d;
        }
        return d.symbols().stream().noneMatch(this::isFixed) ? d : d.substitute(s -> isFixed(s) ? Dim.of(offset(Program.bufferOf(s))) : null);
    }

    /** The arenas' lengths by storage; null when the program is not static. */
    public int[] arenaLengths() {
        return fixed == null ? null : fixed.lengths().clone();
    }

    ConstLayout consts() {
        return consts;
    }

    /** The constants that this program's code derives when it is loaded; other paths share them. */
    public List<Const> derived() {
        return program.consts().stream().filter(c -> c.derived() != null && consts.isFirst(program, c)).toList();
    }

    /** The step from which buffer {@code id} is live for the planner. */
    int first(int id) {
        return first[id];
    }
}
