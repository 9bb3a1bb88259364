/** The parser of the textual IR. ANTLR's run time is an automatic module: the name in its manifest. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module dev.lathe.grammar {
    requires transitive org.antlr.antlr4.runtime;

    exports dev.lathe.grammar;
}
