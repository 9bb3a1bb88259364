package dev.lathe.codegen.emit;

import dev.lathe.codegen.loop.Stmt;

/** Where steps and statements stand in the text that travels with the classes. 0 means unknown. */
public interface Lines {
    /** No lines at all. */
    Lines NONE = new Lines() {
        @Override
        public int stepLine(int flat) {
            return 0;
        }

        @Override
        public int stmtLine(Stmt s) {
            return 0;
        }

        @Override
        public String sourceFile() {
            return null;
        }
    };

    /** The line of the step with this number. */
    int stepLine(int flat);

    /** The line of this very statement (identity, not equality). */
    int stmtLine(Stmt s);

    /** What stack traces show as the file. */
    String sourceFile();
}
