package dev.lathe.runtime;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The memory and threads for running a model, for one thread at a time. Set every input, run, read the outputs; a run
 * uses up what was set. Once shapes have been seen, setting, running and {@code copyOutput} allocate nothing.
 *
 * <p>Inputs are copied when they are set. A shape may be left out when all dimensions of the input but one are fixed.
 * Use by two threads at once is refused with {@link ConcurrentUseException}; use one after the other is fine.
 */
public final class Session implements AutoCloseable {
    static final int[] NO_SHAPE = {};

    private final Model model;
    private final SessionState state;
    private final AtomicReference<Thread> owner = new AtomicReference<>();
    private volatile boolean closing;
    private boolean closed;

    Session(Model model, int threads) {
        this.model = model;
        this.state = new SessionState(model, threads, this);
    }

    private void enter() {
        Thread me = Thread.currentThread();
        Thread other = owner.compareAndExchange(null, me);
        if (other != null && (closing || model.isClosed())) {
            // whoever holds it may be closing it
            throw closedException();
        }
        if (other != null) {
            throw new ConcurrentUseException("a session of model " + model.id() + " is in use by thread '" + other.getName()
                    + "' and was called by thread '" + me.getName() + "'; give each thread its own session, or call Model.run");
        }
        if (closing || model.isClosed()) {
            exit();
            throw closedException();
        }
    }

    private void exit() {
        owner.set(null);
        if (closing) {
            closeIfFree();
        }
    }

    private ClosedException closedException() {
        return new ClosedException("this " + (model.isClosed() ? "model" : "session") + " (" + model.id() + ") is closed");
    }

    private void closeIfFree() {
        if (owner.compareAndSet(null, Thread.currentThread())) {
            try {
                if (!closed) {
                    closed = true;
                    state.close();
                }
            } finally {
                owner.set(null);
            }
        }
    }

    /**
     * Frees memory and threads. A run that another thread has begun is finished first; its results can then no longer
     * be read.
     */
    @Override
    public void close() {
        closing = true;
        closeIfFree();
        model.forget(this);
    }

    public Model model() {
        return model;
    }

    private Session put(String name, Object from, int[] shape) {
        enter();
        try {
            state.set(name, from, shape);
            return this;
        } finally {
            exit();
        }
    }

    /** Sets an input held as float: f32, or a narrower type, to which the values are rounded. */
    public Session set(String name, float[] values) {
        return put(name, values, NO_SHAPE);
    }

    /** As {@link #set(String, float[])} with a shape, row major. */
    public Session set(String name, float[] values, int... shape) {
        return put(name, values, shape);
    }

    /** Sets an input held as float from what remains in a heap or direct buffer, whose position stays. */
    public Session set(String name, FloatBuffer values) {
        return put(name, values, NO_SHAPE);
    }

    /** As {@link #set(String, FloatBuffer)} with a shape. */
    public Session set(String name, FloatBuffer values, int... shape) {
        return put(name, values, shape);
    }

    /** Sets an i64, u64 or u32 input. */
    public Session set(String name, long[] values, int... shape) {
        return put(name, values, shape);
    }

    /** Sets an i64, u64 or u32 input from what remains in a buffer. */
    public Session set(String name, LongBuffer values, int... shape) {
        return put(name, values, shape);
    }

    /** Sets an i32 input, or one of a narrower integer type or bool when the values are in its range. */
    public Session set(String name, int[] values, int... shape) {
        return put(name, values, shape);
    }

    /** As {@link #set(String, int[], int...)} from what remains in a buffer. */
    public Session set(String name, IntBuffer values, int... shape) {
        return put(name, values, shape);
    }

    /** Sets an f64 input. */
    public Session set(String name, double[] values, int... shape) {
        return put(name, values, shape);
    }

    /** Sets an f64 input from what remains in a buffer. */
    public Session set(String name, DoubleBuffer values, int... shape) {
        return put(name, values, shape);
    }

    /** Sets an i8 or u8 input; bytes of a u8 input count from 0 to 255. */
    public Session set(String name, byte[] values, int... shape) {
        return put(name, values, shape);
    }

    /** Sets an i16 or u16 input. */
    public Session set(String name, short[] values, int... shape) {
        return put(name, values, shape);
    }

    /** Sets a bool input. */
    public Session set(String name, boolean[] values, int... shape) {
        return put(name, values, shape);
    }

    /** Sets a str input. */
    public Session set(String name, String[] values, int... shape) {
        return put(name, values, shape);
    }

    /** Sets an input of any type but str from its elements' bytes, in the buffer's byte order; the position stays. */
    public Session set(String name, ByteBuffer bytes, int... shape) {
        return put(name, bytes, shape);
    }

    /** Sets an input of any kind. */
    public Session set(String name, Datum value) {
        enter();
        try {
            state.set(name, value);
            return this;
        } finally {
            exit();
        }
    }

    /**
     * Runs the model on the inputs set.
     *
     * @throws BadInputException when an input was not set since the last run, or shapes don't go together
     */
    public Session run() {
        enter();
        try {
            state.run();
            return this;
        } finally {
            exit();
        }
    }

    /** Sets, runs and copies the outputs, as one use: a model closed meanwhile does not take the results away. */
    Map<String, Datum> runOnce(Map<String, ? extends Datum> given) {
        enter();
        try {
            state.discardInputs();
            for (Map.Entry<String, ? extends Datum> e : given.entrySet()) {
                state.set(e.getKey(), e.getValue());
            }
            state.run();
            Map<String, Datum> results = new LinkedHashMap<>();
            for (TensorSpec out : model.outputs()) {
                results.put(out.name(), state.output(out.name()).datum());
            }
            return results;
        } finally {
            exit();
        }
    }

    /** A copy of an output that is a tensor. */
    public Tensor output(String name) {
        enter();
        try {
            return state.output(name).tensor();
        } finally {
            exit();
        }
    }

    /** A copy of an output of any kind. */
    public Datum outputValue(String name) {
        enter();
        try {
            return state.output(name).datum();
        } finally {
            exit();
        }
    }

    /** The shape of an output that is a tensor, after a run. */
    public int[] outputShape(String name) {
        enter();
        try {
            OutputSlot out = state.output(name);
            return out.whole ? out.tensor().shape() : out.shape.clone();
        } finally {
            exit();
        }
    }

    /** An output that is a tensor, without copying it; valid until the next run. */
    public TensorView view(String name) {
        enter();
        try {
            return new TensorView(this, state.epoch(), state.output(name));
        } finally {
            exit();
        }
    }

    private int copy(String name, Object to, int room) {
        enter();
        try {
            return state.copyOutput(name, to, room);
        } finally {
            exit();
        }
    }

    /** Copies an output held as float to the beginning of an array and returns the number of elements. */
    public int copyOutput(String name, float[] to) {
        return copy(name, to, to.length);
    }

    /** Copies an output held as double. */
    public int copyOutput(String name, double[] to) {
        return copy(name, to, to.length);
    }

    /** Copies an output held as int. */
    public int copyOutput(String name, int[] to) {
        return copy(name, to, to.length);
    }

    /** Copies an output held as long. */
    public int copyOutput(String name, long[] to) {
        return copy(name, to, to.length);
    }

    /** Puts an output held as float into a heap or direct buffer at its position, which moves on. */
    public int copyOutput(String name, FloatBuffer to) {
        return copy(name, to, to.remaining());
    }

    /** Puts an output held as double into a buffer. */
    public int copyOutput(String name, DoubleBuffer to) {
        return copy(name, to, to.remaining());
    }

    /** Puts an output held as int into a buffer. */
    public int copyOutput(String name, IntBuffer to) {
        return copy(name, to, to.remaining());
    }

    /** Puts an output held as long into a buffer. */
    public int copyOutput(String name, LongBuffer to) {
        return copy(name, to, to.remaining());
    }

    /**
     * Begins to measure the steps of the path that the last run took, or of the first one; from now on each run adds
     * to what is returned.
     */
    public Profile profile() {
        enter();
        try {
            return state.profile();
        } finally {
            exit();
        }
    }

    /** The name of the path that the last run took; null before the first. */
    public String path() {
        enter();
        try {
            return state.pathName();
        } finally {
            exit();
        }
    }

    /** Bytes of the heap that this session has taken for arenas. */
    public long arenaBytes() {
        enter();
        try {
            return state.arenaBytes();
        } finally {
            exit();
        }
    }

    long epoch() {
        return state.epoch();
    }
}
