package dev.lathe.compiler.cli;

import dev.lathe.codegen.jar.JarContents;
import dev.lathe.codegen.jar.JarWriter;
import dev.lathe.compiler.CompilerOptions;
import dev.lathe.compiler.Lathe;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.tensor.FileBytes;
import dev.lathe.compiler.tensor.FileKind;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A MODEL or JAR argument.
 *
 * @param signature which function of a model that has several; null: the first
 */
record ModelFile(Path path, boolean isJar, String signature) {
    /** Looks at the file's first bytes; a folder stands for the model in it. */
    static ModelFile of(Path given) {
        Path path = given;
        if (Files.isDirectory(given)) {
            path = Lathe.modelIn(given);
            if (path == null) {
                throw new LatheException(given.toString(), "there is no model in this folder", "name the model's file");
            }
        }
        long size = FileBytes.size(path);
        java.nio.ByteBuffer head = FileBytes.region(path, 0, Math.min(4, size));
        boolean zip = size >= 4 && head.getInt(0) == 0x04034b50;
        if (zip) {
            checkJar(path);
        }
        return new ModelFile(path, zip, null);
    }

    /** Other programs' models are zip files, too. */
    private static void checkJar(Path path) {
        try (ZipFile zip = new ZipFile(path.toFile())) {
            List<String> entries = zip.stream().map(ZipEntry::getName).toList();
            if (entries.stream().noneMatch(e -> e.startsWith("META-INF/lathe/"))) {
                throw FileKind.zip(path, entries);
            }
        } catch (IOException e) {
            throw FileBytes.damaged(path, "the file is a jar or another zip archive, and truncated or damaged", e);
        }
    }

    /** The same, refusing jars. */
    static ModelFile source(Path given) {
        ModelFile f = of(given);
        if (f.isJar()) {
            throw new LatheException(given.toString(), "this is a jar, or another zip file, and a model is needed", "name the ONNX file or text that it was made of");
        }
        return f;
    }

    /** This file with one of its functions chosen, by name unless that is null. */
    ModelFile withSignature(String name) {
        if (name != null && isJar) {
            throw LatheException.wrongUse(path.toString(), "--signature says how a model is read, and a jar is compiled already", "give --signature when compiling");
        }
        return new ModelFile(path, isJar, name);
    }

    /**
     * Loads a jar, or compiles a model in memory.
     *
     * @param target null for the best one
     */
    Model load(Target target, int threads, List<Map<String, int[]>> shapes) {
        ModelOptions options = ModelOptions.DEFAULT.withTarget(target).withThreads(threads);
        if (isJar) {
            if (!shapes.isEmpty()) {
                throw new LatheException(path.toString(), "the shapes of a jar are fixed", "give --shape when compiling");
            }
            return Model.load(path, options);
        }
        return load(compile(target, shapes), options.withTarget(target == null ? Target.best() : target));
    }

    /** Compiles a model in memory, for the best target where none is given. */
    JarContents compile(Target target, List<Map<String, int[]>> shapes) {
        return Lathe.compile(path, CompilerOptions.DEFAULT.withTargets(List.of(target == null ? Target.best() : target)).withShapes(shapes).withSignature(signature));
    }

    static Model load(JarContents contents, ModelOptions options) {
        return Model.of(JarWriter.image(contents), contents.id(), options);
    }

    /** The class labels: a file given, one {@code labels.txt} beside the model, those in the jar, or none. */
    List<String> labels(Path given, Model model) {
        String stamped = model == null ? null : model.stamp().get("labels");
        Path beside = path.resolveSibling("labels.txt");
        if (given == null && stamped != null) {
            return Arrays.asList(stamped.split("\n", -1));
        } else if (given == null && !Files.isRegularFile(beside)) {
            return List.of();
        }
        return readLabels(given == null ? beside : given);
    }

    static List<String> readLabels(Path file) {
        try {
            List<String> lines = Files.readString(file, StandardCharsets.UTF_8).lines().map(String::strip).toList();
            int n = lines.size();
            while (n > 0 && lines.get(n - 1).isEmpty()) {
                n--;
            }
            return lines.subList(0, n);
        } catch (java.nio.charset.CharacterCodingException e) {
            throw new LatheException(file.toString(), "the labels are not text in UTF-8");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
