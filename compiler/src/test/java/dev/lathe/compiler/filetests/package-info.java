/**
 * Golden files: {@code src/test/filetests/<dir>/*.lir}, each the text of a graph or program with its test in comments.
 *
 * <pre>
 * // test roundtrip            a command and its options; several are allowed
 * //> text                     what the command gives, line by line; rewritten with -Dlathe.bless=true
 * //? text                     must occur in what it gives, in this order
 * //! text                     must not occur
 * ... //error: text            at the end of a line: an error there, whose message holds the text
 * </pre>
 */
package dev.lathe.compiler.filetests;
