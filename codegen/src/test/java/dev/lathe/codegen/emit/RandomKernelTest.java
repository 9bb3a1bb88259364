package dev.lathe.codegen.emit;

import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.verify.KernelVerifier;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The interpreter and emitted classes agree on kernels made at random. */
class RandomKernelTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16})
    void agree(int lanes) {
        for (int seed = 0; seed < 60; seed++) {
            Kernel k = RandomKernels.make(seed * 31L + lanes, lanes);
            Assertions.assertEquals(List.of(), KernelVerifier.verify(k, Map.of()), k.toString());
            Random r = new Random(seed);
            Object[] arrays = new Object[8];
            for (int i = 0; i < 4; i++) {
                Scalar s = RandomKernels.NUMBERS.get(i);
                arrays[i] = Samples.array(s, RandomKernels.N + 32, r);
                arrays[4 + i] = s.storage().allocate(RandomKernels.N + 32);
            }
            Engines.compare(k, arrays, new int[8], RandomKernels.N);
        }
    }
}
