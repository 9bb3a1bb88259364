package dev.lathe.compiler.hostile;

import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.text.GraphPrinter;
import dev.lathe.compiler.models.TestModels;
import dev.lathe.compiler.onnx.ImportOptions;
import dev.lathe.compiler.mnn.MnnModel;
import dev.lathe.compiler.paddle.PaddleModels;
import dev.lathe.compiler.tflite.TfliteModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Sound models of every format, as the files that they are made of; the first is the one that is given to Lathe. */
final class FuzzSeeds {
    private static final long LARGEST = 64 << 10;

    record FileBytes(String name, byte[] bytes) {}

    private FuzzSeeds() {}

    /** Those that tests make, and the small models below {@code folders}, each in its own format and as Lathe's text. */
    static List<List<FileBytes>> all(List<Path> folders) throws IOException {
        List<List<FileBytes>> seeds = new ArrayList<>();
        for (HostileModels.Case c : HostileModels.all().values()) {
            byte[] b = c.compiles() ? c.bytes().get() : new byte[0];
            if (b.length > 0 && b.length < LARGEST) {
                seeds.add(List.of(new FileBytes("m.onnx", b)));
            }
        }
        List<Path> models = new ArrayList<>();
        List<Path> all = new ArrayList<>(folders);
        all.add(TestModels.FOLDER);
        for (Path f : all) {
            try (Stream<Path> files = Files.walk(f)) {
                files.filter(p -> p.toString().endsWith(".onnx")).sorted().forEach(models::add);
            }
        }
        for (Path m : models) {
            if (Files.size(m) < LARGEST && !m.toString().contains("unsupported")) {
                onnx(m, seeds);
            }
        }
        formats().values().forEach(seeds::addAll);
        return seeds;
    }

    /** Models of the formats beside ONNX and Lathe's own text, which tests make, by format. */
    static Map<String, List<List<FileBytes>>> formats() {
        Map<String, List<List<FileBytes>>> r = new TreeMap<>();
        r.put("mnn", MnnModel.all().stream().map(b -> List.of(new FileBytes("m.mnn", b))).toList());
        r.put("tflite", TfliteModels.all().stream().map(b -> List.of(new FileBytes("m.tflite", b))).toList());
        r.put("pdmodel", saved(PaddleModels.all(), "m.pdmodel"));
        r.put("json", saved(PaddleModels.json(), "m.json"));
        return r;
    }

    private static List<List<FileBytes>> saved(List<PaddleModels.Saved> programs, String name) {
        return programs.stream().map(p -> List.of(new FileBytes(name, p.program()), new FileBytes("m.pdiparams", p.parameters()))).toList();
    }

    private static void onnx(Path m, List<List<FileBytes>> seeds) throws IOException {
        Path data = m.resolveSibling("weights.bin");
        seeds.add(Files.isRegularFile(data) ? List.of(new FileBytes("m.onnx", Files.readAllBytes(m)), new FileBytes("weights.bin", Files.readAllBytes(data)))
                : List.of(new FileBytes("m.onnx", Files.readAllBytes(m))));
        try {
            String text = GraphPrinter.print(Lathe.read(m, ImportOptions.NONE));
            if (text.length() < LARGEST) {
                seeds.add(List.of(new FileBytes("m.lir", text.getBytes(StandardCharsets.UTF_8))));
            }
        } catch (LatheException e) {
            // not supported: a seed as it is
        }
    }

    /** A file of the model, damaged bytewise or in its own format's terms. */
    static List<FileBytes> damaged(List<FileBytes> model, long seed) {
        List<FileBytes> files = new ArrayList<>(model);
        int which = seed % 4 == 3 ? files.size() - 1 : 0;
        FileBytes f = files.get(which);
        boolean text = f.name.endsWith(".lir") || f.name.endsWith(".json");
        boolean wire = f.name.endsWith(".onnx") || f.name.endsWith(".pdmodel");
        boolean bytes = seed % 3 == 0 || !text && !wire || f.bytes.length == 0;
        byte[] b = f.bytes.length == 0 ? new byte[] {(byte) seed} : bytes ? Mutation.of(f.bytes, seed) : text ? TextMutation.of(f.bytes, seed) : WireMutation.of(f.bytes, seed);
        files.set(which, new FileBytes(f.name, b));
        return files;
    }
}
