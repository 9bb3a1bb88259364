/** Lathe beside other engines on the same models, inputs and threads. Knows all modules; nothing knows it. */
package dev.lathe.bench;
