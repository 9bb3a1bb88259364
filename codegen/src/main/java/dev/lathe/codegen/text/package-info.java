/**
 * The text of programs and loop IR, and what the graph IR's text shares with it: names, numbers, dimensions, constant
 * data, syntax errors with their place. What prints here parses back to an equal value.
 */
package dev.lathe.codegen.text;
