/**
 * The ONNX file format: a protobuf wire reader and one record a message. Knows nothing of operators or of the
 * compiler's graphs.
 */
package dev.lathe.compiler.onnx.proto;
