package dev.lathe.codegen.jar;

import dev.lathe.runtime.Compiled;
import dev.lathe.runtime.State;

/** Stands for generated code: z = w * x + y over f32[2, 16]. See {@link Fakes}. */
public final class FakeStatic extends Compiled {
    /** What the planner gives; the test checks it. */
    static final int X = 12;
    static final int Y = 44;
    static final int T = 76;
    static final int Z = 108;

    @Override
    protected void run(State s) {
        if (s.direct) {
            dispatch(0, s, 0, 32);
            dispatch(1, s, 0, 32);
        } else {
            s.step(this, 0, 32);
            s.step(this, 1, 32);
        }
    }

    @Override
    protected void dispatch(int step, State s, int lo, int hi) {
        for (int i = lo; i < hi; i++) {
            if (step == 0) {
                s.f[T + i] = s.cf[Fakes.CONSTANTS] * s.f[X + i];
            } else {
                s.f[Z + i] = s.f[T + i] + s.f[Y + i];
            }
        }
    }

    @Override
    protected void sizes(int[] d, long[] sizes) {}
}
