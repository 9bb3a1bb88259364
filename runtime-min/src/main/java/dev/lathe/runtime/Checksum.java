package dev.lathe.runtime;

import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * What a jar's entries are checked with when a model is loaded: two CRCs, 64 bits. The JVM computes them at memory
 * speed from its first second on, where a cryptographic digest takes longer than loading the whole model; against
 * forgery neither would help, since the stamp that holds it can be forged as well.
 */
public final class Checksum {
    private final CRC32 a = new CRC32();
    private final CRC32C b = new CRC32C();

    /** The checksum of nothing. */
    public Checksum() {}

    /** Adds {@code n} bytes. */
    public void update(byte[] bytes, int from, int n) {
        a.update(bytes, from, n);
        b.update(bytes, from, n);
    }

    /** 16 hexadecimal digits. */
    public String text() {
        return Long.toHexString(1L << 32 | a.getValue()).substring(1) + Long.toHexString(1L << 32 | b.getValue()).substring(1);
    }

    /** The checksum of an array's first {@code n} bytes. */
    public static String of(byte[] bytes, int n) {
        Checksum s = new Checksum();
        s.update(bytes, 0, n);
        return s.text();
    }
}
