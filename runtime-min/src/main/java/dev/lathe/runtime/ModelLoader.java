package dev.lathe.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Makes a {@link Model} of an image: checks everything, chooses the target, reads plans and constants, defines classes. */
final class ModelLoader extends ClassLoader {
    // a stamp lists a few lines for each path and target
    private static final int STAMP_LIMIT = 64 << 20;

    private final ModelImage image;
    private final ClassLoader entries;
    private final ClassLoader classes;
    private final String id;
    private final String what;
    private final Map<String, byte[]> code = new HashMap<>();
    // what is being read, for messages
    private String at;
    private Map<String, String> stamp;

    private ModelLoader(ModelImage image, String id, ClassLoader entries, boolean define) {
        super(ModelLoader.class.getClassLoader());
        this.image = image;
        this.entries = entries;
        this.classes = define ? this : entries;
        this.id = id;
        this.what = "model " + id;
    }

    /**
     * Loads a model.
     *
     * @param image null for what {@code entries} finds
     * @param define whether the generated classes are defined from their entries; else they are those of {@code entries}
     */
    static Model load(ModelImage image, String id, ClassLoader entries, boolean define, ModelOptions options) {
        ModelLoader loader = new ModelLoader(image, id, entries, define);
        long start = System.nanoTime();
        LoadEvent e = null;
        if (Model.recorded()) {
            e = new LoadEvent();
            e.begin();
        }
        Model m = loader.checked(options);
        if (e != null) {
            e.model = id;
            e.target = m.target().text();
            e.constantBytes = m.constantBytes();
            e.commit();
        }
        if (options.observer() != null) {
            options.observer().loaded(m, System.nanoTime() - start);
        }
        return m;
    }

    private Model checked(ModelOptions options) {
        try {
            return load(options);
        } catch (LatheRuntimeException e) {
            throw e;
        } catch (IOException | LinkageError | ReflectiveOperationException | RuntimeException e) {
            throw new JarException(what + " can't be loaded: " + at + " is missing or damaged; copy the jar again, or compile the model again", e);
        } catch (OutOfMemoryError e) {
            throw new LatheRuntimeException(what + " does not fit into " + LatheRuntimeException.heap());
        }
    }

    private Model load(ModelOptions options) throws IOException, ReflectiveOperationException {
        String entry = Stamp.entry(id);
        try (InputStream in = open(entry)) {
            if (in == null) {
                throw new JarException("there is no " + what + " here: the entry " + entry + " is missing");
            }
            stamp = Stamp.read(in.readNBytes(STAMP_LIMIT), entry);
        }
        if (!id.equals(stamp.get("id"))) {
            throw new JarException(entry + " is the stamp of another model, " + stamp.getOrDefault("id", "one without a name"));
        }
        int paths = (int) number("paths", need("paths"), 10_000);
        if (paths == 0) {
            throw new JarException(what + " has no path");
        }
        Set<Target> held = EnumSet.noneOf(Target.class);
        for (String t : need("targets").split(",")) {
            if (Target.ofText(t) != null) {
                held.add(Target.ofText(t));
            }
        }
        String property = System.getProperty("lathe.target", "");
        String by = property.isEmpty() ? "the model's options" : "-Dlathe.target";
        Target forced = property.isEmpty() ? options.target() : Target.ofText(property);
        if (forced == null && !property.isEmpty()) {
            throw new TargetException("-Dlathe.target=" + property + " names no target; there are " + Machine.list(EnumSet.allOf(Target.class)));
        }
        Machine machine = Machine.get();
        Target target = machine.choose(id, held, forced, by);
        return build(paths, target, machine.reason(held, target, forced, by), options);
    }

    private Model build(int paths, Target target, String reason, ModelOptions options)
            throws IOException, ReflectiveOperationException {
        Plan[] plans = new Plan[paths];
        Map<String, Plan> byEntry = new LinkedHashMap<>();
        for (int p = 0; p < paths; p++) {
            String key = "variant." + p + "." + target.text();
            String entry = Stamp.folder(id) + need(key + ".plan");
            if (!byEntry.containsKey(entry)) {
                byEntry.put(entry, PlanReader.read(verified(entry), entry));
            }
            plans[p] = byEntry.get(entry);
            for (String c : need(key + ".classes").split(",")) {
                String file = c.replace('.', '/') + ".class";
                // a native image has the classes, but not their files
                if (!code.containsKey(c) && (classes == this || exists(file))) {
                    code.put(c, verified(file));
                }
            }
        }
        Object[] constants = constants(byEntry);
        PathCode[] made = new PathCode[paths];
        for (int p = 0; p < paths; p++) {
            at = need("variant." + p + "." + target.text() + ".class");
            Class<?> c = Class.forName(at, false, classes);
            Compiled code = c.asSubclass(Compiled.class).getDeclaredConstructor().newInstance();
            code.prepare(constants);
            made[p] = new PathCode(need("path." + p), plans[p], code);
        }
        return new Model(id, stamp, target, reason, options, constants, made);
    }

    private Object[] constants(Map<String, Plan> plans) throws IOException {
        String entry = Stamp.folder(id) + "weights.bin";
        ConstantReader reader = new ConstantReader(entry);
        for (Plan p : plans.values()) {
            reader.add(p);
        }
        try (InputStream in = stamp.containsKey("entry." + entry) ? open(entry) : null) {
            return reader.read(in, in == null ? 0 : size(entry), in == null ? "" : sum(entry));
        }
    }

    private InputStream open(String entry) throws IOException {
        at = entry;
        return image == null ? entries.getResourceAsStream(entry) : image.open(entry);
    }

    private String need(String key) {
        String v = stamp.get(key);
        if (v == null) {
            throw new JarException(what + ": its stamp has no " + key);
        }
        return v;
    }

    private long number(String key, String text, long max) {
        long n = -1;
        try {
            n = Long.parseLong(text);
        } catch (NumberFormatException e) {
            // said below
        }
        if (n < 0 || n > max) {
            throw new JarException(what + ": its stamp says " + key + "=" + text);
        }
        return n;
    }

    private long size(String entry) {
        return number("entry." + entry, need("entry." + entry).split(" ")[0], Long.MAX_VALUE);
    }

    private String sum(String entry) {
        String v = need("entry." + entry);
        return v.substring(v.indexOf(' ') + 1);
    }

    private boolean exists(String entry) throws IOException {
        try (InputStream in = open(entry)) {
            return in != null;
        }
    }

    private byte[] verified(String entry) throws IOException {
        int size = (int) Math.min(size(entry), ArenaPlanner.MAX_LENGTH);
        try (InputStream in = open(entry)) {
            if (in == null) {
                throw new JarException(what + ": the entry " + entry + " is missing");
            }
            byte[] b = in.readNBytes(size);
            if (b.length < size || in.read() >= 0 || !sum(entry).equals(Checksum.of(b, size))) {
                throw new JarException(what + ": the entry " + entry + " is damaged: its length or checksum is wrong");
            }
            return b;
        }
    }

    /** The image's classes are its own, even where the class path has others of the same name. */
    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        byte[] b = code.get(name);
        if (b == null) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> c = findLoadedClass(name);
            return c != null ? c : defineClass(name, b, 0, b.length);
        }
    }
}
