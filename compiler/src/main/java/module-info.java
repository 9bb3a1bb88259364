/** The compiler and its command line; {@code dev.lathe.compiler.Lathe} holds the whole pipeline. */
module dev.lathe.compiler {
    requires transitive dev.lathe.codegen;
    requires info.picocli;
    // reads picture files
    requires java.desktop;
    // counts what threads allocate, for lathe bench
    requires jdk.management;

    exports dev.lathe.compiler;
    exports dev.lathe.compiler.cli;
    exports dev.lathe.compiler.diag;
    exports dev.lathe.compiler.ir;
    exports dev.lathe.compiler.ir.op;
    exports dev.lathe.compiler.ir.text;
    exports dev.lathe.compiler.onnx;
    exports dev.lathe.compiler.onnx.proto;
    exports dev.lathe.compiler.picture;
    exports dev.lathe.compiler.tensor;

    // options are fields that picocli fills in
    opens dev.lathe.compiler.cli to info.picocli;
}
