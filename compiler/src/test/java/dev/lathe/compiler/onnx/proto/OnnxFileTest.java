package dev.lathe.compiler.onnx.proto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.onnx.TensorDecoder;
import dev.lathe.compiler.onnx.TensorEncoder;
import dev.lathe.compiler.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class OnnxFileTest {
    @Test
    void readsWhatIsThere() {
        ModelProto m = read(model());
        assertEquals(8, m.irVersion());
        assertEquals(17, m.opset("ai.onnx"));
        assertEquals("there", m.metadata().get("hello"));
        assertEquals("Twice", m.functions().get(0).name());
        GraphProto g = m.graph();
        assertEquals(List.of("x"), g.inputs().stream().map(ValueInfoProto::name).toList());
        TypeProto.TensorType type = assertInstanceOf(TypeProto.TensorType.class, g.inputs().get(0).type());
        assertEquals(List.of(new TypeProto.Dimension.Symbol("N"), new TypeProto.Dimension.Fixed(3),
            new TypeProto.Dimension.Absent()), type.shape());
        assertNull(((TypeProto.TensorType) ((TypeProto.SequenceType) g.outputs().get(0).type()).element()).shape());
        assertEquals("[1.0, 2.0, 3.0]", Arrays.toString(new TensorDecoder(null).decode(g.initializers().get(0)).floats()));
        NodeProto node = g.nodes().get(0);
        assertArrayEquals(new long[] {1, -2, 3}, node.attribute("packed").ints());
        assertArrayEquals(new long[] {1, -2}, node.attribute("unpacked").ints());
        assertArrayEquals(new float[] {0.5f}, node.attribute("floats").floats());
        assertEquals("text", node.attribute("s").string());
        assertEquals(AttributeType.GRAPH, node.attribute("body").type());
        assertEquals("inner", node.attribute("body").g().name());
    }

    @Test
    void everyTruncationIsAClearError() {
        byte[] whole = model().toBytes();
        int refused = 0;
        for (int n = 0; n < whole.length; n++) {
            try {
                decodeAll(OnnxFile.model(ByteBuffer.wrap(whole, 0, n), "m.onnx"));
            } catch (LatheException e) {
                refused++;
                assertTrue(e.getMessage().contains("truncated"), e.getMessage());
                assertTrue(e.where().startsWith("m.onnx"), e.where());
            }
        }
        // only a cut between two of the last fields of the model itself can't be seen
        assertTrue(refused >= whole.length - 4, refused + " of " + whole.length);
    }

    @Test
    void everyDamagedByteIsAClearErrorOrAnotherModel() {
        byte[] whole = model().toBytes();
        for (int n = 0; n < whole.length; n++) {
            for (int flip : new int[] {0x01, 0x02, 0x04, 0x80, 0xff, 0x7f}) {
                byte[] bytes = whole.clone();
                bytes[n] ^= (byte) flip;
                try {
                    decodeAll(OnnxFile.model(ByteBuffer.wrap(bytes), "m.onnx"));
                } catch (LatheException e) {
                    assertTrue(!e.getMessage().isEmpty());
                }
            }
        }
    }

    @Test
    void deepNestingIsAClearError() {
        WireWriter graph = new WireWriter().string(2, "innermost");
        for (int i = 0; i < 1000; i++) {
            WireWriter body = new WireWriter().string(1, "body").message(6, graph).int64(20, 5);
            graph = new WireWriter().message(1, new WireWriter().string(4, "If").message(5, body));
        }
        WireWriter model = new WireWriter().int64(1, 8).message(7, graph).message(8, opset());
        assertFails(model.toBytes(), "nested");
    }

    @Test
    void clearErrors() {
        assertFails(new byte[0], "empty");
        assertFails("version https://git-lfs.github.com/spec/v1\n".getBytes(StandardCharsets.UTF_8), "Git LFS");
        assertFails("<!DOCTYPE html>".getBytes(StandardCharsets.UTF_8), "HTML");
        assertFails("this is no model".getBytes(StandardCharsets.UTF_8), "is text");
        assertFails(new WireWriter().int64(1, 8).message(8, opset()).toBytes(), "no graph");
        assertFails(new WireWriter().int64(1, 8).message(7, new WireWriter()).toBytes(), "operator sets");
        WireWriter empty = new WireWriter();
        assertFails(new WireWriter().message(7, empty).message(7, empty).toBytes(), "twice");
        assertFails(new WireWriter().bytes(2, new byte[] {(byte) 0xc0, 0}).toBytes(), "UTF-8");
        assertFails(new WireWriter().int64(2, 5).toBytes(), "wire type");
        // 2 GiB announced in a file of a few bytes; then a negative length
        assertFails(new byte[] {0x3a, -1, -1, -1, -1, 7}, "announced");
        assertFails(new byte[] {0x3a, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1}, "not possible");
        assertFails(new byte[] {0x08, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1}, "64 bits");
        assertFails(new byte[] {0x00}, "field number");
        LatheException e = assertFails(new byte[] {0x08, 8, 0x3a, 5, 1}, "5 bytes");
        assertEquals("m.onnx: byte 2", e.where());
    }

    @Test
    void attributeWithoutItsValueIsRefused() {
        WireWriter a = new WireWriter().string(1, "value").int64(20, 4);
        WireWriter graph = new WireWriter().message(1, new WireWriter().string(4, "Constant").message(5, a));
        assertFails(new WireWriter().int64(1, 8).message(7, graph).message(8, opset()).toBytes(), "\"value\"");
    }

    private static LatheException assertFails(byte[] bytes, String word) {
        LatheException e = assertThrows(LatheException.class, () -> OnnxFile.model(ByteBuffer.wrap(bytes), "m.onnx"));
        assertTrue(e.getMessage().contains(word), e.getMessage());
        return e;
    }

    private static ModelProto read(WireWriter model) {
        return OnnxFile.model(ByteBuffer.wrap(model.toBytes()), "m.onnx");
    }

    private static void decodeAll(ModelProto m) {
        m.graph().initializers().forEach(new TensorDecoder(null)::decode);
    }

    private static WireWriter opset() {
        return new WireWriter().int64(2, 17);
    }

    private static WireWriter model() {
        WireWriter shape = new WireWriter()
            .message(1, new WireWriter().string(2, "N"))
            .message(1, new WireWriter().int64(1, 3))
            .message(1, new WireWriter());
        WireWriter tensorType = new WireWriter().int64(1, 1).message(2, shape);
        WireWriter unranked = new WireWriter().message(1, new WireWriter().int64(1, 1));
        WireWriter input = new WireWriter().string(1, "x").message(2, new WireWriter().message(1, tensorType));
        WireWriter output = new WireWriter().string(1, "y")
            .message(2, new WireWriter().message(4, new WireWriter().message(1, unranked)));
        WireWriter body = new WireWriter().string(2, "inner").message(1, new WireWriter().string(4, "Identity"));
        WireWriter node = new WireWriter().string(1, "x").string(2, "y").string(3, "n").string(4, "Op")
            .message(5, new WireWriter().string(1, "packed").packed(8, 1, -2, 3).int64(20, 7))
            .message(5, new WireWriter().string(1, "unpacked").int64(8, 1).int64(8, -2))
            .message(5, new WireWriter().string(1, "floats").float32(7, 0.5f).int64(20, 6))
            .message(5, new WireWriter().string(1, "s").string(4, "text").int64(20, 3))
            .message(5, new WireWriter().string(1, "body").message(6, body).int64(20, 5));
        WireWriter graph = new WireWriter().message(1, node).string(2, "g")
            .message(5, TensorEncoder.encode(Tensor.ofFloats(new int[] {3}, 1, 2, 3), "w"))
            .message(11, input).message(12, output);
        return new WireWriter().int64(1, 8).string(2, "test").message(7, graph).message(8, opset())
            .message(14, new WireWriter().string(1, "hello").string(2, "there"))
            .message(25, new WireWriter().string(1, "Twice").string(10, "local"));
    }
}
