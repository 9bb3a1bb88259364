/**
 * The reference interpreter of kernels and programs: what they mean, plainly. Compiled code is compared with it bit
 * for bit, so it shares nothing with class emission.
 */
package dev.lathe.codegen.interp;
