package dev.lathe.compiler.cli;

import dev.lathe.compiler.diag.LatheException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command: its way out, and progress. */
@Command(mixinStandardHelpOptions = true, versionProvider = LatheCommand.Version.class, sortOptions = false, showDefaultValues = false)
abstract class BaseCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Says what takes long, on a terminal only. */
    final void progress(String what) {
        if (System.console() != null) {
            err().print("\r\033[K" + what);
            err().flush();
        }
    }

    /** Refuses to write over what is read. */
    static void apart(Path output, Path... inputs) throws IOException {
        for (Path in : inputs) {
            if (output != null && in != null && Files.exists(output) && Files.exists(in) && Files.isSameFile(output, in)) {
                throw LatheException.wrongUse(output.toString(), "this is " + in + ", which is read: it would be written over", "give the output another name");
            }
        }
    }

    final CommandLine.ParameterException usage(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }
}
