/**
 * From programs and classes to a jar: where constants and symbols lie, the binary plan, weights, stamp, and the jar
 * itself. Knows what the run time reads; knows nothing of how classes are made or where programs come from.
 */
package dev.lathe.codegen.jar;
