package dev.lathe.compiler.cli;

import java.io.PrintWriter;
import picocli.CommandLine;

/** Wrong usage: what is wrong, what was perhaps meant, and where the help is. */
final class UsageErrors implements CommandLine.IParameterExceptionHandler {
    @Override
    public int handleParseException(CommandLine.ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        String message = e.getMessage();
        err.println("error: " + Character.toLowerCase(message.charAt(0)) + message.substring(1));
        CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
        String name = command.getCommandSpec().qualifiedName();
        if (e instanceof CommandLine.MissingParameterException || command.getParent() != null) {
            err.println("  usage: " + command.getHelp().synopsis(0).strip().replaceAll("\\R\\s*", "\n         "));
        }
        err.println("  help: " + name + " --help");
        return Exit.USAGE;
    }
}
