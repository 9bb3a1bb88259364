/** From TensorFlow Lite flatbuffers to the compiler's own values. */
package dev.lathe.compiler.tflite;
