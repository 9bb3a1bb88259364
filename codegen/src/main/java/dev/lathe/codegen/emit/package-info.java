/**
 * From a program to class files: kernels, steps, blocks of steps, and the class that the run time drives. Knows the
 * loop IR, the plan's offsets and what runtime-min offers; nothing of graphs or operators.
 */
package dev.lathe.codegen.emit;
