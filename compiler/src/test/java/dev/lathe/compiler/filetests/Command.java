package dev.lathe.compiler.filetests;

/** What a {@code // test <name>} line runs. */
@FunctionalInterface
public interface Command {
    /**
     * Runs the command.
     *
     * @return what is compared with the file's expectations
     * @throws dev.lathe.compiler.diag.LatheException when the input is wrong; compared with the file's errors
     */
    String run(Input input) throws Exception;

    /**
     * @param file with its golden text
     * @param options what follows the command's name, split at spaces
     */
    record Input(GoldenFile file, java.util.List<String> options) {
        /** The value of an option {@code name=value}, or {@code absent}. */
        public String option(String name, String absent) {
            for (String o : options) {
                if (o.startsWith(name + "=")) {
                    return o.substring(name.length() + 1);
                }
            }
            return absent;
        }
    }
}
