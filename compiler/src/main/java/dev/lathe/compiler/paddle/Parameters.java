package dev.lathe.compiler.paddle;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.onnx.proto.WireReader;
import dev.lathe.compiler.paddle.proto.VarDesc;
import dev.lathe.compiler.paddle.proto.VarDesc.TensorDesc;
import dev.lathe.compiler.tensor.FileBytes;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.compiler.tensor.TensorBytes;
import dev.lathe.runtime.ElementType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Reads a program's parameters: one file each under its own name, or all in one file in the order of their names.
 * Each is a version (u32), its levels of sequences (u64 and as many sized lists), a version (u32), the size of a
 * TensorDesc (i32), the TensorDesc, and the elements.
 */
final class Parameters {
    private static final List<String> COMBINED = List.of("params", "__params__", "weights", "__weights__", "model.pdiparams");
    private static final String AGAIN = "export or download the file again; it belongs to this very program";

    private Parameters() {}

    static Map<String, Tensor> read(Path program, List<VarDesc> wanted) {
        Map<String, Tensor> r = new HashMap<>();
        if (wanted.isEmpty()) {
            return r;
        }
        Path all = combined(program, wanted);
        if (all == null) {
            for (VarDesc v : wanted) {
                Path file = own(program, v.name());
                ByteBuffer b = FileBytes.whole(file).order(ByteOrder.LITTLE_ENDIAN);
                r.put(v.name(), one(b, v, file));
                end(b, file, v.name());
            }
            return r;
        }
        ByteBuffer b = FileBytes.whole(all).order(ByteOrder.LITTLE_ENDIAN);
        List<VarDesc> sorted = new ArrayList<>(wanted);
        sorted.sort(Comparator.comparing(VarDesc::name));
        for (VarDesc v : sorted) {
            r.put(v.name(), one(b, v, all));
        }
        end(b, all, sorted.get(sorted.size() - 1).name());
        return r;
    }

    private static void end(ByteBuffer b, Path file, String last) {
        if (b.hasRemaining()) {
            throw new LatheException(file + ": byte " + b.position(), b.remaining() + " bytes are left behind parameter \"" + last + "\"", AGAIN);
        }
    }

    private static Path own(Path program, String name) {
        Path folder = program.toAbsolutePath().getParent();
        try {
            Path file = folder.resolve(name).normalize();
            if (!file.startsWith(folder.normalize())) {
                throw new LatheException(program.toString(), "parameter \"" + name + "\" would stand outside the model's folder");
            }
            return file;
        } catch (InvalidPathException e) {
            throw new LatheException(program.toString(), "parameter \"" + name + "\" can't be the name of a file");
        }
    }

    /** The file with all parameters; null when each has its own. */
    private static Path combined(Path program, List<VarDesc> wanted) {
        Path folder = program.toAbsolutePath().getParent();
        String name = program.getFileName().toString();
        if (name.endsWith(".pdmodel") || name.endsWith(".json")) {
            Path beside = folder.resolve(name.replaceFirst("\\.(pdmodel|json)$", ".pdiparams"));
            if (Files.isRegularFile(beside)) {
                return beside;
            }
        }
        if (wanted.stream().allMatch(v -> Files.isRegularFile(own(program, v.name())))) {
            return null;
        }
        for (String n : COMBINED) {
            if (Files.isRegularFile(folder.resolve(n))) {
                return folder.resolve(n);
            }
        }
        // under another name: the only file that begins as parameters do
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> others = files.filter(f -> Files.isRegularFile(f) && !f.getFileName().equals(program.getFileName()) && begins(f)).sorted().toList();
            if (others.size() == 1 && wanted.stream().noneMatch(v -> others.get(0).equals(own(program, v.name())))) {
                return others.get(0);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> missing = wanted.stream().map(VarDesc::name).filter(n -> !Files.isRegularFile(own(program, n))).sorted().toList();
        throw new LatheException(program.toString(), missing.size() + " of " + wanted.size() + " parameters are not beside the program: "
                + String.join(", ", missing.subList(0, Math.min(3, missing.size()))) + (missing.size() > 3 ? ", ..." : ""),
                "put the parameters into the program's folder: one file each, or all in one (NAME.pdiparams for NAME.pdmodel, params for __model__)");
    }

    private static boolean begins(Path file) {
        long size = FileBytes.size(file);
        if (size < 20) {
            return false;
        }
        ByteBuffer b = FileBytes.region(file, 0, 4);
        return b.getInt(0) == 0 && !file.toString().endsWith(".pb");
    }

    private static Tensor one(ByteBuffer b, VarDesc v, Path file) {
        int start = b.position();
        try {
            version(b);
            long levels = b.getLong();
            for (long i = 0; i < levels; i++) {
                skip(b, b.getLong());
            }
            version(b);
            int size = b.getInt();
            TensorDesc d = TensorDesc.read(WireReader.of(take(b, size), file + " from byte " + start, "TensorDesc"));
            if (v.tensor() != null && v.tensor().dims().length > 0 && !fits(v.tensor().dims(), d.dims())) {
                throw new LatheException("", "it is " + Arrays.toString(d.dims()) + ", the program declares " + Arrays.toString(v.tensor().dims()), AGAIN);
            }
            ElementType type = DataTypes.of(d.dataType());
            int[] dims = new int[d.dims().length];
            long bytes = TensorBytes.size(type, 1);
            for (int i = 0; i < dims.length; i++) {
                if (d.dims()[i] < 0 || d.dims()[i] > Integer.MAX_VALUE) {
                    throw new LatheException("", "dimension " + i + " is " + d.dims()[i], AGAIN);
                }
                dims[i] = (int) d.dims()[i];
                bytes = Math.multiplyExact(bytes, d.dims()[i]);
            }
            return TensorBytes.decode(type, dims, take(b, bytes));
        } catch (java.nio.BufferUnderflowException | ArithmeticException | IllegalArgumentException e) {
            throw new LatheException(file + ": byte " + start, "the file is truncated or damaged at parameter \"" + v.name() + "\"", AGAIN);
        } catch (LatheException e) {
            throw e.within(file + ": parameter \"" + v.name() + "\"");
        }
    }

    private static boolean fits(long[] declared, long[] have) {
        if (declared.length != have.length) {
            return false;
        }
        for (int i = 0; i < have.length; i++) {
            if (declared[i] >= 0 && declared[i] != have[i]) {
                return false;
            }
        }
        return true;
    }

    private static void version(ByteBuffer b) {
        int version = b.getInt();
        if (version != 0) {
            throw new LatheException("", "byte " + (b.position() - 4) + " should be version 0, but is " + version, AGAIN);
        }
    }

    private static ByteBuffer take(ByteBuffer b, long size) {
        if (size < 0 || size > b.remaining()) {
            throw new java.nio.BufferUnderflowException();
        }
        ByteBuffer r = b.slice(b.position(), (int) size).order(ByteOrder.LITTLE_ENDIAN);
        b.position(b.position() + (int) size);
        return r;
    }

    private static void skip(ByteBuffer b, long size) {
        take(b, size);
    }
}
