package dev.lathe.compiler.tensor;

import dev.lathe.compiler.diag.LatheException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** What a file looks like that is given as a model, or as data, and is neither: people give what lies beside it, or what a failed download left. */
public final class FileKind {
    /** The forms of models, for messages. */
    public static final String MODELS = "Lathe reads ONNX (.onnx), TensorFlow Lite (.tflite), MNN (.mnn), PaddlePaddle's static graphs (__model__, .pdmodel, .json)"
            + " and its own text (.lir)";

    private static final int HEAD = 1024;
    private static final String EXPORT = "export it to ONNX with the framework that made it: ";
    private static final String TORCH = "torch.onnx.export(model, example, \"model.onnx\")";
    private static final String UNPACK = "unpack it, and give the model's file";
    private static final String NONE = "";
    private static final String WANTED = "a model that Lathe reads, nor a jar that it made";

    /** The first bytes of a kind of file, in ISO 8859-1, what it is called, and what to do with it. */
    private record Row(int at, String bytes, String what, String help) {}

    private static final List<Row> ROWS = List.of(
            new Row(0, "version https://git-lfs", "a Git LFS pointer", "run: git lfs pull"),
            new Row(0, "PK\3\4", "a zip archive", UNPACK),
            new Row(0, "PK\5\6", "an empty zip archive", NONE),
            new Row(0, "\37\213", "a gzip archive", UNPACK),
            new Row(0, "BZh", "a bzip2 archive", UNPACK),
            new Row(0, "\u00fd7zXZ", "an xz archive", UNPACK),
            new Row(0, "\u0028\u00b5\u002f\u00fd", "a zstd archive", UNPACK),
            new Row(0, "7z\u00bc\u00af", "a 7z archive", UNPACK),
            new Row(257, "ustar", "a tar archive", UNPACK),
            new Row(0, "\u0089PNG", "a PNG picture", "pictures are inputs: lathe run MODEL --input FILE.png"),
            new Row(0, "\u00ff\u00d8\u00ff", "a JPEG picture", "pictures are inputs: lathe run MODEL --input FILE.jpg"),
            new Row(0, "GIF8", "a GIF picture", NONE),
            new Row(0, "RIFF", "a RIFF file, such as a WAV recording or a WebP picture", NONE),
            new Row(0, "\u00ff\u00fe", "text in UTF-16", "save it in UTF-8"),
            new Row(0, "%PDF", "a PDF document", NONE),
            new Row(0, "\u0089HDF", "an HDF5 file, as Keras writes it (.h5)", EXPORT + "python -m tf2onnx.convert --keras FILE.h5 --output model.onnx"),
            new Row(0, "\u0093NUMPY", "a NumPy array", "arrays are inputs: lathe run MODEL --input FILE.npy"),
            new Row(0, "GGUF", "a GGUF file, weights without a graph", NONE),
            new Row(0, "PAR1", "a Parquet file", NONE),
            new Row(0, "\u007fELF", "a program or library (ELF)", NONE),
            new Row(0, "MZ", "a Windows program or library", NONE),
            new Row(0, "\u00ca\u00fe\u00ba\u00be", "a Java class", NONE),
            new Row(4, "ORTM", "a model in ONNX Runtime's own format (.ort)", "give the .onnx file that it was made of"),
            new Row(0, "7767517", "an ncnn model", "give the ONNX file that it was made of"));

    // a node begins with its name, a block of PaddlePaddle's with its number
    private static final Pattern PROTOBUF_OF_TENSORFLOW = Pattern.compile("\n[\u0080-\u00ff]*[\0-\u007f]\n", Pattern.DOTALL);
    // a version, then a message; ONNX has the producer's name there
    private static final Pattern PROTOBUF_OF_APPLE = Pattern.compile("\b[\1-\u007f]\u0012[\u0080-\u00ff]*[\0-\u007f]\n", Pattern.DOTALL);

    private FileKind() {}

    /**
     * The refusal of a file that is known to be something else.
     *
     * @param wanted what it should have been, "an ONNX model"
     * @param help what is said where the kind of file has no advice of its own
     * @return null when the contents say nothing
     */
    public static LatheException refusal(ByteBuffer bytes, String source, String wanted, String help) {
        byte[] head = new byte[Math.min(bytes.remaining(), HEAD)];
        bytes.duplicate().get(head);
        String text = new String(head, StandardCharsets.ISO_8859_1);
        for (Row r : ROWS) {
            if (text.startsWith(r.bytes, r.at)) {
                return fault(source, r.what, wanted, r.help.isEmpty() ? help : r.help);
            }
        }
        // the length of the header, then the header
        if (text.startsWith("\0\0\0\0{\"", 4)) {
            return fault(source, "a safetensors file, weights without a graph", wanted, EXPORT + TORCH);
        }
        if (PROTOBUF_OF_TENSORFLOW.matcher(text).lookingAt()) {
            return fault(source, "a TensorFlow graph", wanted, EXPORT + "python -m tf2onnx.convert --help");
        }
        if (PROTOBUF_OF_APPLE.matcher(text).lookingAt()) {
            return fault(source, "a TensorFlow SavedModel or a Core ML model", wanted, EXPORT + "python -m tf2onnx.convert --saved-model FOLDER --output model.onnx");
        }
        // pickles of version 2 to 5
        if (text.length() > 2 && text.charAt(0) == 0x80 && text.charAt(1) >= 2 && text.charAt(1) <= 5) {
            return fault(source, "a Python pickle (.pt, .pth, .pkl, .pdparams)", wanted, EXPORT + TORCH);
        }
        return isText(head) ? fault(source, written(text.stripLeading()), wanted, help) : null;
    }

    /** The refusal of a zip file that is no jar with a compiled model. */
    public static LatheException zip(Path file, List<String> entries) {
        if (entries.stream().anyMatch(e -> e.endsWith("/data.pkl") || e.endsWith("/constants.pkl"))) {
            return fault(file.toString(), "a PyTorch file (weights, or TorchScript)", WANTED, EXPORT + TORCH);
        }
        if (entries.contains("model.weights.h5")) {
            return fault(file.toString(), "a Keras file", WANTED, EXPORT + "model.export(\"model.onnx\", format=\"onnx\")");
        }
        if (entries.stream().anyMatch(e -> e.endsWith(".npy"))) {
            return fault(file.toString(), "NumPy arrays (.npz)", WANTED, "inputs are single arrays, .npy");
        }
        boolean jar = entries.stream().anyMatch(e -> e.endsWith(".class"));
        return fault(file.toString(), jar ? "a jar without a compiled model" : "a zip archive", WANTED,
                jar ? "'lathe compile MODEL -o OUT.jar' makes one that holds a model" : UNPACK);
    }

    private static LatheException fault(String source, String what, String wanted, String help) {
        return new LatheException(source, "the file is " + what + ", not " + wanted, help);
    }

    private static String written(String text) {
        return text.startsWith("<?xml") ? "XML" : text.startsWith("<") ? "HTML or XML, perhaps the page of a download that failed" : text.startsWith("{") || text.startsWith("[") ? "JSON" : "text";
    }

    /** True for what holds no control characters but those of lines, and at least a line's worth of others. */
    private static boolean isText(byte[] head) {
        for (byte b : head) {
            if (b >= 0 && b < ' ' && b != '\n' && b != '\r' && b != '\t' && b != '\f' || b == 0x7f) {
                return false;
            }
        }
        return head.length >= 4;
    }
}
