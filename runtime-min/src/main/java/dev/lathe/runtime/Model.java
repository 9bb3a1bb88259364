package dev.lathe.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import jdk.jfr.FlightRecorder;

/**
 * A compiled model, loaded: immutable, shared freely among threads. Run it through {@link #run} from any thread, or
 * through a {@link Session} of one's own.
 */
public final class Model implements AutoCloseable {
    // small run-time images have no flight recorder, nor have module graphs that nothing has put it into
    private static final boolean RECORDER = recorder();

    private final String id;
    private final Map<String, String> stamp;
    private final Target target;
    private final String reason;
    private final ModelOptions options;
    private final Object[] constants;
    private final PathCode[] paths;
    private final List<TensorSpec> inputs;
    private final List<TensorSpec> outputs;

    private final Set<Session> sessions = Collections.newSetFromMap(new WeakHashMap<>());
    private final ConcurrentLinkedDeque<Session> idle = new ConcurrentLinkedDeque<>();
    private final Semaphore permits;
    private volatile boolean closed;

    Model(String id, Map<String, String> stamp, Target target, String reason, ModelOptions options, Object[] constants, PathCode[] paths) {
        this.id = id;
        this.stamp = stamp;
        this.target = target;
        this.reason = reason;
        this.options = options;
        this.constants = constants;
        this.paths = paths;
        this.inputs = PathCode.specs(paths, true);
        this.outputs = PathCode.specs(paths, false);
        this.permits = new Semaphore(options.sessions());
    }

    /**
     * Loads the model of a jar.
     *
     * @throws JarException when it can't be read, is damaged, or was made for another run time
     * @throws TargetException when it holds nothing that can run here
     */
    public static Model load(Path jar) {
        return load(jar, ModelOptions.DEFAULT);
    }

    /** As {@link #load(Path)} with options. */
    public static Model load(Path jar, ModelOptions options) {
        try (JarImage image = new JarImage(jar)) {
            return ModelLoader.load(image, image.onlyModel(), null, true, options);
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
            throw new JarException(jar + (e instanceof java.util.zip.ZipException ? " is no jar, or damaged; copy the jar again, or compile the model again"
                    : " is no file that can be read"), e);
        }
    }

    /** Loads the model whose generated class is called {@code id} from the class path of a loader. */
    public static Model load(ClassLoader loader, String id) {
        return load(loader, id, ModelOptions.DEFAULT);
    }

    /** As {@link #load(ClassLoader, String)} with options. */
    public static Model load(ClassLoader loader, String id, ModelOptions options) {
        return ModelLoader.load(null, id, loader, false, options);
    }

    /** Loads the model of a generated class. */
    public static Model load(Class<?> generated) {
        return load(generated, ModelOptions.DEFAULT);
    }

    /** As {@link #load(Class)} with options. */
    public static Model load(Class<?> generated, ModelOptions options) {
        // a named module hardly exports its classes to us, or reads the vectors' module
        return ModelLoader.load(null, generated.getName(), generated.getClassLoader(), generated.getModule().isNamed(), options);
    }

    /** Loads the model {@code id} of an image in memory. */
    public static Model of(ModelImage image, String id) {
        return of(image, id, ModelOptions.DEFAULT);
    }

    /** As {@link #of(ModelImage, String)} with options. */
    public static Model of(ModelImage image, String id, ModelOptions options) {
        return ModelLoader.load(image, id, null, true, options);
    }

    private static boolean recorder() {
        try {
            return FlightRecorder.class != null;
        } catch (LinkageError e) {
            return false;
        }
    }

    /** Whether somebody has begun to use the flight recorder: an event's class makes the whole of it start, which takes a tenth of a second. */
    static boolean recorded() {
        return RECORDER && FlightRecorder.isInitialized();
    }

    /** The name of the model, as its source has it. */
    public String name() {
        String n = stamp.get("name");
        return n == null ? id : n;
    }

    /** The name of the generated class. */
    public String id() {
        return id;
    }

    /** The inputs as declared, in order. */
    public List<TensorSpec> inputs() {
        return inputs;
    }

    /** The outputs as declared, in order. */
    public List<TensorSpec> outputs() {
        return outputs;
    }

    /** The target that runs. */
    public Target target() {
        return target;
    }

    /** Why that target was chosen, as a phrase. */
    public String targetReason() {
        return reason;
    }

    /** What the jar says about itself: source digest, compiler version, shapes, numerics options, labels. */
    public Map<String, String> stamp() {
        return stamp;
    }

    /** Names of the paths: the choices of known shapes that have code of their own, in the order in which they are tried. */
    public List<String> pathNames() {
        List<String> names = new ArrayList<>();
        for (PathCode p : paths) {
            names.add(p.name);
        }
        return List.copyOf(names);
    }

    /** Bytes of the heap that constants take. */
    public long constantBytes() {
        long n = 0;
        for (int s = 0; s < constants.length; s++) {
            n += (long) java.lang.reflect.Array.getLength(constants[s]) * Storage.values()[s].bytes();
        }
        return n;
    }

    /** A new session with as many threads as the options say. Close it after use. */
    public Session newSession() {
        return newSession(options.threads());
    }

    /** A new session that uses {@code threads} threads, the caller's included. */
    public Session newSession(int threads) {
        if (threads < 1 || threads > 1024) {
            throw new IllegalArgumentException("threads must be 1 to 1024, not " + threads);
        }
        synchronized (sessions) {
            if (closed) {
                throw new ClosedException("model " + id + " is closed");
            }
            Session s = new Session(this, threads);
            sessions.add(s);
            return s;
        }
    }

    /** Runs the model; may be called from any thread. At most as many runs as the options' {@code sessions} go on at once. */
    public Map<String, Tensor> run(Map<String, Tensor> given) {
        Map<String, Tensor> results = new LinkedHashMap<>();
        for (Map.Entry<String, Datum> e : runAny(given).entrySet()) {
            if (!(e.getValue() instanceof Tensor t)) {
                throw new LatheRuntimeException("output '" + e.getKey() + "' is no tensor; call runAny");
            }
            results.put(e.getKey(), t);
        }
        return results;
    }

    /** As {@link #run} for models with sequences or optionals among inputs or outputs. */
    public Map<String, Datum> runAny(Map<String, ? extends Datum> given) {
        permits.acquireUninterruptibly();
        try {
            Session s = idle.pollFirst();
            if (s == null) {
                s = newSession();
            }
            try {
                return s.runOnce(given);
            } finally {
                idle.addFirst(s);
                if (closed) {
                    s.close();
                }
            }
        } finally {
            permits.release();
        }
    }

    /**
     * Runs the model on zeros until its code is compiled: until runs no longer get faster, or for five seconds. Open
     * dimensions get their smallest extent, at least 1.
     */
    public void warmUp() {
        Map<String, Datum> zeros = new LinkedHashMap<>();
        for (TensorSpec in : inputs) {
            int[] shape = new int[in.dims().size()];
            for (int i = 0; i < shape.length; i++) {
                TensorSpec.Dim d = in.dims().get(i);
                shape[i] = (int) Math.max(d.isStatic() ? 0 : 1, d.min());
            }
            zeros.put(in.name(), in.kind() == TensorSpec.Kind.TENSOR ? Tensor.zeros(in.type(), shape)
                    : in.kind() == TensorSpec.Kind.SEQUENCE ? SequenceValue.EMPTY : OptionalValue.EMPTY);
        }
        long end = System.nanoTime() + 5_000_000_000L;
        long best = Long.MAX_VALUE;
        int since = 0;
        while (System.nanoTime() < end && since < 50) {
            long start = System.nanoTime();
            runAny(zeros);
            long t = System.nanoTime() - start;
            since = t < best - best / 50 ? 0 : since + 1;
            best = Math.min(best, t);
        }
    }

    /** Closes all sessions; runs that have begun are finished, new ones are refused with {@link ClosedException}. */
    @Override
    public void close() {
        List<Session> all;
        synchronized (sessions) {
            closed = true;
            all = new ArrayList<>(sessions);
        }
        for (Session s : all) {
            s.close();
        }
        idle.clear();
    }

    boolean isClosed() {
        return closed;
    }

    void forget(Session s) {
        synchronized (sessions) {
            sessions.remove(s);
        }
    }

    PathCode[] paths() {
        return paths;
    }

    Observer observer() {
        return options.observer();
    }

    Object[] constants() {
        return constants;
    }

    @Override
    public String toString() {
        return "model " + name() + " " + inputs + " -> " + outputs + " on " + target.text();
    }
}
