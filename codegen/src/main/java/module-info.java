/** The back end: loop IR and program, their text, and the classes and jars that are made of them. */
module dev.lathe.codegen {
    requires transitive dev.lathe.runtime;
    // what reads the texts is shared with the compiler
    requires transitive dev.lathe.grammar;
    requires org.objectweb.asm;
    requires org.objectweb.asm.commons;
    requires org.objectweb.asm.util;

    exports dev.lathe.codegen.debug;
    exports dev.lathe.codegen.dim;
    exports dev.lathe.codegen.emit;
    exports dev.lathe.codegen.facade;
    exports dev.lathe.codegen.interp;
    exports dev.lathe.codegen.jar;
    exports dev.lathe.codegen.lib;
    exports dev.lathe.codegen.loop;
    exports dev.lathe.codegen.program;
    exports dev.lathe.codegen.text;
    exports dev.lathe.codegen.transform;
    exports dev.lathe.codegen.verify;
}
