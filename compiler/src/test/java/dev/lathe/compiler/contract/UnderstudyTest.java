package dev.lathe.compiler.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** What stands in for kernels in the first run, until C2 has compiled them: the results are those of later runs and of other targets. */
class UnderstudyTest {
    private static final int SIZE = 192;

    private final Random random = new Random(11);

    private Value conv(GraphBuilder b, Value x, int in, int out, int window, int stride, int groups) {
        int[] shape = {out, in / groups, window, window};
        Value w = b.constant(Tensor.ofFloats(shape, floats(out * in / groups * window * window, 2f / window)));
        int p = window / 2;
        Attrs a = Attrs.of("strides", new int[] {stride, stride}, "dilations", new int[] {1, 1}, "pads", new int[] {p, p, p, p}, "groups", groups, "layout", "first");
        return b.op("relu", b.op("conv", a, x, w, b.constant(Tensor.ofFloats(new int[] {out}, floats(out, 1)))));
    }

    private float[] floats(int n, float scale) {
        float[] f = new float[n];
        for (int i = 0; i < n; i++) {
            f[i] = (random.nextFloat() - 0.5f) * scale;
        }
        return f;
    }

    private Graph graph(Dim size, Function<GraphBuilder, Function<Value, Value>> layers) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", Type.tensor(ElementType.F32, List.of(Dim.ONE, Dim.of(3), size, size)));
        return b.finish("understudied", List.of(layers.apply(b).apply(x)));
    }

    // a first layer over a picture, depthwise layers along lines and through channels, one and more panels of columns that overlap, reductions in parts
    private Graph picture(Dim size) {
        return graph(size, b -> x -> {
            Value v = conv(b, x, 3, 24, 3, 2, 1);
            v = conv(b, v, 24, 24, 3, 1, 24);
            v = conv(b, v, 24, 75, 1, 1, 1);
            v = conv(b, v, 75, 75, 3, 2, 75);
            v = conv(b, v, 75, 72, 1, 1, 1);
            v = conv(b, v, 72, 72, 5, 2, 72);
            return conv(b, v, 72, 43, 3, 2, 1);
        });
    }

    private static Set<String> methods(Graph g, Target t) throws IOException {
        JarContents c = Lathe.assemble(List.of(Lathe.optimise(g)), List.of("only"), CompilerOptions.DEFAULT.withTargets(List.of(t)));
        Set<String> r = new TreeSet<>();
        try (InputStream in = JarWriter.image(c).open(c.id().replace('.', '/') + "$" + t.text() + "$0.class")) {
            new ClassReader(in).accept(new ClassVisitor(Opcodes.ASM9) {
                @Override
                public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] exceptions) {
                    r.add(name.replaceAll("\\d.*", ""));
                    return null;
                }
            }, ClassReader.SKIP_CODE);
        }
        return r;
    }

    @Test
    void tilesAndDepthwiseKernelsHaveThem() throws IOException {
        Set<String> found = methods(picture(Dim.of(SIZE)), Target.AVX512);
        assertTrue(found.containsAll(Set.of("plain", "plain_gather", "understudy_line", "understudy_line_near", "understudy_depthwise", "understudy_more")), found.toString());
        assertTrue(methods(picture(Dim.sym("S")), Target.AVX2).contains("understudy_depthwise"));
        assertTrue(methods(picture(Dim.of(SIZE)), Target.PORTABLE).stream().noneMatch(m -> m.startsWith("understudy")));
    }

    @Test
    void whatDoesTooLittleHasNone() throws IOException {
        Set<String> found = methods(picture(Dim.of(16)), Target.AVX512);
        assertTrue(found.stream().noneMatch(m -> m.startsWith("understudy") || m.startsWith("plain")), found.toString());
    }

    @Test
    void theFirstRunGivesWhatAllOthersGive() {
        Tensor x = Tensor.ofFloats(new int[] {1, 3, SIZE, SIZE}, floats(3 * SIZE * SIZE, 2));
        for (Graph g : List.of(picture(Dim.of(SIZE)), picture(Dim.sym("S")))) {
            Set<String> digests = new TreeSet<>();
            for (Target t : Bits.targets(g)) {
                for (int threads = 1; threads <= 2; threads++) {
                    try (Model m = Bits.load(g, t, threads); Session s = m.newSession()) {
                        for (int run = 0; run < 3; run++) {
                            digests.add(Bits.digest(m, s, List.of(x)));
                        }
                    }
                }
            }
            assertEquals(1, digests.size());
        }
    }
}
