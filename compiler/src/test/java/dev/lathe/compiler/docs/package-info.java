/** Pages under docs that are made from the compiler's tables. They know the tables, not what the rows do. */
package dev.lathe.compiler.docs;
