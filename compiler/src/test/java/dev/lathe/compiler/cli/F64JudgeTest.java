package dev.lathe.compiler.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.tensor.NpyFile;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a result departs from its recording, f64 tells which of both is off. */
class F64JudgeTest {
    /** As PicoDet ends: what an engine loses of sigmoids near 0 grows under the root. */
    private static final String ROOTS = """
            lathe 1

            graph @roots(%x: f32[4]) -> (%y) {
              %s: f32[4] = sigmoid(%x)
              %y: f32[4] = sqrt(%s)
              return %y
            }
            """;

    /** The 1 is lost in f32, where 1e8 and its neighbours lie 8 apart. */
    private static final String CANCELS = """
            lathe 1

            graph @cancels(%x: f32[2], %big: f32[2]) -> (%y) {
              %a: f32[2] = add(%x, %big)
              %y: f32[2] = sub(%a, %big)
              return %y
            }
            """;

    private static final float[] X = {-18, -17, -16, -15};

    @TempDir
    Path dir;
    private Path model;
    private Path set;

    @BeforeEach
    void folders() throws IOException {
        model = dir.resolve("model.lir");
        set = Files.createDirectories(dir.resolve("test_data_set_0"));
    }

    private static Tensor floats(float... f) {
        return Tensor.ofFloats(new int[] {f.length}, f);
    }

    private void record(String text, Tensor x, Tensor y) throws IOException {
        Files.writeString(model, text);
        NpyFile.write(set.resolve("input_0.npy"), x);
        NpyFile.write(set.resolve("output_0.npy"), y);
    }

    private static double root(float x) {
        return Math.sqrt(1 / (1 + Math.exp(-x)));
    }

    /** What an engine gives whose sigmoids are those of (1 + s) - 1. */
    private static Tensor coarse() {
        float[] y = new float[X.length];
        for (int i = 0; i < y.length; i++) {
            float up = (float) (1 + 1 / (1 + Math.exp(-X[i])));
            y[i] = (float) Math.sqrt(up - 1);
        }
        return floats(y);
    }

    private Cli verify(Object... more) {
        Object[] all = {"verify", model, "--data", set, "--target", "portable"};
        Object[] args = java.util.Arrays.copyOf(all, all.length + more.length);
        System.arraycopy(more, 0, args, all.length, more.length);
        return Cli.run(args);
    }

    @Test
    void aRecordingThatIsOffIsSaidToBe() throws IOException {
        record(ROOTS, floats(X), coarse());
        double off = 0;
        for (int i = 0; i < X.length; i++) {
            off = Math.max(off, Math.abs(coarse().number(i) - root(X[i])));
        }
        String said = String.format(java.util.Locale.ROOT, "output \"y\": the recording lies %.1e from the same model computed in f64, the result ", off);
        Cli r = verify().ok().prints("test_data_set_0 (portable): " + said, "; judged by f64", "passed test_data_set_0 (portable)");
        assertEquals("1 passed, 0 failed, 0 skipped; of those that passed, judged by f64: 1", r.lastLine());
        Cli strict = verify("--recording-only").prints("FAILED test_data_set_0 (portable): output \"y\" element 1 is 2.03");
        assertEquals(1, strict.code());
        assertEquals("0 passed, 1 failed, 0 skipped", strict.lastLine());
        assertFalse(strict.out().contains("f64"), strict.out());
    }

    @Test
    void suitesCountWhatWasJudgedAndTablesSayIt() throws IOException {
        record(ROOTS, floats(X), coarse());
        Path csv = dir.resolve("r.csv");
        Cli r = Cli.run("verify", "--suite", dir, "--target", "portable,avx2", "--csv", csv).ok().prints(" (portable): output \"y\": the recording", " (avx2): output \"y\": the recording");
        assertEquals("1 passed, 0 failed, 0 skipped; of those that passed, judged by f64: 1", r.lastLine());
        String table = Files.readString(csv);
        assertEquals(2, table.lines().filter(l -> l.contains(",passed,") && l.contains("judged by f64")).count(), table);
        Cli.run("verify", "--suite", dir, "--target", "portable", "--recording-only").prints("0 passed, 1 failed, 0 skipped");
    }

    @Test
    void onnxsOwnTestsHold() throws IOException {
        Path small = Files.createDirectories(dir.resolve("test_roots"));
        record(ROOTS, floats(X), coarse());
        Files.move(model, small.resolve("model.lir"));
        Files.move(set, small.resolve("test_data_set_0"));
        Cli.run("verify", "--suite", dir, "--target", "portable").prints("FAILED test_roots (portable)", "0 passed, 1 failed, 0 skipped");
    }

    @Test
    void aResultThatIsOffFails() throws IOException {
        // exact sums, which f32 can't give: the recording is right, and f64 says so
        record(CANCELS, floats(1, 3), floats(1, 3));
        NpyFile.write(set.resolve("input_1.npy"), floats(1e8f, 1e8f));
        Cli r = verify().prints("FAILED test_data_set_0 (portable): output \"y\" element", "the recording lies 0.0e+00 from the same model computed in f64, the result 3.0e+00");
        assertEquals("0 passed, 1 failed, 0 skipped", r.lastLine());
        // both are off by what rounding does
        record(CANCELS, floats(1, 3), floats(8, 8));
        verify().prints("the recording lies 7.0e+00 from the same model computed in f64, the result 3.0e+00", "0 passed, 1 failed");
        // where result and recording agree f64 isn't asked
        record(CANCELS, floats(1, 3), floats(0, 0));
        assertFalse(verify().ok().out().contains("f64"));
    }

    @Test
    void aRecordingOfSomethingElseFails() throws IOException {
        // the result is f64's, but no rounding makes this of the model: it may be misread
        record(ROOTS, floats(X), floats(0.0001f, 0.0002f, 0.0003f, 0.002f));
        verify().prints("FAILED test_data_set_0 (portable): output \"y\" element", ", where rounding moves it by ", "0 passed, 1 failed");
        String plain = ROOTS.replace("sigmoid(%x)", "exp(%x)");
        record(plain, floats(1, 2, 3, 4), floats((float) Math.exp(0.5), (float) Math.exp(1), (float) Math.exp(1.5), 7.391f));
        verify().prints("FAILED", "the recording lies 1.9e-03 from the same model computed in f64, the result ", "0 passed, 1 failed");
        record(plain, floats(1, 2, 3, 4), floats((float) Math.exp(0.5), (float) Math.exp(1), (float) Math.exp(1.5), (float) Math.exp(2)));
        assertFalse(verify().ok().out().contains("f64"));
    }

    @Test
    void whatIsChosenMustBeTheSame() throws IOException {
        String chosen = """
                lathe 1

                graph @chosen(%x: f32[2], %big: f32[2]) -> (%i, %y) {
                  %a: f32[2] = add(%x, %big)
                  %b: f32[2] = sub(%a, %big)
                  %i: i64[] = arg_reduce(%b) {axis = 0, keep = false, kind = "max", last = false}
                  %s: f32[2] = sigmoid(%x)
                  %y: f32[2] = sqrt(%s)
                  return %i, %y
                }
                """;
        record(chosen, floats(-18, -17), new Tensor(ElementType.I64, new int[0], new long[] {0}));
        NpyFile.write(set.resolve("input_1.npy"), floats(1e10f, 1e10f));
        NpyFile.write(set.resolve("output_1.npy"), floats(0, 0));
        // in f32 both sums are equal, and the first is taken; in f64 the second is larger
        verify().prints("FAILED test_data_set_0 (portable): output \"y\"", "the recording lies", "0 passed, 1 failed");
        NpyFile.write(set.resolve("input_1.npy"), floats(0, 0));
        NpyFile.write(set.resolve("output_0.npy"), new Tensor(ElementType.I64, new int[0], new long[] {1}));
        verify().ok().prints("1 passed, 0 failed, 0 skipped; of those that passed, judged by f64: 1");
    }

    @Test
    void randomModelsFailAsTheyAre() throws IOException {
        String text = """
                lathe 1

                graph @random(%x: f32[4]) -> (%y) {
                  %seed: i64[1] = const() {value = dense[3]}
                  %r: f32[4] = random(%seed) {dims = dims[4], kind = "uniform", to = f32}
                  %y: f32[4] = add(%x, %r)
                  return %y
                }
                """;
        record(text, floats(X), floats(0, 0, 0, 0));
        Cli r = verify().prints("FAILED test_data_set_0 (portable): output \"y\" element", "0 passed, 1 failed");
        assertFalse(r.out().contains("f64"), r.out());
        verify("--exact").prints("not computed in f64: ", "random numbers can't be computed in f64");
    }

    @Test
    void distancesAreSaidWhereTheyAreAskedFor() throws IOException {
        record(ROOTS, floats(X), coarse());
        verify("--exact").ok().prints("; rounding moves it by ", ", its largest element is 0.00055");
        record(ROOTS, floats(X), floats((float) root(-18), (float) root(-17), (float) root(-16), (float) root(-15)));
        Cli r = verify("--exact").ok().prints("output \"y\": the recording lies ", " from the same model computed in f64, the result ");
        assertEquals("1 passed, 0 failed, 0 skipped", r.lastLine());
        Cli.run("verify", model, "--exact", "--recording-only").fails(Exit.USAGE, "not both");
        Cli.run("verify", model, "--exact", "--layers").fails(Exit.USAGE, "--layers");
    }

    @Test
    void jarsAreJudgedByTheirSource() throws IOException {
        record(ROOTS, floats(X), coarse());
        Path jar = dir.resolve("roots.jar");
        Cli.run("compile", model, "-o", jar, "--target", "portable").ok();
        Object[] line = {"verify", jar, "--data", set, "--target", "portable", "--source", model};
        Cli.run(java.util.Arrays.copyOf(line, 6)).prints("0 passed, 1 failed");
        Cli.run(line).ok().prints("1 passed, 0 failed, 0 skipped; of those that passed, judged by f64: 1");
        assertTrue(Cli.run("verify", model, "--source", model, "--data", set).err().contains("a model itself"));
    }
}
