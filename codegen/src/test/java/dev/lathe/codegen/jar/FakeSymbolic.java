package dev.lathe.codegen.jar;

import dev.lathe.runtime.Compiled;
import dev.lathe.runtime.State;

/** Stands for generated code: z = w * x + y over f32[N, T], for any N and T. See {@link Fakes}. */
public final class FakeSymbolic extends Compiled {
    @Override
    protected void run(State s) {
        int n = s.d[0] * s.d[1];
        if (s.direct) {
            dispatch(0, s, 0, n);
            dispatch(1, s, 0, n);
        } else {
            s.step(this, 0, n);
            s.step(this, 1, n);
        }
    }

    @Override
    protected void dispatch(int step, State s, int lo, int hi) {
        if (step == 0) {
            scale(s, lo, hi);
        } else {
            add(s, lo, hi);
        }
    }

    private static void scale(State s, int lo, int hi) {
        int x = s.d[2];
        int t = s.d[4];
        for (int i = lo; i < hi; i++) {
            s.f[t + i] = s.cf[Fakes.CONSTANTS] * s.f[x + i];
        }
    }

    private static void add(State s, int lo, int hi) {
        Fakes.hook();
        int y = s.d[3];
        int t = s.d[4];
        int z = s.d[5];
        for (int i = lo; i < hi; i++) {
            s.f[z + i] = s.f[t + i] + s.f[y + i];
        }
    }

    @Override
    protected void sizes(int[] d, long[] sizes) {
        long n = (long) d[0] * d[1];
        for (int b = 1; b <= 4; b++) {
            sizes[b] = n;
        }
    }
}
