/** MNN's operators by family, decomposed into core operations or into ONNX's where these mean the same. */
package dev.lathe.compiler.mnn.ops;
