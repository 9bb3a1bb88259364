package dev.lathe.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes a {@link Model} of an image: checks everything, chooses the target, reads plans and constants, defines classes. */
final class ModelLoader {
    // a stamp lists a few lines for each path and target
    private static final int STAMP_LIMIT = 64 << 20;

    private final ModelImage image;
    private final String id;
    private final ClassLoader classes;
    private final String what;
    private Stamp stamp;

    /**
     * A loader.
     *
     * @param classes where the generated classes are found; null to define them from the image
     */
    ModelLoader(ModelImage image, String id, ClassLoader classes) {
        this.image = image;
        this.id = id;
        this.classes = classes;
        this.what = "model " + id;
    }

    Model load(ModelOptions options) {
        try {
            return checked(options);
        } catch (IOException e) {
            throw new JarException(what + " can't be read: " + e.getMessage(), e);
        } catch (LinkageError e) {
            throw new JarException(what + ": its classes don't load: " + e, e);
        } catch (OutOfMemoryError e) {
            throw new LatheRuntimeException(what + " does not fit into a heap of " + (Runtime.getRuntime().maxMemory() >> 20)
                    + " MB; start java with a larger -Xmx");
        }
    }

    private Model checked(ModelOptions options) throws IOException {
        String entry = Stamp.entry(id);
        byte[] bytes;
        try (InputStream in = image.open(entry)) {
            if (in == null) {
                throw new JarException("there is no " + what + " here: the entry " + entry + " is missing");
            }
            bytes = in.readNBytes(STAMP_LIMIT);
        }
        stamp = Stamp.read(bytes, entry);
        if (!id.equals(stamp.get("id"))) {
            throw new JarException(entry + " is the stamp of another model, " + stamp.get("id"));
        }
        int paths = number("paths", 1, 10_000);
        Set<Target> held = EnumSet.noneOf(Target.class);
        for (Target t : Target.values()) {
            int have = 0;
            for (int p = 0; p < paths; p++) {
                have += stamp.get(key(p, t, "class")) == null ? 0 : 1;
            }
            if (have == paths) {
                held.add(t);
            }
        }
        Machine.Choice choice = choose(held, options);
        return build(paths, choice, options);
    }

    private static String key(int path, Target t, String what) {
        return "variant." + path + "." + t.text() + "." + what;
    }

    private Machine.Choice choose(Set<Target> held, ModelOptions options) {
        String property = System.getProperty("lathe.target", "");
        Target forced = options.target();
        String by = "the model's options";
        if (!property.isEmpty()) {
            by = "-Dlathe.target";
            forced = Target.ofText(property);
            if (forced == null) {
                throw new TargetException("-Dlathe.target=" + property + " names no target; there are "
                        + Machine.list(EnumSet.allOf(Target.class)));
            }
        }
        return Machine.get().choose(id, held, forced, by);
    }

    private Model build(int paths, Machine.Choice choice, ModelOptions options) throws IOException {
        Target t = choice.target();
        Map<String, byte[]> code = new HashMap<>();
        Map<String, Plan> byEntry = new HashMap<>();
        List<Plan> plans = new ArrayList<>();
        for (int p = 0; p < paths; p++) {
            String entry = Stamp.folder(id) + need(key(p, t, "plan"));
            Plan plan = byEntry.get(entry);
            if (plan == null) {
                plan = PlanReader.read(verified(entry), entry);
                byEntry.put(entry, plan);
            }
            plans.add(plan);
            for (String c : need(key(p, t, "classes")).split(",")) {
                if (!code.containsKey(c)) {
                    code.put(c, classBytes(c));
                }
            }
        }
        Constants constants = constants(byEntry.values());
        ClassLoader loader = classes != null ? classes : new ImageLoader(code);
        PathCode[] made = new PathCode[paths];
        for (int p = 0; p < paths; p++) {
            String name = stamp.get("path." + p);
            made[p] = new PathCode(name == null ? "" + p : name, plans.get(p), instantiate(loader, need(key(p, t, "class"))));
        }
        PathCode.samePorts(made, what);
        return new Model(id, stamp, choice, options, constants, made);
    }

    private Constants constants(Iterable<Plan> plans) throws IOException {
        String entry = Stamp.folder(id) + "weights.bin";
        Constants.Builder b = new Constants.Builder(entry);
        plans.forEach(b::add);
        if (stamp.get("entry." + entry) == null) {
            return b.none();
        }
        long size = size(entry);
        try (InputStream in = open(entry)) {
            return b.read(in, size, sum(entry));
        }
    }

    private Compiled instantiate(ClassLoader loader, String name) {
        try {
            Class<?> c = Class.forName(name, true, loader);
            if (!Compiled.class.isAssignableFrom(c)) {
                throw new JarException(what + ": class " + name + " is no compiled model");
            }
            return (Compiled) c.getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new JarException(what + ": class " + name + " can't be used: " + e, e);
        }
    }

    /** The checked bytes of a class; empty where they can't be had, as in a native image. */
    private byte[] classBytes(String name) throws IOException {
        String entry = name.replace('.', '/') + ".class";
        if (classes == null) {
            return verified(entry);
        }
        try (InputStream in = image.open(entry)) {
            return in == null ? new byte[0] : verified(entry);
        }
    }

    private String need(String key) {
        String v = stamp.get(key);
        if (v == null) {
            throw new JarException(what + ": its stamp has no " + key);
        }
        return v;
    }

    private int number(String key, int min, int max) {
        String v = need(key);
        try {
            int n = Integer.parseInt(v);
            if (n >= min && n <= max) {
                return n;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new JarException(what + ": its stamp says " + key + "=" + v);
    }

    private long size(String entry) {
        String[] v = need("entry." + entry).split(" ");
        try {
            return Long.parseLong(v[0]);
        } catch (NumberFormatException e) {
            throw new JarException(what + ": its stamp gives no size for " + entry, e);
        }
    }

    private byte[] sum(String entry) {
        String v = need("entry." + entry);
        try {
            return HexFormat.of().parseHex(v.substring(v.indexOf(' ') + 1));
        } catch (IllegalArgumentException e) {
            throw new JarException(what + ": its stamp gives no checksum for " + entry, e);
        }
    }

    private InputStream open(String entry) throws IOException {
        InputStream in = image.open(entry);
        if (in == null) {
            throw new JarException(what + ": the entry " + entry + " is missing");
        }
        return in;
    }

    private byte[] verified(String entry) throws IOException {
        long size = size(entry);
        if (size < 0 || size > ArenaPlanner.MAX_LENGTH) {
            throw new JarException(what + ": its stamp gives " + size + " bytes for " + entry);
        }
        byte[] sum = sum(entry);
        try (InputStream in = open(entry)) {
            byte[] b = in.readNBytes((int) size);
            if (b.length < size || in.read() >= 0) {
                throw new JarException(what + ": the entry " + entry + " has " + (b.length < size ? "only " + b.length : "more than")
                        + (b.length < size ? " of " : " ") + size + " bytes");
            }
            if (!java.util.Arrays.equals(sum, Stamp.sha256().digest(b))) {
                throw new JarException(what + ": the entry " + entry + " is damaged: its checksum does not match");
            }
            return b;
        }
    }

    /** Defines the classes of one target. */
    private static final class ImageLoader extends ClassLoader {
        private final Map<String, byte[]> code;

        ImageLoader(Map<String, byte[]> code) {
            super(ModelLoader.class.getClassLoader());
            this.code = code;
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
}
