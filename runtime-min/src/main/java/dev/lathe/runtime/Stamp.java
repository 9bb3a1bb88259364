package dev.lathe.runtime;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The readable page of a jar that says what the model is and what the jar holds for it:
 * {@code META-INF/lathe/<id>/stamp.properties}. Lines of {@code key=value}; a backslash, line end, or equals sign in
 * a key is escaped by a backslash. The first line is the ABI version, the last one the {@link Checksum} of all before it.
 */
public final class Stamp {
    /** The contract between run time and generated code; a jar of another version is refused. */
    public static final int ABI = 3;

    private static final String SUM = "checksum=";

    private Stamp() {}

    /** The folder of a model's entries. */
    public static String folder(String id) {
        return "META-INF/lathe/" + id + "/";
    }

    /** The stamp's entry. */
    public static String entry(String id) {
        return folder(id) + "stamp.properties";
    }

    /** The last line, after {@code n} bytes. */
    public static byte[] tail(byte[] bytes, int n) {
        return (SUM + Checksum.of(bytes, n) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads a stamp.
     *
     * @param what names it in messages
     * @throws JarException when it is damaged or of another ABI version
     */
    public static Map<String, String> read(byte[] bytes, String what) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.indexOf('\n');
        if (!text.startsWith("abi=") || end < 0) {
            throw new JarException(what + " is damaged: it does not begin with its ABI version");
        }
        String abi = text.substring(4, end);
        if (!abi.equals("" + ABI)) {
            throw new JarException(what + ": the model was compiled for run-time ABI " + abi + " and this run time has ABI " + ABI
                    + "; compile the model again, or use the run time of the compiler's version");
        }
        int body = bytes.length - SUM.length() - 17;
        if (body < end || !Arrays.equals(tail(bytes, body), Arrays.copyOfRange(bytes, body, bytes.length))) {
            throw new JarException(what + " is truncated or damaged: its checksum does not match");
        }
        Map<String, String> values = new LinkedHashMap<>();
        String key = null;
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                char e = text.charAt(++i);
                s.append(e == 'n' ? '\n' : e == 'r' ? '\r' : e);
            } else if (c == '\n') {
                values.put(key == null ? "" : key, s.toString());
                key = null;
                s.setLength(0);
            } else if (c == '=' && key == null) {
                key = s.toString();
                s.setLength(0);
            } else {
                s.append(c);
            }
        }
        return Collections.unmodifiableMap(values);
    }
}
