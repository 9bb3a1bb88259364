package dev.lathe.compiler.contract;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.TensorSpec;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** The bits that a model gives in every way in which it can be compiled and run. */
final class Bits {
    private Bits() {}

    static Model load(Graph g, Target t, int threads) {
        JarContents c = Lathe.assemble(List.of(Lathe.optimise(g)), List.of("any"), CompilerOptions.DEFAULT.withTargets(List.of(t)));
        return Model.of(JarWriter.image(c), c.id(), ModelOptions.DEFAULT.withTarget(t).withThreads(threads));
    }

    /** Targets that this JVM can run, narrower vectors included. */
    static List<Target> targets(Graph g) {
        List<Target> can = new ArrayList<>();
        for (Target t : Target.values()) {
            try {
                load(g, t, 1).close();
                can.add(t);
            } catch (dev.lathe.runtime.TargetException e) {
                // another machine's
            }
        }
        return can;
    }

    /** Numbers from -0.5 to 0.5. */
    static float[] floats(Random r, int n) {
        float[] f = new float[n];
        for (int i = 0; i < n; i++) {
            f[i] = r.nextFloat() - 0.5f;
        }
        return f;
    }

    /** The digests of a graph of known extents on all targets and of the same with open ones on some: one, where all is right. */
    static Set<String> both(Graph known, List<Target> targets, Graph open, List<Target> some, List<Tensor> inputs) {
        Set<String> r = new TreeSet<>(all(known, "known", targets, inputs).values());
        r.addAll(all(open, "open", some, inputs).values());
        return r;
    }

    /** A digest for each way: target, threads. */
    static Map<String, String> all(Graph g, String form, List<Target> targets, List<Tensor> inputs) {
        Map<String, String> digests = new LinkedHashMap<>();
        for (Target t : targets) {
            for (int threads = 1; threads <= 3; threads++) {
                try (Model m = load(g, t, threads); Session s = m.newSession()) {
                    digests.put(form + " " + t.text() + " " + threads, digest(m, s, inputs));
                }
            }
        }
        return digests;
    }

    static String digest(Model m, Session s, List<Tensor> inputs) {
        for (int i = 0; i < m.inputs().size(); i++) {
            TensorSpec in = m.inputs().get(i);
            Tensor t = inputs.get(i);
            s.set(in.name(), dev.lathe.runtime.Tensor.of(t.type(), t.data(), t.dims()));
        }
        s.run();
        List<float[]> results = new ArrayList<>();
        for (TensorSpec out : m.outputs()) {
            Datum d = s.outputValue(out.name());
            results.add(((dev.lathe.runtime.Tensor) d).toFloats());
        }
        return digest(results);
    }

    static String digest(List<float[]> results) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (float[] r : results) {
                digest.update(dev.lathe.runtime.Tensor.ofFloats(r, r.length).toBytes());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static int[] dims(Tensor t) {
        return Arrays.copyOf(t.dims(), t.dims().length);
    }
}
