package dev.lathe.compiler.onnx.proto;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.FileBytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
        byte[] head = new byte[Math.min(bytes.remaining(), 24)];
        bytes.duplicate().get(head);
        String text = new String(head, StandardCharsets.ISO_8859_1);
        if (text.startsWith("version https://git-lfs")) {
            throw new LatheException(source, "the file is a Git LFS pointer, not " + wanted, "run: git lfs pull");
        }
        String kind = text.startsWith("PK\3\4") ? "a zip archive"
            : text.startsWith("\37\213") ? "a gzip archive"
            : text.stripLeading().startsWith("<") ? "HTML or XML"
            : text.startsWith("{\"") ? "JSON"
            : null;
        if (kind != null) {
            throw new LatheException(source, "the file is " + kind + ", not " + wanted
                + ", or it is damaged", "unpack it or download the model itself");
        }
    }
}
