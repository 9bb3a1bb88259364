package dev.lathe.compiler.cli;

import dev.lathe.compiler.Lathe;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What all commands share. */
@Command(
        name = "lathe",
        description = "Compiles neural networks to plain Java classes.",
        synopsisSubcommandLabel = "COMMAND",
        versionProvider = LatheCommand.Version.class,
        mixinStandardHelpOptions = true,
        subcommands = {CompileCommand.class, RunCommand.class, VerifyCommand.class, BenchCommand.class, InspectCommand.class, PrintCommand.class,
            AutoComplete.GenerateCompletion.class},
        footer = {"", "Examples:", "  lathe run model.onnx --input image=photo.png", "  lathe compile model.onnx -o model.jar",
            "  lathe verify model.jar --data test_data_set_0", "",
            "A MODEL is an ONNX, TensorFlow Lite or MNN file, a PaddlePaddle program (__model__, .pdmodel or .json, with its",
            "parameters beside it), Lathe's own text (.lir), or the folder of one; a JAR is what 'lathe compile' made of it.",
            "Exit codes: 0 done; 1 verification failed; 2 wrong usage; 3 the model can't be compiled, loaded or run.",
            "Shell completion: source <(lathe generate-completion)"})
final class LatheCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(names = "--stacktrace", scope = CommandLine.ScopeType.INHERIT, description = "On an error, also show where in Lathe it happened.")
    private boolean stacktrace;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "missing command: one of "
                + String.join(", ", spec.subcommands().keySet().stream().filter(n -> !n.equals("generate-completion")).toList()));
    }

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"lathe " + Lathe.VERSION};
        }
    }
}
