package dev.lathe.compiler.onnx.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.compiler.onnx.proto.TensorProto;
import dev.lathe.compiler.onnx.proto.WireWriter;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Target;
import dev.lathe.runtime.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Maps are two inputs: values, and beside them their keys. */
class MapInputTest {
    @TempDir
    Path dir;

    private static WireWriter text(String name, String v) {
        return new WireWriter().string(1, name).int64(20, 3).string(4, v);
    }

    private Tensor run(String op, ElementType key, ElementType value, Tensor values, Tensor keys, WireWriter... attributes) throws IOException {
        WireWriter node = new WireWriter().string(1, "m").string(2, "y").string(3, "n").string(4, op).string(7, "ai.onnx.ml");
        for (WireWriter a : attributes) {
            node.message(5, a);
        }
        WireWriter tensor = new WireWriter().message(1, new WireWriter().int64(1, TensorProto.dataType(value)).message(2, new WireWriter()));
        WireWriter map = new WireWriter().message(5, new WireWriter().int64(1, TensorProto.dataType(key)).message(2, tensor));
        WireWriter graph = new WireWriter().string(2, "maps").message(1, node).message(11, new WireWriter().string(1, "m").message(2, map))
                .message(12, new WireWriter().string(1, "y").message(2, new WireWriter().message(1, new WireWriter().int64(1, 1))));
        Path file = Files.write(dir.resolve("m.onnx"), new WireWriter().int64(1, 10).message(7, graph).message(8, new WireWriter().int64(2, 17))
                .message(8, new WireWriter().string(1, "ai.onnx.ml").int64(2, 1)).toBytes());
        JarContents jar = Lathe.compile(file, CompilerOptions.DEFAULT.withTargets(List.of(Target.PORTABLE)));
        try (Model m = Model.of(JarWriter.image(jar), jar.id(), ModelOptions.DEFAULT.withTarget(Target.PORTABLE)); Session s = m.newSession()) {
            return s.set("m", values).set("m.keys", keys).run().output("y");
        }
    }

    private static Tensor texts(String... v) {
        return Tensor.of(ElementType.STR, v, v.length);
    }

    @Test
    void aVocabularyGivesEachWordItsColumn() throws IOException {
        WireWriter words = new WireWriter().string(1, "string_vocabulary").int64(20, 8).string(9, "age").string(9, "none").string(9, "size");
        Tensor y = run("DictVectorizer", ElementType.STR, ElementType.F32, Tensor.ofFloats(new float[] {1.5f, -2, 7}, 3), texts("size", "other", "age"), words);
        assertEquals(Tensor.ofFloats(new float[] {7, 0, 1.5f}, 1, 3), y);
        WireWriter numbers = new WireWriter().string(1, "int64_vocabulary").int64(20, 7).int64(8, 10).int64(8, -3);
        y = run("DictVectorizer", ElementType.I64, ElementType.STR, texts("a"), Tensor.ofLongs(new long[] {-3}, 1), numbers);
        assertArrayEquals(new String[] {"", "a"}, (Object[]) y.array());
        // a map of nothing
        assertEquals(Tensor.ofFloats(new float[3], 1, 3), run("DictVectorizer", ElementType.STR, ElementType.F32, Tensor.ofFloats(new float[0], 0), texts(), words));
    }

    @Test
    void aMapIsListedByItsKeys() throws IOException {
        Tensor keys = Tensor.ofLongs(new long[] {5, 0, 2}, 3);
        Tensor values = Tensor.ofFloats(new float[] {50, 0.5f, 20}, 3);
        assertEquals(Tensor.ofFloats(new float[] {0.5f, 20, 50}, 1, 3), run("CastMap", ElementType.I64, ElementType.F32, values, keys));
        WireWriter most = new WireWriter().string(1, "max_map").int64(20, 2).int64(3, 4);
        assertEquals(Tensor.ofFloats(new float[] {0.5f, 0, 20, 0}, 1, 4), run("CastMap", ElementType.I64, ElementType.F32, values, keys, text("map_form", "SPARSE"), most));
        assertEquals(Tensor.ofLongs(new long[] {12, 0, 7, 0}, 1, 4), run("CastMap", ElementType.I64, ElementType.STR, texts("7", "12"), Tensor.ofLongs(new long[] {2, 0}, 2),
                text("map_form", "SPARSE"), text("cast_to", "TO_INT64"), most));
        assertArrayEquals(new String[] {"1", "3"}, (Object[]) run("CastMap", ElementType.I64, ElementType.STR, texts("3", "1"), Tensor.ofLongs(new long[] {2, 0}, 2),
                text("cast_to", "TO_STRING")).array());
    }

    @Test
    void aMapHasOneDimension() throws IOException {
        run("CastMap", ElementType.I64, ElementType.F32, Tensor.ofFloats(new float[] {2}, 1), Tensor.ofLongs(new long[] {0}, 1));
        ImportOptions two = new ImportOptions(Map.of("m", new int[] {2, 3}), false, Map.of());
        LatheException e = assertThrows(LatheException.class, () -> Lathe.read(dir.resolve("m.onnx"), two));
        assertTrue(e.getMessage().contains("one dimension"), e.getMessage());
    }
}
