/**
 * What generated code calls: mathematical functions, and helpers for what is irregular by nature (sorting, strings,
 * sequences). Copies of the classes that a model needs go into its jar, so they may use one another and the public
 * classes of runtime-min, and nothing else.
 */
package dev.lathe.codegen.lib;
