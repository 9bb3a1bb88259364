package dev.lathe.runtime;

import java.util.List;

/** The time that each step of a session takes, summed over the runs since it was begun. */
public final class Profile {
    private final Plan plan;
    private final long[] nanos;
    private final long[] count;

    Profile(Plan plan) {
        this.plan = plan;
        this.nanos = new long[plan.stepName.length];
        this.count = new long[plan.stepName.length];
    }

    Plan plan() {
        return plan;
    }

    void add(int step, long time) {
        nanos[step] += time;
        count[step]++;
    }

    /** Number of steps. */
    public int steps() {
        return nanos.length;
    }

    /** What step {@code i} does. */
    public String name(int i) {
        return plan.stepName[i];
    }

    /** The source nodes that step {@code i} computes. */
    public List<String> loc(int i) {
        return plan.stepLoc.get(i);
    }

    /** The line of step {@code i} in the program's text; 0 when unknown. */
    public int line(int i) {
        return plan.stepLine[i];
    }

    /** Nanoseconds spent in step {@code i}. */
    public long nanos(int i) {
        return nanos[i];
    }

    /** How often step {@code i} has run. */
    public long count(int i) {
        return count[i];
    }
}
