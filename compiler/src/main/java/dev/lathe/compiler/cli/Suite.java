package dev.lathe.compiler.cli;

import dev.lathe.runtime.Target;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs many cases on many targets, several cases at a time; a failure or hang of one stays its own. */
final class Suite {
    /** Sees the cases in their order; {@code outcomes} has one for each target. */
    @FunctionalInterface
    interface Listener {
        void done(VerifyCase c, List<Outcome> outcomes);
    }

    private final CaseRunner runner;
    private final List<Target> targets;
    private final Listener listener;
    private final List<VerifyCase> cases;
    private final List<List<Outcome>> done;
    private int shown;
    private volatile Throwable broken;

    /** @param targets null stands for the best one */
    Suite(CaseRunner runner, List<VerifyCase> cases, List<Target> targets, Listener listener) {
        this.runner = runner;
        this.cases = cases;
        this.targets = targets;
        this.listener = listener;
        this.done = new ArrayList<>(Collections.nCopies(cases.size(), null));
    }

    void run(int jobs) throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        List<Thread> workers = new ArrayList<>();
        for (int j = 0; j < Math.min(jobs, cases.size()); j++) {
            Thread t = new Thread(() -> {
                for (int i = next.getAndIncrement(); i < cases.size(); i = next.getAndIncrement()) {
                    show(i, one(cases.get(i)));
                }
            }, "lathe-verify-" + j);
            t.setDaemon(true);
            t.start();
            workers.add(t);
        }
        for (Thread t : workers) {
            t.join();
        }
    }

    /** Why the last model that could not be read or compiled could not; null when all could. */
    Throwable broken() {
        return broken;
    }

    private synchronized void show(int i, List<Outcome> outcomes) {
        done.set(i, outcomes);
        while (shown < done.size() && done.get(shown) != null) {
            listener.done(cases.get(shown), done.get(shown));
            shown++;
        }
    }

    private List<Outcome> one(VerifyCase c) {
        if (c.sets().isEmpty()) {
            return Collections.nCopies(targets.size(), Outcome.skipped("nothing is recorded for it"));
        }
        List<Outcome> outcomes = new ArrayList<>();
        long start = System.nanoTime();
        try {
            CaseRunner.Prepared p = Guard.run(c.name(), c.seconds(), () -> runner.prepare(c));
            for (Target t : targets) {
                outcomes.add(one(c, p, t));
            }
        } catch (Throwable e) {
            broken = e;
            Outcome o = failed(start, e);
            while (outcomes.size() < targets.size()) {
                outcomes.add(o);
            }
        }
        return outcomes;
    }

    private Outcome one(VerifyCase c, CaseRunner.Prepared p, Target t) {
        long start = System.nanoTime();
        try {
            return Guard.run(c.name(), c.seconds(), () -> runner.run(p, t));
        } catch (Throwable e) {
            return failed(start, e);
        }
    }

    private static Outcome failed(long start, Throwable e) {
        return Outcome.failed(CaseRunner.seconds(start), e instanceof TimeoutException ? e.getMessage() : Failures.oneLine(e));
    }
}
