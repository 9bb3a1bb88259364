/** The class that each compiled model gets, with its own name and typed methods: as bytes, and as Java source for people and IDEs. */
package dev.lathe.codegen.facade;
