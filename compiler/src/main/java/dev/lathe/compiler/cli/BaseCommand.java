package dev.lathe.compiler.cli;

import java.io.PrintWriter;
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

    final CommandLine.ParameterException usage(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }
}
