/** Looking at emitted classes: listings for golden files, and checks. Knows class files, nothing of how they are made. */
package dev.lathe.codegen.debug;
