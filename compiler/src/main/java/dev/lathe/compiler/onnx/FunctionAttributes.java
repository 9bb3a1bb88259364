package dev.lathe.compiler.onnx;

import dev.lathe.compiler.onnx.proto.AttributeProto;
import dev.lathe.compiler.onnx.proto.FunctionProto;
import dev.lathe.compiler.onnx.proto.GraphProto;
import dev.lathe.compiler.onnx.proto.NodeProto;
import java.util.ArrayList;
import java.util.List;

/** Puts a call's attributes into the body of a function that refers to them. */
final class FunctionAttributes {
    private FunctionAttributes() {}

    static NodeProto bind(NodeProto n, List<String> inputs, NodeProto call, FunctionProto f) {
        List<AttributeProto> r = new ArrayList<>();
        for (AttributeProto a : n.attributes()) {
            if (!a.isReference()) {
                r.add(a.g() == null ? a : with(a, bind(a.g(), call, f)));
                continue;
            }
            AttributeProto given = call.attribute(a.refName());
            if (given == null) {
                given = f.attributeDefaults().stream().filter(d -> d.name().equals(a.refName())).findFirst().orElse(null);
            }
            // an attribute that nobody gives is absent
            if (given != null) {
                r.add(new AttributeProto(a.name(), "", a.docString(), given.type(), given.f(), given.i(), given.s(), given.t(), given.g(),
                        given.sparseTensor(), given.typeProto(), given.floats(), given.ints(), given.strings(), given.tensors(), given.graphs(),
                        given.sparseTensors(), given.typeProtos()));
            }
        }
        return new NodeProto(inputs, n.outputs(), n.name(), n.opType(), n.domain(), n.overload(), r, n.docString(), n.metadata());
    }

    // nodes of nested graphs may refer to the call's attributes, too
    private static GraphProto bind(GraphProto g, NodeProto call, FunctionProto f) {
        List<NodeProto> nodes = g.nodes().stream().map(n -> bind(n, n.inputs(), call, f)).toList();
        return new GraphProto(g.name(), nodes, g.initializers(), g.sparseInitializers(), g.inputs(), g.outputs(), g.valueInfo(), g.docString(), g.metadata());
    }

    private static AttributeProto with(AttributeProto a, GraphProto g) {
        return new AttributeProto(a.name(), a.refName(), a.docString(), a.type(), a.f(), a.i(), a.s(), a.t(), g, a.sparseTensor(), a.typeProto(), a.floats(),
                a.ints(), a.strings(), a.tensors(), a.graphs(), a.sparseTensors(), a.typeProtos());
    }
}
