package dev.lathe.runtime;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.Map;

/** What a session does once it is known that one thread has it. */
final class SessionState {
    private final Model model;
    private final InputSlot[] inputs;
    private final OutputSlot[] outputs;
    private final Map<String, InputSlot> inputByName = new HashMap<>();
    private final Map<String, OutputSlot> outputByName = new HashMap<>();
    private final PathState[] paths;
    private final Team team;
    private final boolean poison;
    /** True when an input can go to its place before the run, as far as shapes are concerned. */
    private final boolean early;

    // one array for each storage, shared by the paths
    private final Object[] arenas = new Object[Storage.values().length];
    private PathState chosen;
    private PathState lastPath;
    private ArenaPlanner.Plan lastLayout;
    private boolean hasOutputs;
    private Profile profile;
    private volatile long epoch;
    // one for all runs: recording allocates nothing
    private Object event;
    private Object stepEvent;

    SessionState(Model model, int threads, Object owner) {
        this.model = model;
        this.poison = Boolean.getBoolean("lathe.poison");
        this.team = threads > 1 ? new Team(threads, model.name(), owner) : null;
        this.inputs = new InputSlot[model.inputs().size()];
        this.outputs = new OutputSlot[model.outputs().size()];
        for (int k = 0; k < inputs.length; k++) {
            inputs[k] = new InputSlot(model.inputs().get(k), k, model.paths()[0].plan.inputs[k].whole);
            inputByName.put(inputs[k].spec.name(), inputs[k]);
        }
        for (int k = 0; k < outputs.length; k++) {
            outputs[k] = new OutputSlot(model.outputs().get(k), k);
            outputByName.put(outputs[k].spec.name(), outputs[k]);
        }
        PathCode[] codes = model.paths();
        this.paths = new PathState[codes.length];
        for (int p = 0; p < codes.length; p++) {
            paths[p] = new PathState(codes[p], model.constants(), team, poison);
        }
        this.early = !poison && (inputs.length == 1 || codes.length == 1 && codes[0].allInputsFixed()) && !shared(codes);
    }

    /** True when an output is an input's buffer: then inputs may not be touched before the run. */
    private static boolean shared(PathCode[] codes) {
        for (PathCode c : codes) {
            for (Plan.Port in : c.plan.inputs) {
                for (Plan.Port out : c.plan.outputs) {
                    if (in.buffer == out.buffer) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    void close() {
        epoch++;
        hasOutputs = false;
        if (team != null) {
            team.close();
        }
        for (PathState p : paths) {
            p.state.f = null;
            p.state.g = null;
            p.state.i = null;
            p.state.j = null;
            p.state.r = null;
            java.util.Arrays.fill(p.state.own, null);
        }
        java.util.Arrays.fill(arenas, null);
        for (OutputSlot o : outputs) {
            o.array = null;
        }
    }

    long epoch() {
        return epoch;
    }

    // the slot of an input that is about to be set; threads come meanwhile
    private InputSlot begin(String name) {
        InputSlot in = inputByName.get(name);
        if (in == null) {
            throw new BadInputException("model " + model.id() + " has no input '" + name + "'; its inputs are " + model.inputs());
        }
        in.given = false;
        if (team != null) {
            team.wake(team.threads() - 1);
        }
        return in;
    }

    /** The slot of an output, if there are results. */
    OutputSlot output(String name) {
        OutputSlot out = outputByName.get(name);
        if (out == null) {
            throw new BadInputException("model " + model.id() + " has no output '" + name + "'; its outputs are " + model.outputs());
        }
        if (!hasOutputs) {
            throw new LatheRuntimeException("there is no output '" + name + "' yet: run the session first");
        }
        return out;
    }

    void set(String name, Object from, int[] shape) {
        InputSlot in = begin(name);
        in.check(from, shape);
        if (in.whole) {
            in.stageTensor(from);
        } else {
            place(in, from);
        }
    }

    void set(String name, Datum value) {
        InputSlot in = begin(name);
        in.check(value);
        if (in.whole) {
            in.stageWhole(value);
        } else {
            place(in, ((Tensor) value).array());
        }
    }

    private void place(InputSlot in, Object from) {
        if (early) {
            choose();
            // another layout could put the input where outputs still lie
            if (!hasOutputs || chosen.layout == lastLayout) {
                prepare();
                Plan.Port port = chosen.plan.inputs[in.index];
                int at = chosen.inputAt(port, in.count);
                in.put(from, chosen.holder(port), at);
                return;
            }
        }
        in.stage(from);
    }

    /** Chooses the first path that takes the shapes given and plans its memory. */
    private void choose() {
        chosen = null;
        for (PathState p : paths) {
            if (p.bind(inputs, false) == null) {
                p.plan();
                chosen = p;
                return;
            }
        }
        PathState last = paths[paths.length - 1];
        if (paths.length == 1 || last.plan.symbols.length > 0) {
            throw new BadInputException(last.bind(inputs, true));
        }
        StringBuilder s = new StringBuilder("the model was compiled for other shapes; it has");
        for (PathState p : paths) {
            s.append(p == paths[0] ? " " : ", ").append(p.path.name);
        }
        throw new BadInputException(s.append("; given were").append(given()).toString());
    }

    private String given() {
        StringBuilder s = new StringBuilder();
        for (InputSlot in : inputs) {
            s.append(' ').append(in.spec.name()).append('=').append(InputSlot.text(in.shape));
        }
        return s.toString();
    }

    /** Gives the chosen path arenas that are long enough. */
    private void prepare() {
        int[] lengths = chosen.layout.lengths;
        for (int s = 0; s < arenas.length; s++) {
            int have = arenas[s] == null ? -1 : java.lang.reflect.Array.getLength(arenas[s]);
            if (have < lengths[s]) {
                arenas[s] = allocate(s, lengths[s]);
            }
        }
        State to = chosen.state;
        to.f = (float[]) arenas[0];
        to.g = (double[]) arenas[1];
        to.i = (int[]) arenas[2];
        to.j = (long[]) arenas[3];
        to.r = (Object[]) arenas[4];
    }

    private Object allocate(int storage, int length) {
        try {
            return Storage.values()[storage].allocate(length);
        } catch (OutOfMemoryError e) {
            throw new LatheRuntimeException("model " + model.id() + " needs " + ((long) length * Storage.values()[storage].bytes() >> 20)
                    + " MB for inputs" + given() + ", too much for " + LatheRuntimeException.heap());
        }
    }

    void run() {
        Observer o = model.observer();
        if (event == null && Model.recorded()) {
            event = new RunEvent();
            stepEvent = new StepEvent();
        }
        RunEvent e = (RunEvent) event;
        if (e != null && e.isEnabled()) {
            e.begin();
        } else {
            e = null;
        }
        long start = o == null ? 0 : System.nanoTime();
        boolean done = false;
        try {
            perform();
            done = true;
        } finally {
            if (e != null) {
                e.model = model.id();
                e.target = model.target().text();
                e.session = System.identityHashCode(this);
                e.path = pathName();
                e.done = done;
                e.commit();
            }
            if (o != null) {
                o.ran(model, System.nanoTime() - start, done);
            }
        }
    }

    private void perform() {
        for (InputSlot in : inputs) {
            if (!in.given) {
                throw new BadInputException("input '" + in.spec.name() + "' was not set since the last run");
            }
        }
        try {
            if (chosen == null || !early) {
                choose();
            }
            prepare();
            hasOutputs = false;
            epoch++;
            PathState p = chosen;
            if (poison) {
                p.poisonAll();
            }
            for (InputSlot in : inputs) {
                Plan.Port port = p.plan.inputs[in.index];
                int at = p.inputAt(port, in.whole ? 1 : in.count);
                in.place(p.holder(port), at);
            }
            call(p);
            capture(p);
            lastPath = p;
            lastLayout = p.layout;
            hasOutputs = true;
        } finally {
            discardInputs();
        }
    }

    void discardInputs() {
        chosen = null;
        for (InputSlot in : inputs) {
            in.clear();
        }
    }

    private void call(PathState p) {
        try {
            p.run(profile, stepEvent != null && ((StepEvent) stepEvent).isEnabled() ? stepEvent : null);
        } catch (LatheRuntimeException e) {
            throw e;
        } catch (RuntimeException | LinkageError e) {
            throw new LatheRuntimeException("model " + model.id() + " failed" + p.place(e, model.id()) + " with inputs" + given() + ": " + LatheRuntimeException.plain(e), e);
        } catch (OutOfMemoryError e) {
            throw new LatheRuntimeException("model " + model.id() + " ran out of memory with inputs" + given(), e);
        }
    }

    private void capture(PathState p) {
        for (OutputSlot out : outputs) {
            Plan.Port port = p.plan.outputs[out.index];
            try {
                out.capture(port, p.holder(port), p.start(port), p.state.d);
            } catch (ArithmeticException e) {
                throw new LatheRuntimeException("output '" + port.name + "' has no shape: " + LatheRuntimeException.plain(e), e);
            }
        }
    }

    int copyOutput(String name, Object to, int room) {
        OutputSlot out = output(name);
        Object array = out.array;
        int offset = out.offset;
        int n = out.count;
        if (out.whole) {
            array = out.tensor().array();
            offset = 0;
            n = java.lang.reflect.Array.getLength(array);
        }
        if (room < n) {
            throw new IllegalArgumentException("output '" + name + "' has " + n + " elements; there is room for " + room);
        }
        boolean ok = true;
        if (to instanceof FloatBuffer b && array instanceof float[] a) {
            b.put(a, offset, n);
        } else if (to instanceof DoubleBuffer b && array instanceof double[] a) {
            b.put(a, offset, n);
        } else if (to instanceof IntBuffer b && array instanceof int[] a) {
            b.put(a, offset, n);
        } else if (to instanceof LongBuffer b && array instanceof long[] a) {
            b.put(a, offset, n);
        } else if (to.getClass() == array.getClass()) {
            System.arraycopy(array, offset, to, 0, n);
        } else {
            ok = false;
        }
        if (!ok) {
            throw new IllegalArgumentException("output '" + name + "' has elements of " + out.spec.type().text() + ", held as "
                    + out.spec.type().storage().text());
        }
        return n;
    }

    Profile profile() {
        profile = new Profile((lastPath == null ? paths[0] : lastPath).plan);
        return profile;
    }

    String pathName() {
        return lastPath == null ? null : lastPath.path.name;
    }

    long arenaBytes() {
        long n = 0;
        for (int s = 0; s < arenas.length; s++) {
            n += arenas[s] == null ? 0 : (long) java.lang.reflect.Array.getLength(arenas[s]) * Storage.values()[s].bytes();
        }
        return n;
    }
}
