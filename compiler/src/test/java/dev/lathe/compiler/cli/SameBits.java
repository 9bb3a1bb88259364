package dev.lathe.compiler.cli;

import dev.lathe.runtime.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * {@code bench/contract same-bits}: each model over compilers, JDKs, targets, extents and numbers of threads, a process for each of the first three; prints a row
 * of docs/guarantees.md's table for each model, and fails when one has several digests. {@code bench/contract} says which variables of the environment it takes.
 */
final class SameBits {
    private static final List<String> THREADS = List.of("1", "2", "3");
    private static final String MAIN = SameBitsMatrix.class.getName();

    /** What compiles: its name in the log, the JVM's option, how often a session runs and how many seconds of processor time a process may take. */
    private record Tier(String name, String heading, List<String> flags, int runs, long seconds) {}

    /** A model, its jars, and what each is called in the log: the beginning of its own digest. */
    private record Subject(Path folder, String name, List<Path> jars, Map<Path, String> stamps) {}

    private final List<Tier> tiers;
    private final List<String> targets;
    private final Map<String, Path> jdks;
    private final SameBitsLog log;

    private SameBits() throws IOException {
        List<Tier> all = List.of(new Tier("default", "both compilers", List.of(), 2, number("TIER_S", 600)),
                new Tier("c1", "C1 alone", List.of("-XX:TieredStopAtLevel=1"), 1, number("TIER_S", 600)),
                new Tier("int", "interpreter", List.of("-Xint"), 1, number("XINT_S", 120)));
        Set<String> wanted = new HashSet<>(List.of(env("TIERS", "default c1 int").split(" ")));
        this.tiers = all.stream().filter(t -> wanted.contains(t.name)).toList();
        this.targets = Arrays.stream(Target.values()).filter(t -> t == Target.PORTABLE || t.lanes() <= Target.best().lanes()).map(Target::text).toList();
        this.jdks = new TreeMap<>();
        for (String home : new String[] {System.getProperty("java.home"), System.getenv("JDK25")}) {
            if (home != null) {
                jdks.put(version(Path.of(home)), Path.of(home));
            }
        }
        this.log = new SameBitsLog(System.getenv("LOG"));
    }

    /** {@code FOLDER...} */
    public static void main(String[] args) throws Exception {
        Path out = Files.createTempDirectory("lathe-same-bits");
        boolean good = new SameBits().all(Arrays.stream(args).map(Path::of).toList(), out);
        SameBitsLog.delete(out);
        System.exit(good ? 0 : 1);
    }

    private boolean all(List<Path> folders, Path out) throws Exception {
        List<Subject> subjects = new ArrayList<>();
        for (Path f : folders) {
            subjects.add(subject(f, Files.createDirectories(out.resolve(Integer.toString(subjects.size())))));
        }
        ExecutorService workers = Executors.newFixedThreadPool((int) number("PROCESSES", 1));
        List<Future<?>> open = new ArrayList<>();
        for (Tier t : tiers) {
            subjects.forEach(s -> open.add(workers.submit(() -> row(t, s, out))));
        }
        workers.shutdown();
        for (Future<?> f : open) {
            f.get();
        }
        System.out.println("| model | extents | " + tiers.stream().map(t -> t.heading + " | ").collect(Collectors.joining()) + "SHA-256 |");
        System.out.println("|---|---|" + "---|".repeat(tiers.size() + 1));
        boolean good = true;
        for (Subject s : subjects) {
            Set<String> digests = log.digests(s.stamps.values());
            good &= digests.size() == 1 && digests.iterator().next().matches("[0-9a-f]{64}");
            System.out.println("| " + s.name + " | " + s.jars.stream().map(SameBits::extents).collect(Collectors.joining(", ")) + " | "
                    + tiers.stream().map(t -> ran(t, s) + " | ").collect(Collectors.joining())
                    + digests.stream().map(d -> d.length() == 64 ? "`" + d.substring(0, 12) + "`" : d).collect(Collectors.joining(", ")) + " |");
        }
        System.out.printf(Locale.ROOT, "each: targets %s; JDK %s; %s threads. %d runs in all, %d of them now, %.1f min of processor time%n", String.join(", ", targets),
                String.join(", ", jdks.keySet()), String.join(", ", THREADS), log.size(), log.added(), log.seconds() / 60);
        return good;
    }

    private static Subject subject(Path folder, Path out) throws IOException {
        SameBitsMatrix.make(folder, out);
        List<Path> jars = new ArrayList<>();
        Map<Path, String> stamps = new HashMap<>();
        for (String name : List.of("static.jar", "fallback.jar")) {
            Path jar = out.resolve(name);
            if (Files.exists(jar)) {
                jars.add(jar);
                stamps.put(jar, sha256(Files.readAllBytes(jar)).substring(0, 12));
            }
        }
        return new Subject(folder, folder.getFileName().toString(), jars, stamps);
    }

    /** Runs what the log hasn't. A target that is too slow with one JDK is so with the other, and in the interpreter all others are. */
    private Void row(Tier tier, Subject s, Path out) throws Exception {
        Set<String> slow = new HashSet<>();
        for (String target : targets) {
            for (Map.Entry<String, Path> jdk : jdks.entrySet()) {
                List<Path> jars = missing(tier, s, target, jdk.getKey());
                boolean given = slow.contains(target) || tier.name.equals("int") && !slow.isEmpty();
                if (!given && !jars.isEmpty() && !process(tier, s, target, jdk, jars, out)) {
                    slow.add(target);
                }
            }
        }
        return null;
    }

    private List<Path> missing(Tier tier, Subject s, String target, String jdk) {
        return s.jars.stream().filter(j -> THREADS.stream().anyMatch(n -> !log.has(key(tier, s, target, jdk, j, n)))).toList();
    }

    private boolean process(Tier tier, Subject s, String target, Map.Entry<String, Path> jdk, List<Path> jars, Path out) throws Exception {
        List<String> command = new ArrayList<>(List.of(jdk.getValue().resolve("bin/java").toString(), "-XX:+UseSerialGC", "--add-modules", "jdk.incubator.vector"));
        command.addAll(tier.flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN, "run", s.folder.toString(), target, String.join(",", THREADS), "1",
                Integer.toString(tier.runs)));
        jars.forEach(j -> command.add(j.toString()));
        Path lines = Files.createTempFile(out, "run", ".txt");
        Process p = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(lines.toFile()).start();
        double seconds = 0;
        boolean slow = false;
        while (!p.waitFor(200, TimeUnit.MILLISECONDS)) {
            seconds = p.info().totalCpuDuration().map(d -> d.toMillis() / 1e3).orElse(seconds);
            if (seconds > tier.seconds) {
                slow = true;
                p.destroyForcibly();
            }
        }
        String said = Files.readString(lines, StandardCharsets.UTF_8);
        int found = 0;
        for (String line : said.split("\n")) {
            String[] words = line.split(" ", 3);
            Path jar = jars.stream().filter(j -> j.getFileName().toString().equals(words[0])).findFirst().orElse(null);
            if (jar != null) {
                log.add(key(tier, s, target, jdk.getKey(), jar, words[1]), words[2]);
                found++;
            }
        }
        if (!slow && (p.exitValue() != 0 || found < jars.size() * THREADS.size())) {
            log.add(key(tier, s, target, jdk.getKey(), jars.get(0), "-"), "exit code " + p.exitValue() + ": " + said.strip().replace('\n', ' '));
        }
        log.took(seconds);
        System.err.printf(Locale.ROOT, "%s %s JDK %s %s: %d runs, %.0f s of processor time%s%n", s.name, tier.name, jdk.getKey(), target, found, seconds,
                slow ? ", too slow" : "");
        return !slow;
    }

    /** Which runs there are: "all", or for each target how many of them. */
    private String ran(Tier t, Subject s) {
        Function<String, Long> count = target -> jdks.keySet().stream().flatMap(jdk -> s.jars.stream().flatMap(j -> THREADS.stream().map(n -> key(t, s, target, jdk, j, n))))
                .filter(log::has).count();
        int each = jdks.size() * s.jars.size() * THREADS.size();
        if (targets.stream().allMatch(x -> count.apply(x) == each)) {
            return "all " + each * targets.size();
        }
        String some = targets.stream().filter(x -> count.apply(x) > 0).map(x -> x + " " + (count.apply(x) == each ? "all" : count.apply(x) + " of") + " " + each)
                .collect(Collectors.joining(", "));
        return some.isEmpty() ? "–" : some;
    }

    private static String key(Tier tier, Subject s, String target, String jdk, Path jar, String threads) {
        return String.join("\t", s.stamps.get(jar), s.name, extents(jar), tier.name, jdk, target, threads);
    }

    private static String extents(Path jar) {
        return jar.endsWith("static.jar") ? "known" : "open";
    }

    private static String version(Path home) throws IOException {
        Properties p = new Properties();
        p.load(Files.newBufferedReader(home.resolve("release")));
        return Integer.toString(Runtime.Version.parse(p.getProperty("JAVA_VERSION").replace("\"", "")).feature());
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String env(String name, String otherwise) {
        String v = System.getenv(name);
        return v == null || v.isEmpty() ? otherwise : v;
    }

    private static long number(String name, long otherwise) {
        return Long.parseLong(env(name, Long.toString(otherwise)));
    }
}
