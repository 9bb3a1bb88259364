/**
 * Passes over the graph IR: each is a pure function of a graph that keeps what the graph computes, the names of values
 * that stay, and every location. Knows operations by their rows and names; knows no kernels, buffers or targets, so
 * that no decision can depend on one.
 */
package dev.lathe.compiler.pass;
