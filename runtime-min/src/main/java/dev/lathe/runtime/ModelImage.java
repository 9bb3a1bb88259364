package dev.lathe.runtime;

import java.io.IOException;
import java.io.InputStream;

/** A compiled model as a set of named byte sequences: the entries of a jar, or the same in memory. */
@FunctionalInterface
public interface ModelImage {
    /** The bytes of entry {@code name} ({@code com/acme/Digits.class}), or null when there is none. */
    InputStream open(String name) throws IOException;
}
