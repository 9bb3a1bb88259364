/** PaddlePaddle 3's programs as JSON (PIR): read into the descriptions of version 2, whose operators then apply. */
package dev.lathe.compiler.paddle.pir;
