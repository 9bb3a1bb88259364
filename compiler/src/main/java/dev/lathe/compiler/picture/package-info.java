/** Pictures as inputs: how pixels become what a model takes, as operations of its graph. Knows nothing of files and of decoding. */
package dev.lathe.compiler.picture;
