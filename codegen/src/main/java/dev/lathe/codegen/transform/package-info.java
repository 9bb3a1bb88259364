/**
 * Passes over the loop IR: from kernels written for any machine to kernels for one number of vector lanes. Each is
 * a pure, deterministic function of a kernel, and none changes a bit of any result.
 */
package dev.lathe.codegen.transform;
