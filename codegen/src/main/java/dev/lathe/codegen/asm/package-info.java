/**
 * A small fluent layer over ASM: methods written as sequences of typed instructions with locals by name, labels, loops
 * and line numbers. Knows nothing of kernels, programs or neural networks; nothing outside this package names an ASM
 * visitor.
 */
package dev.lathe.codegen.asm;
