package dev.lathe.codegen.lib;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

import org.junit.jupiter.api.Test;

/** The same bits from C2, C1 and the interpreter. */
class MathDeterminismTest {
    private static final int COUNT = 2000;

    /** One hash per function over fixed arguments. */
    static Map<String, Long> hashes() {
        Map<String, Long> result = new TreeMap<>();
        Map<String, F32MathTest.Case> floats = new TreeMap<>(F32MathTest.ROUNDED);
        F32MathTest.STRAIGHT.forEach((name, c) -> floats.put(name + ".straight", c));
        double[] arguments = F64MathTest.arguments(COUNT);
        floats.forEach((name, c) -> {
            long h = 0;
            for (int i = 0; i < COUNT; i++) {
                float x = i % 2 == 0 ? (float) arguments[i] : Float.intBitsToFloat(i * 0x9e3779b9);
                h = h * 31 + Float.floatToRawIntBits(c.f().apply(x));
            }
            result.put("f32." + name, h);
        });
        for (Map.Entry<String, DoubleUnaryOperator> f : F64MathTest.UNARY.entrySet()) {
            long h = 0;
            for (double x : arguments) {
                h = h * 31 + Double.doubleToRawLongBits(f.getValue().applyAsDouble(x));
            }
            result.put("f64." + f.getKey(), h);
        }
        for (Map.Entry<String, DoubleBinaryOperator> f : F64MathTest.BINARY.entrySet()) {
            long h = 0;
            for (int i = 1; i < COUNT; i++) {
                h = h * 31 + Double.doubleToRawLongBits(f.getValue().applyAsDouble(arguments[i - 1], arguments[i]));
            }
            result.put("f64." + f.getKey(), h);
        }
        return result;
    }

    private static String inProcess(String... options) throws IOException, InterruptedException, URISyntaxException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        StringBuilder path = new StringBuilder();
        for (Class<?> c : new Class<?>[] {F32Math.class, MathDeterminismTest.class, Test.class}) {
            path.append(Path.of(c.getProtectionDomain().getCodeSource().getLocation().toURI()))
                .append(File.pathSeparator);
        }
        command.addAll(List.of("-cp", path.toString(), MathDeterminismTest.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor(60, TimeUnit.SECONDS);
        return out.strip();
    }

    @Test
    void interpreterAndCompilersAgree() throws IOException, InterruptedException, URISyntaxException {
        Map<String, Long> cold = hashes();
        Map<String, Long> hot = cold;
        for (int i = 0; i < 60; i++) {
            hot = hashes();
            assertEquals(cold, hot);
        }
        assertEquals(hot.toString(), inProcess("-Xint"));
        assertEquals(hot.toString(), inProcess("-XX:TieredStopAtLevel=1"));
    }

    public static void main(String[] args) {
        System.out.println(hashes());
    }
}
