/** The command line. It parses, calls {@link dev.lathe.compiler.Lathe} and shows; nothing outside may depend on it. */
package dev.lathe.compiler.cli;
