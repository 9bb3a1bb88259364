/** The Maven plugin: goals that call Lathe's command line, and what makes them incremental. */
package dev.lathe.maven;
