/** Flatbuffers, as TensorFlow Lite and MNN write them. */
package dev.lathe.compiler.flat;
