package dev.lathe.runtime;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The readable page of a jar that says what the model is and what the jar holds for it:
 * {@code META-INF/lathe/<id>/stamp.properties}. Lines of {@code key=value}; a backslash, line end, or equals sign in
 * a key is escaped by a backslash. The first line is the ABI version, the last one the SHA-256 of all before it.
 */
public final class Stamp {
    /** The contract between run time and generated code; a jar of another version is refused. */
    public static final int ABI = 1;

    private static final String SUM = "checksum=";

    private final Map<String, String> values;

    private Stamp(Map<String, String> values) {
        this.values = Collections.unmodifiableMap(values);
    }

    /** The folder of a model's entries. */
    public static String folder(String id) {
        return "META-INF/lathe/" + id + "/";
    }

    /** The stamp's entry. */
    public static String entry(String id) {
        return folder(id) + "stamp.properties";
    }

    public Map<String, String> values() {
        return values;
    }

    /** The stamp's bytes; {@code abi} is put first. */
    public static byte[] write(Map<String, String> values) {
        StringBuilder s = new StringBuilder("abi=" + ABI + "\n");
        values.forEach((k, v) -> s.append(escape(k).replace("=", "\\=")).append('=').append(escape(v)).append('\n'));
        byte[] body = s.toString().getBytes(StandardCharsets.UTF_8);
        byte[] tail = (SUM + HexFormat.of().formatHex(sha256().digest(body)) + "\n").getBytes(StandardCharsets.UTF_8);
        byte[] all = java.util.Arrays.copyOf(body, body.length + tail.length);
        System.arraycopy(tail, 0, all, body.length, tail.length);
        return all;
    }

    /**
     * Reads a stamp.
     *
     * @param what names it in messages
     * @throws JarException when it is damaged or of another ABI version
     */
    public static Stamp read(byte[] bytes, String what) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.indexOf('\n');
        String abi = text.startsWith("abi=") && end > 0 ? text.substring(4, end) : null;
        if (abi == null) {
            throw new JarException(what + " is damaged: it does not begin with its ABI version");
        }
        if (!abi.equals("" + ABI)) {
            throw new JarException(what + ": the model was compiled for run-time ABI " + abi + " and this run time has ABI " + ABI
                    + "; compile the model again, or use the run time of the compiler's version");
        }
        int sum = text.lastIndexOf(SUM);
        int body = bytes.length - SUM.length() - 64 - 1;
        if (sum < 0 || body < 0 || !text.endsWith("\n")) {
            throw new JarException(what + " is truncated");
        }
        MessageDigest digest = sha256();
        digest.update(bytes, 0, body);
        if (!text.substring(sum).equals(SUM + HexFormat.of().formatHex(digest.digest()) + "\n")) {
            throw new JarException(what + " is damaged: its checksum does not match");
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (String line : text.substring(0, sum).split("\n")) {
            parse(line, values);
        }
        return new Stamp(values);
    }

    private static void parse(String line, Map<String, String> into) {
        StringBuilder s = new StringBuilder();
        String key = null;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\' && i + 1 < line.length()) {
                char e = line.charAt(++i);
                s.append(e == 'n' ? '\n' : e == 'r' ? '\r' : e);
            } else if (c == '=' && key == null) {
                key = s.toString();
                s.setLength(0);
            } else {
                s.append(c);
            }
        }
        if (key != null) {
            into.put(key, s.toString());
        }
    }

    private static String escape(String s) {
        return s.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    /** The value of {@code key}, or null. */
    public String get(String key) {
        return values.get(key);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
