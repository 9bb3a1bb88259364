package dev.lathe.compiler.cli.html;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.FileBytes;
import dev.lathe.runtime.Stamp;
import dev.lathe.runtime.Target;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** Puts what a compiled jar holds on a page: its stamp and the texts of its programs. */
public final class JarPrograms {
    private JarPrograms() {}

    public static void write(Path jar, Page page, Path profile, Path html) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            List<String> stamps = zip.stream().map(ZipEntry::getName).filter(n -> n.startsWith("META-INF/lathe/") && n.endsWith("/stamp.properties")).toList();
            if (stamps.size() != 1) {
                throw new LatheException(jar.toString(), stamps.isEmpty() ? "this is no jar that Lathe made: it has no stamp" : "the jar holds " + stamps.size() + " models",
                        "name a jar of one model");
            }
            String folder = stamps.get(0).substring(0, stamps.get(0).length() - "stamp.properties".length());
            Map<String, String> stamp = Stamp.read(bytes(zip, stamps.get(0)), jar + "!" + stamps.get(0));
            int paths = Integer.parseInt(stamp.getOrDefault("paths", "1"));
            String id = folder.substring("META-INF/lathe/".length(), folder.length() - 1);
            String simple = id.substring(id.lastIndexOf('.') + 1);
            for (Target t : Target.values()) {
                for (int i = 0; i < paths; i++) {
                    String entry = folder + simple + "-" + t.text() + (paths == 1 ? "" : "-" + i) + ".lir";
                    if (zip.getEntry(entry) != null) {
                        page.program(stamp.getOrDefault("path." + i, "any"), new String(bytes(zip, entry), StandardCharsets.UTF_8), entry);
                    }
                }
            }
            if (!page.hasPrograms()) {
                throw new LatheException(jar.toString(), "the jar holds no program texts", "inspect the model that it was made of");
            }
            if (profile != null) {
                page.profile(profile);
            }
            Map<String, String> facts = new TreeMap<>();
            facts.put("jar", jar.getFileName() + ", " + jar.toFile().length() + " bytes");
            stamp.forEach((k, v) -> {
                if (!k.startsWith("entry.") && !k.startsWith("variant.") && !k.startsWith("path")) {
                    facts.put(k, GraphData.cut(v.replace("\n", ", "), 200));
                }
            });
            page.write(html, stamp.getOrDefault("name", id), facts);
        } catch (ZipException | EOFException e) {
            throw FileBytes.damaged(jar, "the jar is truncated or damaged", e);
        }
    }

    private static byte[] bytes(ZipFile zip, String entry) throws IOException {
        return zip.getInputStream(zip.getEntry(entry)).readAllBytes();
    }
}
