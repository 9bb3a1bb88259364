package dev.lathe.compiler;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.interp.Folds;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.text.GraphParser;
import dev.lathe.compiler.mnn.MnnImporter;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.compiler.onnx.OnnxImporter;
import dev.lathe.compiler.onnx.proto.OnnxFile;
import dev.lathe.compiler.paddle.PaddleImporter;
import dev.lathe.compiler.pass.GraphVerifier;
import dev.lathe.compiler.tensor.FileBytes;
import dev.lathe.compiler.tensor.FileKind;
import dev.lathe.compiler.tflite.TfliteImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The formats of models. A file's contents decide, not its name; only a broken text or program is known by its name. */
enum ModelFormat {
    ONNX {
        @Override
        Graph read(Path model, ImportOptions options) {
            return OnnxImporter.read(model, options, new Folds()::fold);
        }
    },
    PADDLE {
        @Override
        Graph read(Path model, ImportOptions options) {
            return PaddleImporter.read(model, options, new Folds()::fold);
        }
    },
    TFLITE {
        @Override
        Graph read(Path model, ImportOptions options) {
            return TfliteImporter.read(model, options, new Folds()::fold);
        }
    },
    MNN {
        @Override
        Graph read(Path model, ImportOptions options) {
            return MnnImporter.read(model, options, new Folds()::fold);
        }
    },
    TEXT {
        @Override
        Graph read(Path model, ImportOptions options) {
            if (options.dynamic() || !options.shapes().isEmpty() || !options.constants().isEmpty()) {
                throw new LatheException(model.toString(), "the shapes and inputs of a textual model can't be changed from outside",
                        "write them into the text, or give the options when the text is printed");
            }
            return GraphParser.read(model, GraphVerifier::check);
        }
    };

    private static final Pattern VERSION_LINE = Pattern.compile("(?s)\\A(\\s|//[^\n]*\n)*lathe\\s+\\d.*");
    private static final Pattern JSON_PROGRAM = Pattern.compile("\\s*\\{\\s*\"(base_code|program)\"");
    private static final List<String> NAMES = List.of("model.onnx", "model.lir", "__model__");
    private static final List<String> ENDINGS = List.of(".pdmodel", ".tflite", ".mnn");

    abstract Graph read(Path model, ImportOptions options);

    static ModelFormat of(Path model) {
        long size = FileBytes.size(model);
        ByteBuffer head = FileBytes.region(model, 0, Math.min(size, 1024));
        String text = StandardCharsets.ISO_8859_1.decode(head.duplicate()).toString();
        if (model.toString().endsWith(".lir") || VERSION_LINE.matcher(text).matches()) {
            return TEXT;
        }
        if (text.startsWith("TFL", 4)) {
            return TFLITE;
        }
        if (size >= 8 && MnnImporter.looksLike(model, size, head.order(ByteOrder.LITTLE_ENDIAN).getInt(0))) {
            return MNN;
        }
        if (JSON_PROGRAM.matcher(text).lookingAt() || text.isBlank() && model.toString().endsWith(".json")) {
            return PADDLE;
        }
        LatheException other = size == 0 ? null : FileKind.refusal(head, model.toString(), "a model that Lathe reads", FileKind.MODELS);
        if (other != null) {
            throw other;
        }
        // a program begins with its first block, an ONNX model with a version number
        if (text.startsWith("\n")) {
            return PADDLE;
        }
        return text.length() > 1 && text.charAt(0) == 8 && text.charAt(1) != 0 ? ONNX : ofName(model);
    }

    private static ModelFormat ofName(Path model) {
        String name = model.getFileName().toString();
        if (name.endsWith(".tflite") || name.endsWith(".mnn")) {
            return name.endsWith(".mnn") ? MNN : TFLITE;
        }
        if (name.equals("__model__") || name.endsWith(".pdmodel") || name.endsWith(".json")) {
            return PADDLE;
        }
        if (!name.endsWith(".onnx") && FileBytes.size(model) > 0) {
            checkOnnx(model);
        }
        return ONNX;
    }

    /** Fields may come in any order; where neither name nor contents speak for a model, a damaged one would be the wrong guess. */
    private static void checkOnnx(Path model) {
        try {
            OnnxFile.model(model);
        } catch (LatheException e) {
            ByteBuffer head = FileBytes.region(model, 0, Math.min(FileBytes.size(model), 8));
            StringBuilder bytes = new StringBuilder();
            while (head.hasRemaining()) {
                bytes.append(String.format(" %02x", head.get()));
            }
            throw new LatheException(model.toString(), "the file is no model that is known; it begins with the bytes" + bytes, FileKind.MODELS);
        }
    }

    // other files with this ending lie beside models, too
    private static boolean isJsonProgram(Path f) {
        return f.toString().endsWith(".json") && JSON_PROGRAM.matcher(head(f)).lookingAt();
    }

    private static String head(Path f) {
        return StandardCharsets.ISO_8859_1.decode(FileBytes.region(f, 0, Math.min(FileBytes.size(f), 1024))).toString();
    }

    static Path modelIn(Path folder) {
        Path named = NAMES.stream().map(folder::resolve).filter(Files::isRegularFile).findFirst().orElse(null);
        if (named != null) {
            return named;
        }
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> programs = files.filter(f -> Files.isRegularFile(f) && (ENDINGS.stream().anyMatch(f.toString()::endsWith) || isJsonProgram(f))).sorted().toList();
            return programs.isEmpty() ? null : programs.get(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
