/** From PaddlePaddle's static graphs to the compiler's own values. */
package dev.lathe.compiler.paddle;
