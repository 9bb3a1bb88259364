package dev.lathe.compiler.onnx;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.proto.AttributeProto;
import dev.lathe.compiler.onnx.proto.AttributeType;
import dev.lathe.compiler.onnx.proto.GraphProto;
import dev.lathe.compiler.onnx.proto.NodeProto;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** One ONNX node as an {@link OpImport} sees it: operands as values, attributes with defaults, and the builder. */
public final class NodeImport {
    private final OnnxImporter importer;
    private final NodeProto proto;
    private final GraphBuilder builder;
    private final Scope scope;
    private final int opset;
    private final List<Value> in = new ArrayList<>();
    /** What was asked for and isn't there. */
    private final Set<String> absent;

    NodeImport(OnnxImporter importer, NodeProto proto, GraphBuilder builder, Scope scope) {
        this.importer = importer;
        this.proto = proto;
        this.builder = builder;
        this.scope = scope;
        this.opset = importer.opset(proto.domain());
        this.absent = new LinkedHashSet<>();
        for (String name : proto.inputs()) {
            in.add(name.isEmpty() ? null : scope.get(name, proto));
        }
    }

    private NodeImport(NodeImport of, GraphBuilder builder, int opset) {
        this.importer = of.importer;
        this.proto = of.proto;
        this.builder = builder;
        this.scope = of.scope;
        this.opset = opset;
        this.in.addAll(of.in);
        this.absent = of.absent;
    }

    /** The same node whose operations are added to a nested graph. */
    public NodeImport inside(GraphBuilder region) {
        return new NodeImport(this, region, opset);
    }

    /** The same node of another domain, read as an operator of this version of the default one. */
    public NodeImport at(int version) {
        return new NodeImport(this, builder, version);
    }

    public GraphBuilder b() {
        return builder;
    }

    public String op() {
        return proto.opType();
    }

    /** The version of the operator set that the model imports for this node's domain. */
    public int opset() {
        return opset;
    }

    /** What a null that was met may have been: inputs and attributes that were asked for in vain, the last first. */
    String absent() {
        List<String> all = new ArrayList<>(absent);
        Collections.reverse(all);
        return String.join(", ", all.subList(0, Math.min(3, all.size())));
    }

    // ---- operands -----------------------------------------------------------------------------------------------

    public int inputs() {
        return in.size();
    }

    public boolean has(int i) {
        return in(i) != null;
    }

    /** Operand {@code i}; null when it is absent. */
    public Value in(int i) {
        Value v = i < in.size() ? in.get(i) : null;
        if (v == null) {
            absent.add("input " + i);
        }
        return v;
    }

    /** Operand {@code i}, which must be there. */
    public Value need(int i) {
        if (!has(i)) {
            throw new LatheException("", "input " + i + " is missing");
        }
        return in.get(i);
    }

    public List<Value> in() {
        return in;
    }

    /** Whether an open dimension goes, too, where all that are 1 are dropped. */
    public boolean dropsBatch(Dim d) {
        return importer.dropsBatch(d);
    }

    /** The keys of operand {@code i}, a map whose values the operand stands for. */
    public Value mapKeys(int i) {
        Value keys = importer.mapKeys(need(i));
        if (keys == null) {
            throw new LatheException("", "input " + i + " must be a map, and an input of the model");
        }
        return keys;
    }

    /** The value that has this name where the node stands. */
    public Value named(String name) {
        return scope.get(name, proto);
    }

    public ElementType elem(int i) {
        return need(i).elem();
    }

    public int rank(int i) {
        return need(i).rank();
    }

    /** The contents of an operand when they are known at compile time, else null. */
    public Tensor constant(int i) {
        return has(i) ? importer.constant(builder, in.get(i)) : null;
    }

    /** The contents of a value when they are known at compile time, else null. */
    public Tensor constantOf(Value v) {
        return importer.constant(builder, v);
    }

    /** As {@link #constantOf(Value)}, of a value of another graph that is being read. */
    public Tensor constantOf(GraphBuilder b, Value v) {
        return importer.constant(b, v);
    }

    /** The elements of an integer operand as dimensions; unknown ones are bound while running. */
    public List<Dim> dims(int i) {
        Value v = need(i);
        Tensor t = constant(i);
        if (t != null) {
            List<Dim> r = new ArrayList<>();
            for (long x : t.integers()) {
                r.add(Dim.of(x));
            }
            return r;
        }
        return builder.dimsOf(v);
    }

    /** The only element of an integer operand, a scalar or vector of 1, as a dimension; bound while running when it isn't known. */
    public Dim count(int i) {
        Tensor t = constant(i);
        if (t != null) {
            return Dim.of(t.integer(0));
        }
        Value v = need(i);
        // a vector may have a symbol as its length
        return builder.dimsOf(v.rank() == 0 ? v : builder.op("reshape", Attrs.of("dims", List.of()), v)).get(0);
    }

    /** The elements of an integer operand if they are known numbers, else null. */
    public long[] numbers(int i) {
        Tensor t = constant(i);
        if (t != null) {
            return t.integers();
        }
        if (has(i) && in.get(i).tensor().size().is(0)) {
            return new long[0];
        }
        List<Dim> d = has(i) ? builder.symbolic(in.get(i)) : null;
        return d != null && d.stream().allMatch(Dim::isConst) ? d.stream().mapToLong(Dim::value).toArray() : null;
    }

    /** As {@link #numbers}, but what isn't known is an error that says so. */
    public long[] needNumbers(int i, String what) {
        long[] r = numbers(i);
        if (r == null) {
            throw new LatheException("", what + " (input " + i + ") must be known when the model is compiled",
                    "make it a constant or an initializer, or give static shapes with --shape");
        }
        return r;
    }

    // ---- attributes ---------------------------------------------------------------------------------------------

    private AttributeProto attr(String name, AttributeType type) {
        AttributeProto a = proto.attribute(name);
        if (a == null) {
            absent.add("attribute " + name);
        } else if (a.type() != type) {
            throw new LatheException("", "attribute " + name + " is of type " + a.type() + ", not " + type);
        }
        return a;
    }

    public boolean hasAttr(String name) {
        return proto.attribute(name) != null;
    }

    public long integer(String name, long absent) {
        AttributeProto a = attr(name, AttributeType.INT);
        return a == null ? absent : a.i();
    }

    public boolean flag(String name, boolean absent) {
        return integer(name, absent ? 1 : 0) != 0;
    }

    public float real(String name, double absent) {
        AttributeProto a = attr(name, AttributeType.FLOAT);
        return a == null ? (float) absent : a.f();
    }

    public String text(String name, String absent) {
        AttributeProto a = attr(name, AttributeType.STRING);
        return a == null ? absent : a.string();
    }

    /** An integer list; null when absent. */
    public long[] integers(String name) {
        AttributeProto a = attr(name, AttributeType.INTS);
        return a == null ? null : a.ints();
    }

    public long[] needIntegers(String name) {
        return there(name, integers(name));
    }

    public float[] needReals(String name) {
        return there(name, reals(name));
    }

    public List<String> needTexts(String name) {
        return there(name, texts(name));
    }

    private static <T> T there(String name, T value) {
        if (value == null) {
            throw new LatheException("", "attribute " + name + " is missing");
        }
        return value;
    }

    public int[] ints(String name, int... absent) {
        long[] a = integers(name);
        if (a == null) {
            return absent;
        }
        int[] r = new int[a.length];
        for (int i = 0; i < r.length; i++) {
            if (a[i] != (int) a[i]) {
                throw new LatheException("", "attribute " + name + " holds " + a[i] + ", which is out of range");
            }
            r[i] = (int) a[i];
        }
        return r;
    }

    public float[] reals(String name) {
        AttributeProto a = attr(name, AttributeType.FLOATS);
        return a == null ? null : a.floats();
    }

    public List<String> texts(String name) {
        AttributeProto a = attr(name, AttributeType.STRINGS);
        return a == null ? null : a.stringList();
    }

    public Tensor tensor(String name) {
        AttributeProto a = proto.attribute(name);
        if (a == null) {
            absent.add("attribute " + name);
            return null;
        }
        return a.type() == AttributeType.SPARSE_TENSOR
                ? importer.decoder().decode(a.sparseTensor())
                : importer.decoder().decode(attr(name, AttributeType.TENSOR).t());
    }

    public GraphProto graph(String name) {
        AttributeProto a = attr(name, AttributeType.GRAPH);
        if (a == null) {
            throw new LatheException("", "attribute " + name + " is missing");
        }
        return a.g();
    }

    /** ONNX's names of its first element types, in the order of their numbers. */
    private static final List<String> TYPE_NAMES = List.of("UNDEFINED", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "STRING", "BOOL",
            "FLOAT16", "DOUBLE", "UINT32", "UINT64", "COMPLEX64", "COMPLEX128");

    /** An ONNX element type number as an attribute; before opset 6 it may be a name. */
    public ElementType type(String name, ElementType absent) {
        AttributeProto named = proto.attribute(name);
        if (named != null && named.type() == AttributeType.STRING) {
            return importer.elementType(TYPE_NAMES.indexOf(named.string()));
        }
        AttributeProto a = attr(name, AttributeType.INT);
        return a == null ? absent : importer.elementType((int) a.i());
    }

    /** An attribute that is a type. */
    public Type valueType(String name) {
        AttributeProto a = attr(name, AttributeType.TYPE_PROTO);
        if (a == null) {
            throw new LatheException("", "attribute " + name + " is missing");
        }
        return importer.elementOf(a.typeProto(), name);
    }

    /** Attribute {@code name} as an axis of a tensor of rank {@code rank}. */
    public int axis(String name, long absent, int rank) {
        return axis(integer(name, absent), rank);
    }

    public int axis(long a, int rank) {
        long n = a < 0 ? a + rank : a;
        if (n < 0 || n >= Math.max(1, rank)) {
            throw new LatheException("", "axis " + a + " is out of range for rank " + rank);
        }
        return (int) n;
    }

    // ---- results ------------------------------------------------------------------------------------------------

    /** True when result {@code i} is named. */
    public boolean wants(int i) {
        return i < proto.outputs().size() && !proto.outputs().get(i).isEmpty();
    }

    public int outputs() {
        return proto.outputs().size();
    }

    public void out(Value v) {
        out(0, v);
    }

    public void out(int i, Value v) {
        if (wants(i)) {
            scope.put(proto.outputs().get(i), v);
        }
    }

    /** The type that the model declares for result {@code i}, or null. */
    public Type declared(int i) {
        return wants(i) ? importer.declared(proto.outputs().get(i)) : null;
    }

    /** The rank that the model declares for result {@code i}, if only further on; -1 when it doesn't. */
    public int declaredRank(int i) {
        return wants(i) ? importer.declaredRank(proto.outputs().get(i)) : -1;
    }

    public Value op(String op, Value... a) {
        return builder.op(op, a);
    }

    public Value op(String op, Attrs attrs, Value... a) {
        return builder.op(op, attrs, a);
    }

    /** All results of an operation that binds the extents of its results; constants when the operands are. */
    public List<Value> binding(String op, Attrs attrs, Value... a) {
        return importer.binding(builder, op, attrs, Arrays.asList(a));
    }

    /** A constant of operand 0's element type. */
    public Value like(int i, double v) {
        return builder.scalar(elem(i), v);
    }

    // ---- regions ------------------------------------------------------------------------------------------------

    /** Reads a nested graph's nodes into {@code into}; returns its outputs. @param args what its inputs stand for, in order */
    public List<Value> body(GraphProto g, GraphBuilder into, List<Value> args) {
        return importer.body(g, into, scope, args);
    }

    public LatheException unsupported(String what) {
        return new LatheException("", what + " is not supported");
    }
}
