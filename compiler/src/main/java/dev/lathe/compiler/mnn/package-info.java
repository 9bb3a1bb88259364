/** From MNN's models to the compiler's own values. */
package dev.lathe.compiler.mnn;
