package dev.lathe.compiler.onnx;

import dev.lathe.codegen.jar.WholeFile;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.onnx.proto.TensorProto;
import dev.lathe.compiler.onnx.proto.WireWriter;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.compiler.tensor.TensorBytes;
import dev.lathe.runtime.ElementType;
import java.io.IOException;
import java.nio.file.Path;

/** Makes ONNX's tensor messages of tensors: raw data in the element type's own width. */
public final class TensorEncoder {
    private TensorEncoder() {
    }

    /** @param name may be empty */
    public static WireWriter encode(Tensor tensor, String name) {
        WireWriter out = new WireWriter();
        if (tensor.rank() > 0) {
            long[] dims = new long[tensor.rank()];
            for (int i = 0; i < dims.length; i++) {
                dims[i] = tensor.dims()[i];
            }
            out.packed(1, dims);
        }
        out.int64(2, TensorProto.dataType(tensor.type()));
        if (tensor.type() == ElementType.STR) {
            for (String s : tensor.strings()) {
                out.string(6, s);
            }
        }
        if (!name.isEmpty()) {
            out.string(8, name);
        }
        if (tensor.type() != ElementType.STR) {
            out.bytes(9, TensorBytes.encode(tensor));
        }
        return out;
    }

    /** Writes a {@code .pb} file. */
    public static void write(Path file, Tensor tensor, String name) {
        try {
            WholeFile.write(file, encode(tensor, name).toBytes());
        } catch (IOException e) {
            throw new LatheException(file.toString(), "can't write the file: " + e);
        }
    }
}
