package dev.lathe.compiler.cli;

import dev.lathe.compiler.Lathe;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/** The {@code lathe} program. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        int code = run(args, System.out, System.err);
        System.out.flush();
        // a thread that hangs in a model doesn't keep the program alive
        System.exit(code);
    }

    /** Runs one command and returns its exit code: 0 done, 1 the answer is no, 2 wrong usage, 3 a model can't be compiled or loaded. */
    public static int run(String[] args, PrintStream out, PrintStream err) {
        if (args.length == 1 && args[0].equals("--version")) {
            // the quick way: no command line to build
            out.println("lathe " + Lathe.VERSION);
            return Exit.DONE;
        }
        CommandLine line = new CommandLine(new LatheCommand());
        line.setOut(new PrintWriter(new java.io.OutputStreamWriter(out, StandardCharsets.UTF_8), true));
        line.setErr(new PrintWriter(new java.io.OutputStreamWriter(err, StandardCharsets.UTF_8), true));
        ImageOptions.register(line);
        line.setExpandAtFiles(false);
        line.setUsageHelpAutoWidth(true);
        line.setParameterExceptionHandler(new UsageErrors());
        line.setExecutionExceptionHandler((e, command, parsed) -> Failures.report(e, stacktrace(parsed), command.getErr()));
        try {
            return line.execute(args);
        } catch (StackOverflowError | OutOfMemoryError e) {
            return Failures.report(e, java.util.Arrays.asList(args).contains("--stacktrace"), line.getErr());
        } finally {
            line.getOut().flush();
            line.getErr().flush();
        }
    }

    private static boolean stacktrace(CommandLine.ParseResult parsed) {
        return parsed.originalArgs().contains("--stacktrace");
    }
}
