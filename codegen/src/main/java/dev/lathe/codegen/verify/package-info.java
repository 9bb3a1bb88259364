/**
 * What must hold of kernels and programs beyond what their constructors check. Verifiers collect everything that is
 * wrong; they throw nothing. Run between stages: an error found here is the compiler's own.
 */
package dev.lathe.codegen.verify;
