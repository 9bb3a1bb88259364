package dev.lathe.compiler.models;

import dev.lathe.compiler.onnx.TensorEncoder;
import dev.lathe.compiler.onnx.proto.TensorProto;
import dev.lathe.compiler.onnx.proto.WireWriter;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;

/** Writes small ONNX models by hand: field numbers are those of onnx.proto. */
public final class Onnx {
    private final WireWriter graph = new WireWriter();
    private long opset = 17;
    private boolean ml;

    public Onnx(String name) {
        graph.string(2, name);
    }

    public Onnx input(String name, ElementType type, Object... dims) {
        graph.message(11, value(name, type, dims));
        return this;
    }

    public Onnx output(String name, ElementType type, Object... dims) {
        graph.message(12, value(name, type, dims));
        return this;
    }

    public Onnx weight(String name, Tensor t) {
        graph.message(5, TensorEncoder.encode(t, name));
        return this;
    }

    /** A weight whose bytes stand in another file. */
    public Onnx external(String name, String file, int length, long... dims) {
        graph.message(5, new WireWriter().packed(1, dims).int64(2, TensorProto.dataType(ElementType.F32)).string(8, name)
                .message(13, pair("location", file)).message(13, pair("length", "" + length)).int64(14, 1));
        return this;
    }

    public Onnx node(String op, String name, String inputs, String output, WireWriter... attributes) {
        return node(new WireWriter(), op, name, inputs, output, attributes);
    }

    /** A node of ai.onnx.ml. */
    public Onnx mlNode(String op, String name, String inputs, String output, WireWriter... attributes) {
        ml = true;
        return node(new WireWriter().string(7, "ai.onnx.ml"), op, name, inputs, output, attributes);
    }

    private Onnx node(WireWriter n, String op, String name, String inputs, String output, WireWriter... attributes) {
        for (String i : inputs.isEmpty() ? new String[0] : inputs.split(" ")) {
            n.string(1, i);
        }
        n.string(2, output).string(3, name).string(4, op);
        for (WireWriter a : attributes) {
            n.message(5, a);
        }
        graph.message(1, n);
        return this;
    }

    public Onnx opset(long version) {
        opset = version;
        return this;
    }

    /** A weight as its fields say it, right or wrong. */
    public Onnx weight(WireWriter tensor) {
        graph.message(5, tensor);
        return this;
    }

    /** The graph alone, for an attribute. */
    public WireWriter graph() {
        return graph;
    }

    public static WireWriter body(String name, Onnx graph) {
        return new WireWriter().string(1, name).message(6, graph.graph).int64(20, 5);
    }

    public static WireWriter integer(String name, long value) {
        return new WireWriter().string(1, name).int64(3, value).int64(20, 2);
    }

    public static WireWriter ints(String name, long... values) {
        return new WireWriter().string(1, name).packed(8, values).int64(20, 7);
    }

    public byte[] bytes() {
        WireWriter model = new WireWriter().int64(1, 8).string(2, "lathe tests").message(7, graph).message(8, new WireWriter().int64(2, opset));
        return (ml ? model.message(8, new WireWriter().string(1, "ai.onnx.ml").int64(2, 3)) : model).toBytes();
    }

    private static WireWriter pair(String key, String value) {
        return new WireWriter().string(1, key).string(2, value);
    }

    private static WireWriter value(String name, ElementType type, Object... dims) {
        WireWriter shape = new WireWriter();
        for (Object d : dims) {
            shape.message(1, d instanceof Number i ? new WireWriter().int64(1, i.longValue()) : new WireWriter().string(2, (String) d));
        }
        WireWriter tensor = new WireWriter().int64(1, TensorProto.dataType(type)).message(2, shape);
        return new WireWriter().string(1, name).message(2, new WireWriter().message(1, tensor));
    }
}
