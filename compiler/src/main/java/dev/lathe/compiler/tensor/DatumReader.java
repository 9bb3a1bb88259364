package dev.lathe.compiler.tensor;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.onnx.TensorDecoder;
import dev.lathe.compiler.onnx.proto.MapProto;
import dev.lathe.compiler.onnx.proto.OnnxFile;
import dev.lathe.compiler.onnx.proto.OptionalProto;
import dev.lathe.compiler.onnx.proto.SequenceProto;
import dev.lathe.compiler.onnx.proto.SparseTensorProto;
import dev.lathe.compiler.onnx.proto.TensorProto;
import dev.lathe.runtime.ElementType;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads one data file and makes a datum of it. */
final class DatumReader {
    private final TensorDecoder decoder;
    private final String source;

    private DatumReader(Path file) {
        this.decoder = TensorDecoder.beside(file);
        this.source = file.toString();
    }

    static DataSet.Item read(int index, Path file, DatumKind kind) {
        DatumReader reader = new DatumReader(file);
        switch (kind) {
            case TENSOR -> {
                TensorProto p = OnnxFile.tensor(file);
                return new DataSet.Item(index, p.name(), file, reader.tensor(p));
            }
            case SPARSE_TENSOR -> {
                SparseTensorProto p = OnnxFile.sparseTensor(file);
                return new DataSet.Item(index, p.values().name(), file, reader.sparse(p));
            }
            case SEQUENCE -> {
                SequenceProto p = OnnxFile.sequence(file);
                return new DataSet.Item(index, p.name(), file, reader.sequence(p));
            }
            case OPTIONAL -> {
                OptionalProto p = OnnxFile.optional(file);
                return new DataSet.Item(index, p.name(), file, reader.optional(p));
            }
            case MAP -> {
                MapProto p = OnnxFile.map(file);
                return new DataSet.Item(index, p.name(), file, reader.map(p));
            }
        }
        throw new IllegalStateException(kind.toString());
    }

    private Datum tensor(TensorProto p) {
        return new Datum.TensorDatum(decoder.decode(p));
    }

    private Datum sparse(SparseTensorProto p) {
        return new Datum.TensorDatum(decoder.decode(p));
    }

    private Datum sequence(SequenceProto p) {
        List<Datum> elements = new ArrayList<>();
        p.tensors().forEach(t -> elements.add(tensor(t)));
        p.sparseTensors().forEach(t -> elements.add(sparse(t)));
        p.sequences().forEach(s -> elements.add(sequence(s)));
        p.maps().forEach(m -> elements.add(map(m)));
        p.optionals().forEach(o -> elements.add(optional(o)));
        int ofKind = switch (p.kind()) {
            // old writers leave the kind out; then all elements must be in one list, whichever
            case UNDEFINED -> Math.max(Math.max(p.tensors().size(), p.sparseTensors().size()),
                Math.max(p.sequences().size(), Math.max(p.maps().size(), p.optionals().size())));
            case TENSOR -> p.tensors().size();
            case SPARSE_TENSOR -> p.sparseTensors().size();
            case SEQUENCE -> p.sequences().size();
            case MAP -> p.maps().size();
            case OPTIONAL -> p.optionals().size();
        };
        if (ofKind != elements.size()) {
            throw new LatheException(source, "the file is damaged: a sequence of " + p.kind()
                + " with elements of another kind");
        }
        return new Datum.SequenceDatum(List.copyOf(elements));
    }

    private Datum optional(OptionalProto p) {
        List<Datum> values = new ArrayList<>();
        if (p.tensor() != null) {
            values.add(tensor(p.tensor()));
        }
        if (p.sparseTensor() != null) {
            values.add(sparse(p.sparseTensor()));
        }
        if (p.sequence() != null) {
            values.add(sequence(p.sequence()));
        }
        if (p.map() != null) {
            values.add(map(p.map()));
        }
        if (p.optional() != null) {
            values.add(optional(p.optional()));
        }
        if (values.size() > 1) {
            throw new LatheException(source, "the file is damaged: an optional with two values");
        }
        // a kind without a value is an absent value of that kind
        return new Datum.OptionalDatum(values.isEmpty() ? null : values.get(0));
    }

    private Datum map(MapProto p) {
        List<Datum> values = ((Datum.SequenceDatum) sequence(p.values())).elements();
        ElementType keyType = TensorProto.elementType(p.keyType());
        boolean strings = keyType == ElementType.STR;
        if (keyType == null || !strings && !keyType.isInteger()) {
            throw new LatheException(source, "the file is damaged: a map with keys of type " + p.keyType());
        }
        int count = strings ? p.stringKeys().size() : p.keys().length;
        if (count != values.size()) {
            throw new LatheException(source, "the file is truncated or damaged: a map with " + count + " keys and "
                + values.size() + " values");
        }
        int[] dims = {count};
        Tensor keys = strings ? new Tensor(ElementType.STR, dims, p.stringKeys().stream().map(this::text)
            .toArray(String[]::new)) : Tensor.ofLongs(dims, p.keys());
        return new Datum.MapDatum(keys, values);
    }

    private String text(ByteBuffer bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.duplicate()).toString();
        } catch (CharacterCodingException e) {
            throw new LatheException(source, "the file is damaged: a key is not valid UTF-8");
        }
    }
}
