package dev.lathe.runtime;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/** A compiled model as a set of named byte sequences: the entries of a jar, or the same in memory. */
@FunctionalInterface
public interface ModelImage {
    /** The bytes of entry {@code name} ({@code com/acme/Digits.class}), or null when there is none. */
    InputStream open(String name) throws IOException;

    /** An image in memory. */
    static ModelImage of(Map<String, byte[]> entries) {
        return name -> {
            byte[] b = entries.get(name);
            return b == null ? null : new ByteArrayInputStream(b);
        };
    }
}
