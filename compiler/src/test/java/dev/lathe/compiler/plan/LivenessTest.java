package dev.lathe.compiler.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Step;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LivenessTest {
    private static Step touch(int... buffers) {
        List<Step.Ref> refs = new ArrayList<>();
        for (int b : buffers) {
            refs.add(new Step.Ref(b, Dim.ZERO));
        }
        return new Step.Run("k", refs, List.of(), null, 1, List.of());
    }

    private static Step loop(Step... body) {
        return new Step.While(Dim.sym("go"), List.of(body), List.of());
    }

    private static void check(List<Step> steps, int[]... lives) {
        List<Buffer> buffers = new ArrayList<>();
        for (int i = 0; i < lives.length; i++) {
            buffers.add(new Buffer(i, "b" + i, Storage.F32, Dim.ONE, Buffer.Kind.ARENA, 0, 0));
        }
        for (Buffer b : Liveness.of(buffers, steps, List.of(), List.of())) {
            assertEquals(lives[b.id()][0] + ".." + lives[b.id()][1], b.first() + ".." + b.last(), b.name());
        }
    }

    @Test
    void whatStandsBeforeALoopLivesThroughIt() {
        // 0 writes 0; 1 loop {2 reads 0 writes 1; 3 reads 1}; 4 writes 2
        check(List.of(touch(0), loop(touch(0, 1), touch(1)), touch(2)), new int[] {0, 3}, new int[] {2, 3}, new int[] {4, 4});
    }

    @Test
    void whatIsReadAfterALoopLivesThroughIt() {
        // an earlier turn wrote a part of buffer 1: nothing else may stand there, not even before the step that writes it
        check(List.of(loop(touch(0), touch(0, 1)), touch(1)), new int[] {1, 2}, new int[] {0, 3});
    }

    @Test
    void innerLoopsReachOutwards() {
        // 0 loop {1 loop {2 touches 0, 1}; 3 touches 1, 2}; 4 touches 2
        check(List.of(loop(loop(touch(0, 1)), touch(1, 2)), touch(2)), new int[] {2, 2}, new int[] {1, 3}, new int[] {0, 4});
    }
}
