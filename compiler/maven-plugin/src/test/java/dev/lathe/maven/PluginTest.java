package dev.lathe.maven;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import org.apache.maven.plugin.logging.Log;
import org.apache.maven.plugin.logging.SystemStreamLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

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

    /** Who writes a pom has typed no option. */
    @Test
    void failuresSpeakOfElements() throws IOException {
        ModelConfig m = model(MODEL);
        m.targets = "sse";
        String said = PomWords.of(compile(m).text());
        assertTrue(said.startsWith("error: invalid value of <targets>: there is no target 'sse'"), said);
        assertFalse(said.contains("--") || said.contains("usage"), said);
        m.targets = "portable";
        m.picture = new PictureConfig();
        m.picture.size = "5";
        said = PomWords.of(compile(m).text());
        assertTrue(said.contains("<size>224x224</size>"), said);
        m.picture.size = null;
        m.picture.mean = "a";
        said = PomWords.of(compile(m).text());
        assertTrue(said.startsWith("error: invalid value of <mean>: 'a'"), said);
        assertEquals("give its shape with <shape>x=1x3x224x224</shape>\nor --stacktrace, say which one with <input>",
                PomWords.of("give its shape with --shape x=1x3x224x224\nor --stacktrace, say which one with --image"));
    }

    private static String fingerprint(ModelConfig m) throws IOException {
        return Fingerprint.of(m, m.commandLine());
    }

    @Test
    void theFingerprintSeesModelWeightsLabelsAndOptions() throws IOException {
        ModelConfig m = model(MODEL);
        String first = fingerprint(m);
        assertEquals(first, fingerprint(m));
        Files.writeString(dir.resolve("unrelated.txt"), "x");
        assertEquals(first, fingerprint(m));
        Files.writeString(dir.resolve("net.safetensors"), "x");
        String weights = fingerprint(m);
        Files.writeString(dir.resolve("labels.txt"), "x");
        String labels = fingerprint(m);
        m.targets = "avx2";
        String options = fingerprint(m);
        Files.writeString(dir.resolve("data.bin"), "x");
        String named = fingerprint(model(MODEL + "// data.bin\n"));
        Files.writeString(dir.resolve("data.bin"), "y");
        List<String> all = List.of(first, weights, labels, options, named, fingerprint(model(MODEL + "// data.bin\n")));
        assertEquals(all.size(), all.stream().distinct().count(), all.toString());
    }

    /** A folder is a source, too: its model may name files below it, and labels may stand elsewhere. */
    @Test
    void theFingerprintSeesWhatBelongsToAFolder() throws IOException {
        Path folder = Files.createDirectories(dir.resolve("folder"));
        Files.createDirectories(folder.resolve("weights/more"));
        Files.createDirectories(folder.resolve("test_data_set_0"));
        Files.writeString(folder.resolve("model.lir"), MODEL + "// weights/a.bin weights/more/b.bin\n");
        ModelConfig m = new ModelConfig();
        m.source = folder.toFile();
        String first = fingerprint(m);
        Files.writeString(folder.resolve("weights/unrelated"), "x");
        Files.writeString(folder.resolve("test_data_set_0/input_0.pb"), "x");
        assertEquals(first, fingerprint(m));
        List<String> all = new ArrayList<>(List.of(first));
        for (String name : List.of("folder/weights/a.bin", "folder/weights/more/b.bin", "names.txt")) {
            m.labels = name.equals("names.txt") ? dir.resolve(name).toFile() : null;
            for (String text : List.of("x", "y")) {
                Files.writeString(dir.resolve(name), text);
                all.add(fingerprint(m));
            }
        }
        Files.delete(dir.resolve("names.txt"));
        // that it is missing is for the compiler to say
        all.add(fingerprint(m));
        assertEquals(all.size(), all.stream().distinct().count(), all.toString());
    }

    /** A PaddlePaddle program's weights have names that it does not mention. */
    @Test
    void theFingerprintSeesTheWeightsOfAProgram() throws IOException {
        ModelConfig m = new ModelConfig();
        m.source = Files.writeString(dir.resolve("__model__"), "x").toFile();
        String first = fingerprint(m);
        Files.writeString(dir.resolve("params"), "x");
        assertNotEquals(first, fingerprint(m));
    }

    @Test
    void aJarIsMadeWhenItMustBe() throws IOException {
        ModelConfig m = model(MODEL);
        Path jar = dir.resolve("work/net.jar");
        List<String> said = new ArrayList<>();
        Log log = new SystemStreamLog() {
            @Override
            public void info(CharSequence line) {
                said.add(line.toString().replaceFirst(" .*", ""));
            }
        };
        assertEquals("", new Compilation(m, m.commandLine(), jar).make(log));
        byte[] made = Files.readAllBytes(jar);
        assertEquals("", new Compilation(m, m.commandLine(), jar).make(log));
        // a model that is broken for a while, and mended again
        model(MODEL.replace("%x, %x", "%x, %z"));
        assertTrue(new Compilation(m, m.commandLine(), jar).make(log).contains("%z"));
        model(MODEL);
        assertEquals("", new Compilation(m, m.commandLine(), jar).make(log));
        assertArrayEquals(made, Files.readAllBytes(jar));
        assertEquals(List.of("compiling", jar + ":", "a.b.Twice", "compiling", "compiling", jar + ":"), said);
    }

    @Test
    void aModelThatDepartsIsNamedWithItsDataAndARemedy() throws IOException {
        ModelConfig m = model(MODEL);
        String said = Verdict.of(m, new Tool.Answer(1, "FAILED test_data_set_0 (portable): output \"y\" element 3 is 1.0, not 2.0\n0 passed, 1 failed, 0 skipped\n", ""));
        assertTrue(said.startsWith("error: a.b.Twice does not compute what was recorded in " + dir + "\n  FAILED test_data_set_0"), said);
        assertTrue(said.contains("\n  model: " + m.source + "\n  help: "), said);
        // what stands in the way of a comparison is no departure
        said = Verdict.of(m, new Tool.Answer(1, "error: nothing was compared: no recorded data in [a]\n0 passed, 0 failed, 0 skipped", ""));
        assertEquals("error: nothing was compared: no recorded data in [a]\n  model: a.b.Twice, " + m.source, said);
        said = Verdict.of(m, Tool.run(List.of("verify", m.source.getPath(), "--target", "sse")));
        assertTrue(said.startsWith("error: invalid value of lathe.verify.targets: there is no target 'sse'") && said.lines().count() == 2, said);
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
        String tensors = fingerprint(m);
        m.picture = new PictureConfig();
        m.picture.mean = "-0.5, 0.25,0";
        m.picture.fit = "pad";
        assertNotEquals(tensors, fingerprint(m));
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

    @Test
    void everyOptionOfTheCommandHasAnElement() throws IOException {
        ModelConfig m = model(MODEL);
        m.shapes = List.of("x=1x2");
        m.labels = dir.resolve("names.txt").toFile();
        m.winograd = false;
        m.steps = true;
        m.signature = "serve";
        m.dump = dir.resolve("steps").toFile();
        m.picture = new PictureConfig();
        m.picture.input = "x";
        m.picture.channels = "rgb";
        m.picture.scale = m.picture.mean = m.picture.std = m.picture.central = m.picture.fill = "1";
        m.picture.size = "4x4";
        m.picture.resize = "nearest";
        m.picture.fit = "crop";
        m.picture.layout = "nchw";
        Set<String> given = m.commandLine().stream().filter(w -> w.startsWith("--")).map(w -> w.replaceFirst("=.*", "")).collect(Collectors.toCollection(TreeSet::new));
        // the jar's name, the source (which the plugin unpacks), and what ends or explains a command
        given.addAll(List.of("--output", "--sources", "--stop-after", "--help", "--version", "--stacktrace"));
        Set<String> known = Pattern.compile("(?m)^ +(?:-., )?(--[a-z-]+)").matcher(Tool.run(List.of("compile", "--help")).out()).results()
                .map(r -> r.group(1)).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(known, given);
    }

    @Test
    void theVerificationHasItsTolerance() throws IOException {
        ModelConfig m = model(MODEL);
        m.data = List.of(dir.resolve("a").toFile(), dir.resolve("b").toFile());
        m.rtol = 0.5;
        m.atol = 1e-7;
        assertEquals(List.of("--data", dir.resolve("a").toString(), "--data", dir.resolve("b").toString(), "--rtol", "0.5", "--atol", "1.0E-7",
                "--source", m.source.getPath()), m.verification());
        m.recordingOnly = true;
        assertEquals(List.of("--atol", "1.0E-7", "--recording-only"), m.verification().subList(6, 9));
        m.data = List.of();
        assertEquals(List.of("--data", dir.toString()), m.verification().subList(0, 2));
    }

    @Test
    void whatIsNotMadeAnyMoreIsTakenAway() throws IOException {
        Path classes = Files.createDirectories(dir.resolve("classes"));
        Path resources = dir.resolve("resources");
        Path sources = dir.resolve("sources");
        UnpackedFiles files = new UnpackedFiles(dir.resolve("work/files.txt"), classes);
        List<Path> old = List.of(write(sources, "a/Old.java"), write(resources, "a/Old$avx2$0.class"), write(resources, "META-INF/lathe/a.Old/plan"));
        List<Path> kept = List.of(write(sources, "a/New.java"), write(resources, "a/New$portable$0.class"));
        List<Path> copies = List.of(write(classes, "a/Old.class"), write(classes, "a/Old$Results.class"), write(classes, "a/Old$avx2$0.class"),
                write(classes, "META-INF/lathe/a.Old/plan"));
        List<Path> own = List.of(write(classes, "a/Older.class"), write(classes, "a/New.class"), write(resources, "of-another-execution"));
        files.replace(Set.copyOf(Stream.concat(old.stream(), kept.stream()).toList()), resources, sources);
        files.replace(Set.copyOf(kept), resources, sources);
        for (Path p : Stream.concat(old.stream(), copies.stream()).toList()) {
            assertFalse(Files.exists(p), p.toString());
        }
        for (Path p : Stream.concat(kept.stream(), own.stream()).toList()) {
            assertTrue(Files.exists(p), p.toString());
        }
    }

    private static Path write(Path folder, String name) throws IOException {
        Path p = folder.resolve(name);
        Files.createDirectories(p.getParent());
        return Files.writeString(p, name);
    }

    /** What Eclipse's m2e takes of a plugin's own mapping: its reader refuses elements that it does not know. There is no published schema; this says what its guide does. */
    private static final String MAPPING = """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
              <xs:element name="lifecycleMappingMetadata"><xs:complexType><xs:all>
                <xs:element name="pluginExecutions"><xs:complexType><xs:sequence><xs:element name="pluginExecution" maxOccurs="unbounded"><xs:complexType><xs:all>
                  <xs:element name="pluginExecutionFilter"><xs:complexType><xs:all>
                    <xs:element name="groupId" minOccurs="0"/><xs:element name="artifactId" minOccurs="0"/><xs:element name="versionRange" minOccurs="0"/>
                    <xs:element name="goals"><xs:complexType><xs:sequence><xs:element name="goal" type="xs:NCName" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
                  </xs:all></xs:complexType></xs:element>
                  <xs:element name="action"><xs:complexType><xs:choice>
                    <xs:element name="ignore"/>
                    <xs:element name="execute"><xs:complexType><xs:all>
                      <xs:element name="runOnIncremental" type="xs:boolean" minOccurs="0"/><xs:element name="runOnConfiguration" type="xs:boolean" minOccurs="0"/>
                    </xs:all></xs:complexType></xs:element>
                  </xs:choice></xs:complexType></xs:element>
                </xs:all></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>
              </xs:all></xs:complexType></xs:element>
            </xs:schema>
            """;

    @Test
    void eclipseIsToldWhatToRun() throws Exception {
        Path mapping = Path.of("target/classes/META-INF/m2e/lifecycle-mapping-metadata.xml");
        SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI).newSchema(new StreamSource(new StringReader(MAPPING))).newValidator()
                .validate(new StreamSource(mapping.toFile()));
        Document d = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(mapping.toFile());
        Set<String> goals = new TreeSet<>();
        for (int i = 0; i < d.getElementsByTagName("goal").getLength(); i++) {
            goals.add(d.getElementsByTagName("goal").item(i).getTextContent());
        }
        // the phases up to process-test-resources are Eclipse's affair; the goal of the phase verify is not
        assertEquals(Set.of("compile"), goals);
        String descriptor = Files.readString(Path.of("target/classes/META-INF/maven/plugin.xml"));
        assertTrue(Pattern.compile("<goal>compile</goal>.*?<phase>generate-resources</phase>", Pattern.DOTALL).matcher(descriptor).find(), descriptor);
    }
}
