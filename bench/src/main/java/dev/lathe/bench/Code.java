package dev.lathe.bench;

/** Which of a model's paths is measured; ONNX Runtime is told the extents of open dimensions for the static one only. */
public enum Code {
    /** compiled for the shapes of the inputs */
    STATIC,
    /** compiled for any shapes that the model admits */
    FALLBACK
}
