/** PaddlePaddle's program format (framework.proto): one record a message. */
package dev.lathe.compiler.paddle.proto;
