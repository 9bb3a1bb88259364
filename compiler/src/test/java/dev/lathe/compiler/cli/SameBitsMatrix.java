package dev.lathe.compiler.cli;

import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.tensor.DataSet;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/** One process of {@code bench/contract}: makes a recorded model's jars, or runs them and prints digests. */
final class SameBitsMatrix {
    private SameBitsMatrix() {}

    /**
     * {@code make FOLDER OUT}: {@code OUT/static.jar} and, when extents are open, {@code OUT/fallback.jar}, for all targets.
     * {@code run FOLDER TARGET THREADS[,THREADS...] SESSIONS RUNS JAR...}: so many sessions at once with so many runs each, for every jar and number
     * of threads a line {@code JAR THREADS DIGEST}; several digests in a line are several results.
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (args[0].equals("make")) {
            make(Path.of(args[1]), Path.of(args[2]));
            return;
        }
        for (String jar : Arrays.asList(args).subList(6, args.length)) {
            for (String threads : args[3].split(",")) {
                Set<String> digests = new ConcurrentSkipListSet<>();
                run(Path.of(jar), Path.of(args[1]), args[2], Integer.parseInt(threads), Integer.parseInt(args[4]), Integer.parseInt(args[5]), digests);
                System.out.println(Path.of(jar).getFileName() + " " + threads + " " + String.join(" ", digests));
            }
        }
    }

    static void make(Path folder, Path out) throws IOException {
        Path model = folder.resolve("model.onnx");
        CompilerOptions o = CompilerOptions.DEFAULT.withTargets(List.of(Target.values()));
        JarWriter.write(out.resolve("fallback.jar"), Lathe.compile(model, o));
        Map<String, int[]> shapes = new LinkedHashMap<>();
        try (Model m = Model.load(out.resolve("fallback.jar")); Session s = m.newSession()) {
            fill(m, s, folder);
            for (TensorSpec in : m.inputs()) {
                if (in.kind() == TensorSpec.Kind.TENSOR && in.dims().stream().anyMatch(d -> d.text().matches(".*[^0-9].*"))) {
                    shapes.put(in.name(), recorded(m, folder, in));
                }
            }
        }
        if (shapes.isEmpty()) {
            java.nio.file.Files.move(out.resolve("fallback.jar"), out.resolve("static.jar"));
        } else {
            JarWriter.write(out.resolve("static.jar"), Lathe.compile(model, o.withShapes(List.of(shapes))));
        }
    }

    /** What is recorded in a folder, its first set. */
    static DataSet data(Model m, Path folder) {
        return DataSet.read(DataSet.folders(folder).get(0), m.inputs().stream().map(InputFiles::kindOf).toList(), List.of());
    }

    private static int[] recorded(Model m, Path folder, TensorSpec in) {
        List<String> names = m.inputs().stream().map(TensorSpec::name).toList();
        List<DataSet.Item> items = data(m, folder).inputs();
        DataSet.Item i = items.stream().filter(x -> x.name().equals(in.name())).findFirst().orElseGet(() -> items.get(names.indexOf(in.name())));
        return ((dev.lathe.compiler.tensor.Datum.TensorDatum) i.datum()).tensor().dims();
    }

    private static void fill(Model m, Session s, Path folder) {
        String wrong = CaseRunner.fill(m, s, data(m, folder), m.inputs().stream().map(TensorSpec::name).toList());
        if (wrong != null) {
            throw new IllegalArgumentException(folder + ": " + wrong);
        }
    }

    private static void run(Path jar, Path folder, String target, int threads, int sessions, int runs, Set<String> digests)
            throws InterruptedException {
        try (Model m = Model.load(jar, ModelOptions.DEFAULT.withTarget(Target.ofText(target)).withThreads(threads))) {
            List<Thread> all = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                Thread t = new Thread(() -> {
                    try (Session s = m.newSession()) {
                        for (int k = 0; k < runs; k++) {
                            fill(m, s, folder);
                            s.run();
                            List<Datum> results = new ArrayList<>();
                            m.outputs().forEach(o -> results.add(s.outputValue(o.name())));
                            digests.add(Digests.sha256(results));
                        }
                    } catch (RuntimeException | Error e) {
                        digests.add("failed: " + e);
                    }
                });
                t.start();
                all.add(t);
            }
            for (Thread t : all) {
                t.join();
            }
        }
    }
}
