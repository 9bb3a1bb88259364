package dev.lathe.compiler.hostile;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.CRC32;

/** Archives that readers of archives understand in different ways, made of a sound jar's entries: byte by byte, as no library writes them. */
final class HostileZips {
    private static final int LOCAL = 30;
    private static final int CENTRAL = 46;
    private static final int END = 22;
    private static final int LINK = 0120777 << 16;

    private HostileZips() {}

    /** An entry, what its two headers say of it, and where it stands. */
    private static final class Entry {
        final byte[] bytes;
        String name;
        String localName;
        int centralSize;
        int localSize;
        int crc;
        int attributes;
        byte[] extra = {};
        /** Where the directory says that the entry begins, if not where it does. */
        int from = -1;

        Entry(String name, byte[] bytes) {
            this.bytes = bytes;
            this.name = name;
            this.localName = name;
            this.centralSize = bytes.length;
            this.localSize = bytes.length;
            CRC32 c = new CRC32();
            c.update(bytes);
            this.crc = (int) c.getValue();
        }
    }

    /** By what they do, archives of {@code parts}; {@code some} is an entry that a run needs. */
    static Map<String, byte[]> all(Map<String, byte[]> parts, String some) {
        byte[] other = parts.get(some).clone();
        other[other.length / 2] ^= 1;
        Map<String, byte[]> r = new LinkedHashMap<>();
        r.put("stored, as it should be", zip(parts, l -> { }));
        r.put("twice the same name, the second changed", zip(parts, l -> l.add(new Entry(some, other))));
        r.put("twice the same name, the first changed", zip(parts, l -> l.add(0, new Entry(some, other))));
        r.put("names that differ by case alone", zip(parts, l -> l.add(0, new Entry(some.toUpperCase(java.util.Locale.ROOT), other))));
        r.put("a name that ends in a slash", zip(parts, l -> l.add(0, new Entry(some + "/", other))));
        r.put("a name with a backslash", zip(parts, l -> find(l, some).name = some.replace('/', '\\')));
        r.put("a name with NUL", zip(parts, l -> l.add(0, new Entry(some + "\0x", other))));
        r.put("another name in the local header", zip(parts, l -> find(l, some).localName = some.replace('/', '_')));
        r.put("another size in the local header", zip(parts, l -> find(l, some).localSize = 3));
        r.put("a smaller size in the directory", zip(parts, l -> find(l, some).centralSize = 3));
        r.put("a larger size in the directory", zip(parts, l -> find(l, some).centralSize += 100));
        r.put("a size of 4 GiB in the directory", zip(parts, l -> find(l, some).centralSize = -1));
        r.put("a size in an extra field of zip64", zip(parts, l -> wide(find(l, some), find(l, some).bytes.length)));
        r.put("a size of 2^62 in an extra field of zip64", zip(parts, l -> wide(find(l, some), 1L << 62)));
        r.put("a negative size in an extra field of zip64", zip(parts, l -> wide(find(l, some), -5)));
        r.put("an extra field that is longer than it is", zip(parts, l -> find(l, some).extra = new byte[] {1, 0, -1, 127}));
        r.put("another checksum in the headers", zip(parts, l -> find(l, some).crc ^= 1));
        r.put("entries that overlap", zip(parts, l -> find(l, some).from = 0));
        r.put("an entry that begins behind the end", zip(parts, l -> find(l, some).from = 1 << 30));
        r.put("entries that are symbolic links", zip(parts, l -> l.forEach(e -> e.attributes = LINK)));
        r.put("classes of later releases", zip(parts, l -> l.add(new Entry("META-INF/versions/17/" + some, other))));
        r.put("a manifest of a later release", zip(parts, l -> {
            l.removeIf(e -> e.name.equals("META-INF/MANIFEST.MF"));
            l.add(0, new Entry("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nMulti-Release: true\r\nClass-Path: ../../evil.jar http://localhost/evil.jar\r\n\r\nName: model/\r\nSealed: true\r\n\r\n"
                    .getBytes(StandardCharsets.UTF_8)));
            l.add(new Entry("META-INF/versions/17/" + some, other));
        }));
        r.put("a manifest without end", zip(parts, l -> {
            l.removeIf(e -> e.name.equals("META-INF/MANIFEST.MF"));
            l.add(0, new Entry("META-INF/MANIFEST.MF", "a: ".concat("x".repeat(100_000)).getBytes(StandardCharsets.UTF_8)));
        }));
        byte[] sound = zip(parts, l -> { });
        r.put("a script before the archive", join("#!/bin/sh\nexec java -jar \"$0\"\n".getBytes(StandardCharsets.UTF_8), sound));
        r.put("two archives in a row, the second of nothing", join(sound, end(0, 0, sound.length)));
        r.put("two archives in a row, the first of nothing", join(end(0, 0, 0), sound));
        r.put("noise behind the archive", join(sound, new byte[1000]));
        r.put("a directory of 65,535 entries", patched(sound, sound.length - END + 8, -1));
        r.put("a directory that begins elsewhere", patched(sound, sound.length - END + 16, 7));
        return r;
    }

    private static Entry find(List<Entry> all, String name) {
        return all.stream().filter(e -> e.name.equals(name)).findFirst().orElseThrow();
    }

    // the sizes stand in the extra field, and -1 where they would else stand
    private static void wide(Entry e, long size) {
        e.extra = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN).putShort((short) 1).putShort((short) 16).putLong(size).putLong(size).array();
        e.centralSize = -1;
    }

    private static byte[] zip(Map<String, byte[]> parts, Consumer<List<Entry>> change) {
        List<Entry> all = new ArrayList<>();
        parts.forEach((n, b) -> all.add(new Entry(n, b)));
        change.accept(all);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream directory = new ByteArrayOutputStream();
        for (Entry e : all) {
            int at = out.size();
            byte[] local = e.localName.getBytes(StandardCharsets.UTF_8);
            ByteBuffer h = little(LOCAL + local.length).putInt(0x04034b50).putShort((short) 20).putShort((short) 0x800).putShort((short) 0).putInt(0x21 << 16)
                    .putInt(e.crc).putInt(e.localSize).putInt(e.localSize).putShort((short) local.length).putShort((short) 0).put(local);
            out.writeBytes(h.array());
            out.writeBytes(e.bytes);
            byte[] name = e.name.getBytes(StandardCharsets.UTF_8);
            ByteBuffer c = little(CENTRAL + name.length + e.extra.length).putInt(0x02014b50).putShort((short) 0x31e).putShort((short) 45).putShort((short) 0x800)
                    .putShort((short) 0).putInt(0x21 << 16).putInt(e.crc).putInt(e.centralSize).putInt(e.centralSize).putShort((short) name.length)
                    .putShort((short) e.extra.length).putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt(e.attributes).putInt(e.from < 0 ? at : e.from)
                    .put(name).put(e.extra);
            directory.writeBytes(c.array());
        }
        int start = out.size();
        out.writeBytes(directory.toByteArray());
        out.writeBytes(end(all.size(), directory.size(), start));
        return out.toByteArray();
    }

    private static byte[] end(int entries, int size, int start) {
        return little(END).putInt(0x06054b50).putInt(0).putShort((short) entries).putShort((short) entries).putInt(size).putInt(start).putShort((short) 0).array();
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] join(byte[] a, byte[] b) {
        byte[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    private static byte[] patched(byte[] zip, int at, int value) {
        byte[] b = zip.clone();
        little(4).putInt(value).rewind().get(b, at, 4);
        return b;
    }
}
