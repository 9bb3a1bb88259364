package dev.lathe.maven;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginTest {
    private static final String MODEL = """
            lathe 1
            graph @twice(%x: f32[N,2]) -> (%y) {
              %y: f32[N,2] = add(%x, %x)
              return %y
            }
            """;

    @TempDir
    Path dir;

    private ModelConfig model(String text) throws IOException {
        ModelConfig m = new ModelConfig();
        m.source = Files.writeString(dir.resolve("net.lir"), text).toFile();
        m.className = "a.b.Twice";
        m.targets = "portable";
        return m;
    }

    private Path jar() {
        return dir.resolve("net.jar");
    }

    private Tool.Answer compile(ModelConfig m) {
        List<String> line = new ArrayList<>(m.commandLine());
        line.addAll(List.of("-o", jar().toString()));
        return Tool.run(line);
    }

    @Test
    void unpacksTheTypedClassAsSource() throws IOException {
        Tool.Answer a = compile(model(MODEL));
        assertEquals(0, a.code(), a.text());
        Path classes = dir.resolve("classes");
        Path sources = dir.resolve("sources");
        List<Path> files = CompiledJar.unpack(jar(), classes, sources);
        assertTrue(Files.readString(sources.resolve("a/b/Twice.java")).contains("public float[] run(float[] x)"));
        assertTrue(Files.exists(classes.resolve("META-INF/lathe/a.b.Twice/stamp.properties")));
        assertTrue(Files.exists(classes.resolve("a/b/Twice$portable$0.class")), files.toString());
        // javac makes it of the source
        assertFalse(Files.exists(classes.resolve("a/b/Twice.class")));
        assertFalse(Files.exists(classes.resolve("META-INF/MANIFEST.MF")));
        for (Path f : files) {
            Files.setLastModifiedTime(f, FileTime.fromMillis(0));
        }
        for (Path f : CompiledJar.unpack(jar(), classes, sources)) {
            assertEquals(0, Files.getLastModifiedTime(f).toMillis(), f + " is written again");
        }
    }

    @Test
    void theFingerprintSeesModelWeightsLabelsAndOptions() throws IOException {
        ModelConfig m = model(MODEL);
        String first = Fingerprint.of(m);
        assertEquals(first, Fingerprint.of(m));
        Files.writeString(dir.resolve("unrelated.txt"), "x");
        assertEquals(first, Fingerprint.of(m));
        Files.writeString(dir.resolve("net.safetensors"), "x");
        String weights = Fingerprint.of(m);
        Files.writeString(dir.resolve("labels.txt"), "x");
        String labels = Fingerprint.of(m);
        m.targets = "avx2";
        String options = Fingerprint.of(m);
        Files.writeString(dir.resolve("data.bin"), "x");
        String named = Fingerprint.of(model(MODEL + "// data.bin\n"));
        Files.writeString(dir.resolve("data.bin"), "y");
        List<String> all = List.of(first, weights, labels, options, named, Fingerprint.of(model(MODEL + "// data.bin\n")));
        assertEquals(all.size(), all.stream().distinct().count(), all.toString());
    }

    @Test
    void aModelThatCannotBeCompiledGivesOneBlock() throws IOException {
        Tool.Answer a = compile(model(MODEL.replace("add(%x, %x)", "add(%x, %z)")));
        assertNotEquals(0, a.code());
        assertTrue(a.text().startsWith("error: ") && a.text().contains("net.lir:3") && a.text().contains("%z"), a.text());
        assertFalse(a.text().contains("\tat "), a.text());
        assertFalse(Files.exists(jar()));
    }

    @Test
    void picturesArePartOfTheModel() throws IOException {
        ModelConfig m = model(MODEL.replace("f32[N,2]", "f32[N,3,4,4]"));
        String tensors = Fingerprint.of(m);
        m.picture = new PictureConfig();
        m.picture.mean = "-0.5, 0.25,0";
        m.picture.fit = "pad";
        assertNotEquals(tensors, Fingerprint.of(m));
        Tool.Answer a = compile(m);
        assertEquals(0, a.code(), a.text());
        CompiledJar.unpack(jar(), dir.resolve("classes"), dir.resolve("sources"));
        String source = Files.readString(dir.resolve("sources/a/b/Twice.java"));
        assertTrue(source.contains("public float[] run(byte[] x, int width, int height)"), source);
        assertTrue(Files.readString(dir.resolve("classes/META-INF/lathe/a.b.Twice/stamp.properties")).contains("picture.mean=-0.5,0.25,0.0"));
    }

    @Test
    void theSourcesCompanionHoldsTheSource() throws IOException {
        ModelConfig m = model(MODEL);
        m.arguments = List.of("--sources");
        Tool.Answer a = compile(m);
        assertEquals(0, a.code(), a.text());
        try (ZipFile zip = new ZipFile(dir.resolve("net-sources.jar").toFile())) {
            String source = new String(zip.getInputStream(zip.getEntry("a/b/Twice.java")).readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(source.startsWith("package a.b;"), source);
        }
    }
}
