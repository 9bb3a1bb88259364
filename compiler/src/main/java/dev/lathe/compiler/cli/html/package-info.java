/** The page of {@code inspect --html}: what it shows, as JSON, and the one file that it is put into. */
package dev.lathe.compiler.cli.html;
