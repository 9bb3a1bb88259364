package dev.lathe.bench;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.LatheRuntimeException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;

/** The forked JVM: both engines on one model, checked against each other, then measured in turns. Arguments: job file, result file. */
public final class Worker {
    private static final int MOST_RUNS = 1 << 20;

    private static final CompilationMXBean JIT = ManagementFactory.getCompilationMXBean();

    private final long[] times = new long[MOST_RUNS];
    private final Allocation allocation = new Allocation();
    private double millis;
    private double bytes;

    private Worker() {}

    /** Exit code 3 with one block on the error stream when the model can't be measured. */
    public static void main(String[] args) {
        try {
            Job.store(new Worker().measure(Job.of(Job.load(Path.of(args[0])))).toProperties(), Path.of(args[1]));
        } catch (LatheException e) {
            System.err.println(e.block());
            System.exit(3);
        } catch (LatheRuntimeException e) {
            System.err.println("error: " + e.getMessage());
            System.exit(3);
        }
        // the engines' idle threads don't keep the process
        System.exit(0);
    }

    private Job.Found measure(Job job) {
        ModelFolder folder = ModelFolder.read(job.folder());
        try (LatheEngine lathe = new LatheEngine(job.jar(), job.target(), job.threads(), folder.inputs());
                Engine ort = new OrtEngine(folder.model(), job.threads(), folder.inputs(), job.code() == Code.STATIC);
                Peak peak = new Peak(job.threads())) {
            agree(folder, lathe, ort);
            return measure(job, folder, lathe, ort, peak);
        }
    }

    private Job.Found measure(Job job, ModelFolder folder, LatheEngine lathe, Engine ort, Peak peak) {
        try (Bandwidth bandwidth = new Bandwidth(lathe.bytes(), job.threads())) {
            Plan plan = job.plan();
            warmUp(lathe, plan.warmUpMillis());
            warmUp(ort, plan.warmUpMillis() / 3);
            peak.warmUp();
            bandwidth.warmUp();
            int n = plan.rounds();
            Sample l = new Sample(new double[n], new double[n]);
            Sample o = new Sample(new double[n], new double[n]);
            double[] p = new double[n];
            double[] b = new double[n];
            for (int i = 0; i < n; i++) {
                // who goes first alternates: neither always follows the other
                for (int turn = 0; turn < 2; turn++) {
                    boolean first = (i + turn) % 2 == 0;
                    round(first ? lathe : ort, plan.roundMillis(), job.threads());
                    (first ? l : o).millis()[i] = millis;
                    (first ? l : o).bytes()[i] = bytes;
                }
                pause(job.threads());
                p[i] = peak.measure(Plan.PEAK_MILLIS * 1_000_000);
                b[i] = bandwidth.measure(Plan.PEAK_MILLIS * 1_000_000);
            }
            // once more at the end: compiled code must agree, too
            agree(folder, lathe, ort);
            return new Job.Found(l, o, p, b, lathe.weights(), lathe.moved(), OrtEngine.version());
        }
    }

    private static void agree(ModelFolder folder, Engine lathe, Engine ort) {
        lathe.infer();
        ort.infer();
        String d = Agreement.difference(lathe.outputs(), ort.outputs());
        if (d != null) {
            throw new LatheException(folder.folder().toString(), "Lathe and ONNX Runtime don't agree: " + d);
        }
    }

    // at least so long, then until neither the times fall nor the JIT finishes anything for half as long; at most four times so long
    private static void warmUp(Engine e, long forMillis) {
        long begin = System.nanoTime();
        long least = begin + forMillis * 1_000_000;
        long most = begin + 4 * forMillis * 1_000_000;
        long best = Long.MAX_VALUE;
        long changedAt = begin;
        long compiled = 0;
        long now = begin;
        int runs = 0;
        while (runs < 3 || now < least || now < most && now - changedAt < forMillis * 500_000) {
            long start = now;
            e.infer();
            now = System.nanoTime();
            runs++;
            long spent = JIT.getTotalCompilationTime();
            if (now - start < best - best / 50 || spent != compiled) {
                best = Math.min(best, now - start);
                compiled = spent;
                changedAt = now;
            }
        }
    }

    private void round(Engine e, long forMillis, int threads) {
        pause(threads);
        // the caches are the other engine's
        e.infer();
        int n = 0;
        allocation.start();
        long now = System.nanoTime();
        long end = now + forMillis * 1_000_000;
        while (n < 2 || now < end && n < MOST_RUNS) {
            long start = now;
            e.infer();
            now = System.nanoTime();
            times[n++] = now - start;
        }
        bytes = (double) allocation.stop() / n;
        Arrays.sort(times, 0, n);
        millis = (times[(n - 1) / 2] + times[n / 2]) / 2e6;
    }

    private static void pause(int threads) {
        if (threads > 1) {
            try {
                Thread.sleep(Plan.PAUSE_MILLIS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
