package dev.lathe.compiler.onnx;

/** Reads one ONNX operator: decomposes it into core operations. */
@FunctionalInterface
public interface OpImport {
    void read(NodeImport n);
}
