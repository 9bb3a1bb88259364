package dev.lathe.compiler.onnx.proto;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.FileBytes;
import dev.lathe.compiler.tensor.FileKind;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Reads the kinds of file that ONNX defines. */
public final class OnnxFile {
    private static final String AGAIN = "export or download the file again";

    private OnnxFile() {
    }

    public static ModelProto model(Path file) {
        return model(FileBytes.whole(file), file.toString());
    }

    /** @param source the file's name, for messages */
    public static ModelProto model(ByteBuffer bytes, String source) {
        requireProtobuf(bytes, source, "an ONNX model");
        ModelProto model = ModelProto.read(WireReader.of(bytes, source, "ModelProto"));
        if (model.graph() == null) {
            throw new LatheException(source, "the file is truncated or damaged, or not an ONNX model: it has no graph",
                AGAIN);
        }
        // operator sets came with version 3 of the format; exporters write them behind the graph
        if (model.irVersion() >= 3 && model.opsetImports().isEmpty()) {
            throw new LatheException(source,
                "the file is truncated or damaged: it doesn't say which operator sets it uses", AGAIN);
        }
        return model;
    }

    public static TensorProto tensor(Path file) {
        return tensor(FileBytes.whole(file), file.toString());
    }

    public static TensorProto tensor(ByteBuffer bytes, String source) {
        requireProtobuf(bytes, source, "a tensor");
        return TensorProto.read(WireReader.of(bytes, source, "TensorProto"));
    }

    public static SparseTensorProto sparseTensor(Path file) {
        return SparseTensorProto.read(WireReader.of(FileBytes.whole(file), file.toString(), "SparseTensorProto"));
    }

    /** An empty file is an empty sequence. */
    public static SequenceProto sequence(Path file) {
        return SequenceProto.read(WireReader.of(FileBytes.whole(file), file.toString(), "SequenceProto"));
    }

    /** An empty file is an absent value. */
    public static OptionalProto optional(Path file) {
        return OptionalProto.read(WireReader.of(FileBytes.whole(file), file.toString(), "OptionalProto"));
    }

    public static MapProto map(Path file) {
        return MapProto.read(WireReader.of(FileBytes.whole(file), file.toString(), "MapProto"));
    }

    /** The usual files that are something else get a message that says so. */
    private static void requireProtobuf(ByteBuffer bytes, String source, String wanted) {
        if (!bytes.hasRemaining()) {
            throw new LatheException(source, "the file is empty, so truncated or damaged; it should hold " + wanted,
                AGAIN);
        }
        LatheException other = FileKind.refusal(bytes, source, wanted, "download or export it again");
        if (other != null) {
            throw other;
        }
    }
}
