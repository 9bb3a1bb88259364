package dev.lathe.codegen.jar;

import dev.lathe.runtime.Stamp;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/** Writes what {@link Stamp} reads. */
final class StampWriter {
    private StampWriter() {}

    /** The stamp's bytes; the ABI version is put first. */
    static byte[] write(Map<String, String> values) {
        StringBuilder s = new StringBuilder("abi=" + Stamp.ABI + "\n");
        for (Map.Entry<String, String> e : values.entrySet()) {
            s.append(escape(e.getKey()).replace("=", "\\=")).append('=').append(escape(e.getValue())).append('\n');
        }
        byte[] body = s.toString().getBytes(StandardCharsets.UTF_8);
        byte[] tail = Stamp.tail(body, body.length);
        byte[] all = Arrays.copyOf(body, body.length + tail.length);
        System.arraycopy(tail, 0, all, body.length, tail.length);
        return all;
    }

    private static String escape(String s) {
        return s.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }
}
