/** The text of the graph IR: what prints here parses back to an equal graph. */
package dev.lathe.compiler.ir.text;
