package dev.lathe.bench;

import dev.lathe.runtime.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Properties;

/** What a forked JVM is to measure, and what it found; both travel as properties in a file. */
record Job(Path folder, Path jar, Target target, Code code, int threads, Plan plan) {
    /**
     * What was measured.
     *
     * @param peak GFLOP/s in each round
     * @param bandwidth GB/s in each round, of reading as much as weights and arena take
     * @param weights bytes of constants
     * @param moved bytes that the steps of a run read and write; NaN where not known
     */
    record Found(Sample lathe, Sample ort, double[] peak, double[] bandwidth, long weights, double moved, String ortVersion) {
        Found join(Found o) {
            return new Found(Sample.join(lathe, o.lathe), Sample.join(ort, o.ort), Sample.join(peak, o.peak), Sample.join(bandwidth, o.bandwidth), weights, moved, ortVersion);
        }

        Properties toProperties() {
            Properties p = new Properties();
            p.setProperty("lathe.millis", text(lathe.millis()));
            p.setProperty("lathe.bytes", text(lathe.bytes()));
            p.setProperty("ort.millis", text(ort.millis()));
            p.setProperty("ort.bytes", text(ort.bytes()));
            p.setProperty("peak", text(peak));
            p.setProperty("bandwidth", text(bandwidth));
            p.setProperty("weights", "" + weights);
            p.setProperty("moved", "" + moved);
            p.setProperty("ort.version", ortVersion);
            return p;
        }

        static Found of(Properties p) {
            return new Found(new Sample(numbers(p, "lathe.millis"), numbers(p, "lathe.bytes")), new Sample(numbers(p, "ort.millis"), numbers(p, "ort.bytes")),
                    numbers(p, "peak"), numbers(p, "bandwidth"), Long.parseLong(p.getProperty("weights")), Double.parseDouble(p.getProperty("moved")), p.getProperty("ort.version"));
        }

        private static String text(double[] a) {
            return Arrays.toString(a).replaceAll("[\\[\\] ]", "");
        }

        private static double[] numbers(Properties p, String key) {
            return Arrays.stream(p.getProperty(key).split(",")).mapToDouble(Double::parseDouble).toArray();
        }
    }

    Properties toProperties() {
        Properties p = new Properties();
        p.setProperty("folder", folder.toString());
        p.setProperty("jar", jar.toString());
        p.setProperty("target", target.text());
        p.setProperty("code", code.name());
        p.setProperty("threads", "" + threads);
        p.setProperty("rounds", "" + plan.rounds());
        p.setProperty("round", "" + plan.roundMillis());
        p.setProperty("warm-up", "" + plan.warmUpMillis());
        return p;
    }

    static Job of(Properties p) {
        Plan plan = new Plan(1, Integer.parseInt(p.getProperty("rounds")), Long.parseLong(p.getProperty("round")), Long.parseLong(p.getProperty("warm-up")));
        return new Job(Path.of(p.getProperty("folder")), Path.of(p.getProperty("jar")), Target.ofText(p.getProperty("target")),
                Code.valueOf(p.getProperty("code")), Integer.parseInt(p.getProperty("threads")), plan);
    }

    static Properties load(Path file) {
        Properties p = new Properties();
        try (var in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            p.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return p;
    }

    static void store(Properties p, Path file) {
        try (var out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            p.store(out, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
