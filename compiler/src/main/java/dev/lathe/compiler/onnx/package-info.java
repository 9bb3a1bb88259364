/** From ONNX files to the compiler's own values. */
package dev.lathe.compiler.onnx;
