package dev.lathe.codegen.jar;

import dev.lathe.runtime.Checksum;
import dev.lathe.runtime.ModelImage;
import dev.lathe.runtime.Stamp;
import dev.lathe.runtime.Target;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes jars, or the same in memory. Equal contents give equal bytes. */
public final class JarWriter {
    private static final String MANIFEST = "META-INF/MANIFEST.MF";
    // the earliest time that a zip file can express, in no time zone
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    /** Entries of so many bytes are not worth the time of the last level of compression. */
    private static final int LONG = 1 << 16;

    /** A jar of so many bytes is one of very many like steps: three times the time of a lower level would make it four percent smaller. */
    private static final long HUGE = 1 << 24;

    private static final int QUICK = 4;

    private final JarContents contents;
    private final WeightFile weights;
    private final String weightsEntry;
    private final Map<String, byte[]> entries = new TreeMap<>();
    private final long weightsCrc;
    private final boolean huge;

    private JarWriter(JarContents given) {
        this.contents = Library.bundled(given);
        this.weightsEntry = Stamp.folder(contents.id()) + "weights.bin";
        Set<ConstLayout> layouts = new LinkedHashSet<>();
        for (JarContents.Path p : contents.paths()) {
            p.variants().values().forEach(v -> layouts.add(v.layout().consts()));
        }
        weights = new WeightFile(layouts);
        Map<String, String> stamp = stamp();
        Sums sums = new Sums();
        if (weights.size() > 0) {
            try {
                weights.write(sums);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            stamp.put("entry." + weightsEntry, weights.size() + " " + sums.checksum.text());
            stamp.put("weights.sha256", HexFormat.of().formatHex(sums.digest.digest()));
        }
        weightsCrc = sums.crc.getValue();
        entries.forEach((name, bytes) -> stamp.put("entry." + name, bytes.length + " " + Checksum.of(bytes, bytes.length)));
        huge = entries.values().stream().mapToLong(b -> b.length).sum() > HUGE;
        entries.put(Stamp.entry(contents.id()), StampWriter.write(stamp));
        entries.put(MANIFEST, manifest());
    }

    /** Writes a jar; the file appears whole or not at all. */
    public static void write(Path out, JarContents contents) throws IOException {
        JarWriter w = new JarWriter(contents);
        WholeFile.write(out, w::write);
    }

    /** Writes a jar to a stream, which stays open. */
    public static void write(OutputStream out, JarContents contents) throws IOException {
        new JarWriter(contents).write(out);
    }

    /** What the jar would hold, in memory, for {@code Model.of(image, contents.id())}. */
    public static ModelImage image(JarContents contents) {
        JarWriter w = new JarWriter(contents);
        Map<String, byte[]> all = new TreeMap<>(w.entries);
        if (w.weights.size() > 0) {
            ByteArrayOutputStream b = new ByteArrayOutputStream(Math.toIntExact(w.weights.size()));
            try {
                w.weights.write(b);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            all.put(w.weightsEntry, b.toByteArray());
        }
        return name -> {
            byte[] b = all.get(name);
            return b == null ? null : new ByteArrayInputStream(b);
        };
    }

    private Map<String, String> stamp() {
        String folder = Stamp.folder(contents.id());
        Map<String, String> stamp = new LinkedHashMap<>();
        stamp.put("id", contents.id());
        stamp.put("name", contents.name());
        stamp.putAll(contents.properties());
        stamp.put("targets", String.join(",", targets().stream().map(Target::text).toList()));
        stamp.put("paths", "" + contents.paths().size());
        contents.classes().forEach((name, bytes) -> entries.put(classEntry(name), bytes));
        contents.texts().forEach((name, text) -> entries.put(folder + textName(name), text.getBytes(StandardCharsets.UTF_8)));
        List<byte[]> plans = new ArrayList<>();
        for (int p = 0; p < contents.paths().size(); p++) {
            JarContents.Path path = contents.paths().get(p);
            stamp.put("path." + p, path.name());
            for (Map.Entry<Target, JarContents.Variant> e : path.variants().entrySet()) {
                JarContents.Variant v = e.getValue();
                String key = "variant." + p + "." + e.getKey().text() + ".";
                String plan = "plan" + number(plans, PlanWriter.write(v.layout(), weights, v.lines())) + ".bin";
                entries.put(folder + plan, plans.get(Integer.parseInt(plan.substring(4, plan.length() - 4))));
                stamp.put(key + "class", v.className());
                stamp.put(key + "classes", String.join(",", v.classes().keySet()));
                stamp.put(key + "plan", plan);
                v.classes().forEach((name, bytes) -> entries.put(classEntry(name), bytes));
            }
        }
        return stamp;
    }

    /** The index of equal bytes in the list, added when they are new: targets that differ in nothing share a plan. */
    private static int number(List<byte[]> list, byte[] bytes) {
        for (int i = 0; i < list.size(); i++) {
            if (Arrays.equals(list.get(i), bytes)) {
                return i;
            }
        }
        list.add(bytes);
        return list.size() - 1;
    }

    private Set<Target> targets() {
        Map<Target, Integer> count = new EnumMap<>(Target.class);
        contents.paths().forEach(p -> p.variants().keySet().forEach(t -> count.merge(t, 1, Integer::sum)));
        count.values().removeIf(n -> n < contents.paths().size());
        if (count.isEmpty()) {
            throw new IllegalArgumentException("no target has code for all paths of " + contents.id());
        }
        return count.keySet();
    }

    private static String classEntry(String name) {
        return name.replace('.', '/') + ".class";
    }

    private static String textName(String name) {
        if (name.isEmpty() || name.contains("/") || name.contains("\\") || name.startsWith(".") || name.indexOf(0) >= 0) {
            throw new IllegalArgumentException("a text can't be called '" + name + "'");
        }
        return name;
    }

    private byte[] manifest() {
        StringBuilder s = new StringBuilder();
        for (String line : List.of("Manifest-Version: 1.0", "Automatic-Module-Name: " + contents.id())) {
            // lines hold 72 bytes; those that follow begin with a space
            byte[] b = line.getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < b.length; i += i == 0 ? 72 : 71) {
                s.append(i == 0 ? "" : "\r\n ").append(new String(b, i, Math.min(i == 0 ? 72 : 71, b.length - i), StandardCharsets.ISO_8859_1));
            }
            s.append("\r\n");
        }
        return s.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private void write(OutputStream stream) throws IOException {
        ZipOutputStream zip = new ZipOutputStream(stream);
        put(zip, MANIFEST, entries.get(MANIFEST));
        boolean weighed = weights.size() == 0;
        for (Map.Entry<String, byte[]> e : entries.entrySet()) {
            if (!weighed && e.getKey().compareTo(weightsEntry) > 0) {
                putWeights(zip);
                weighed = true;
            }
            if (!e.getKey().equals(MANIFEST)) {
                put(zip, e.getKey(), e.getValue());
            }
        }
        if (!weighed) {
            putWeights(zip);
        }
        zip.finish();
        zip.flush();
    }

    private void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        ZipEntry e = new ZipEntry(name);
        e.setTimeLocal(TIME);
        // the code of very many like steps is the worst that the last level can meet: eight times slower, and two percent smaller
        zip.setLevel(bytes.length < LONG ? Deflater.BEST_COMPRESSION : huge ? QUICK : Deflater.DEFAULT_COMPRESSION);
        zip.putNextEntry(e);
        zip.write(bytes);
        zip.closeEntry();
    }

    /** Weights hardly shrink when deflated, and load several times faster when not. */
    private void putWeights(ZipOutputStream zip) throws IOException {
        ZipEntry e = new ZipEntry(weightsEntry);
        e.setTimeLocal(TIME);
        e.setMethod(ZipEntry.STORED);
        e.setSize(weights.size());
        e.setCompressedSize(weights.size());
        e.setCrc(weightsCrc);
        zip.putNextEntry(e);
        weights.write(zip);
        zip.closeEntry();
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Takes all checksums of what is written. */
    private static final class Sums extends OutputStream {
        private final CRC32 crc = new CRC32();
        private final MessageDigest digest = digest();
        private final Checksum checksum = new Checksum();

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] b, int from, int n) {
            crc.update(b, from, n);
            digest.update(b, from, n);
            checksum.update(b, from, n);
        }
    }
}
