package dev.lathe.compiler.cli;

import dev.lathe.compiler.Trace;
import dev.lathe.compiler.onnx.ImportOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "print",
        description = "Prints a model's graph as text.",
        customSynopsis = "lathe print MODEL [OPTIONS]",
        footer = {"", "Examples:", "  lathe print net.onnx | less", "  lathe print net.onnx -o net.lir        (big weights go to net.safetensors)",
            "  lathe print net.onnx --after fuse-epilogue", "", "The text is a model itself: edit it, then run or compile it."})
final class PrintCommand extends BaseCommand {
    @Parameters(paramLabel = "MODEL", description = "The model: ONNX, PaddlePaddle, TensorFlow Lite, MNN, or Lathe's text.")
    private Path model;

    @Option(names = "--after", paramLabel = "PASS", defaultValue = "import",
            description = "import, the name of a pass, or graph for all passes (default: import).")
    private String after;

    @Option(names = {"-o", "--output"}, paramLabel = "FILE", description = "Write to a file, with big weights in a safetensors file beside it.")
    private Path output;

    @Option(names = "--shape", paramLabel = "in=1x3x224x224", converter = Shapes.Converter.class, description = "Give inputs this shape.")
    private Shapes shape = new Shapes(Map.of());

    @Option(names = "--signature", paramLabel = "NAME", description = Signatures.OPTION)
    private String signature;

    @Override
    public Integer call() throws IOException {
        StageText.check(after, true);
        ModelFile file = ModelFile.source(model);
        ImportOptions options = new ImportOptions(shape.byInput(), false, Map.of()).withSignature(signature);
        StageText.write(StageText.graphAfter(file.path(), options, null, after, Trace.NONE), output, out());
        return Exit.DONE;
    }
}
