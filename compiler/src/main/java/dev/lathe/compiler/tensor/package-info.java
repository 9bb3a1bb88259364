/** Constant and recorded tensors, and the files that hold them. Knows nothing of graphs. */
package dev.lathe.compiler.tensor;
