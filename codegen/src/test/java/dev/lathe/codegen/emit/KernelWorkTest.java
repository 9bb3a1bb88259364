package dev.lathe.codegen.emit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.text.ProgramParser;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class KernelWorkTest {
    /** A row is a load and a store for each 16 columns; rows go by threes, items one at a time, of which a thread takes some. */
    private static final String TEXT = """
            lathe 1
            program @work target avx512 {
              %s
              buffer @b0 arena f32 "a" size %s live -1..1
              buffer @b1 arena f32 "b" size %s live -1..1
              kernel @row(%%a0: buf f32, %%o1: out f32, %%n: i32) {
                for %%i in 0..%%n step 16 {
                  %%o1[%%i : 16] = %%a0[%%i : 16]
                }
              }
              kernel @items(%%a0: buf f32, %%o1: out f32, %%lo: i32, %%hi: i32, %%rows: i32, %%n: i32) parallel {
                mut %%item = %%lo
                while %%item < %%hi {
                  let %%at = max(%%item, 0)
                  let %%end = %%at + 2
                  for %%r in 0..%%rows step 3 {
                    if %%r < 1000 {
                      invoke @row(%%a0 at 0, %%o1 at 0)(%%n)
                    }
                  }
                  %%item = %%item + (%%end - %%at)
                }
              }
              run @items(@b0, @b1)(%s) extent %s
            }
            """;

    private static Map<String, Long> work(String limits, String size, String numbers, String extent) {
        Program p = ProgramParser.parse("work.lir", TEXT.formatted(limits, size, size, numbers, extent));
        return KernelWork.of(p, p.kernels().stream().collect(Collectors.toMap(Kernel::name, Function.identity())));
    }

    @Test
    void operationsOfAllRoundsAreCounted() {
        // 20 items by twos, 10 rows by threes, 100 columns by sixteens
        assertEquals(Map.of("items", 0L, "row", 10L * 4 * 7 * 2), work("", "65536", "10, 100", "20"));
        assertEquals(Map.of("items", 0L), work("", "65536", "0, 100", "20"));
    }

    @Test
    void openExtentsCountAsUsual() {
        assertEquals(Map.of("items", 0L, "row", 64L * 1 * 8 * 2), work("", "N * 1024", "1, N", "N"));
    }

    @Test
    void extentsThatDoNotFitTheUsualOneCountAsIt() {
        assertEquals(Map.of("items", 0L, "row", 64L * 1 * 8 * 2), work("", "N * 1024", "1, bcast(N, 14)", "N"));
        assertEquals(Map.of("items", 0L, "row", 64L * 1 * 8 * 2), work("", "N * 1024", "1, floordiv(N, N - 128)", "N"));
    }

    @Test
    void stepsOnLittleAreLeftOut() {
        assertEquals(Map.of(), work("", "64", "10, 100", "20"));
    }
}
