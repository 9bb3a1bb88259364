package dev.lathe.compiler.onnx;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.onnx.proto.SparseTensorProto;
import dev.lathe.compiler.onnx.proto.TensorProto;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.compiler.tensor.TensorBytes;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.NarrowFloats;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Makes tensors of ONNX's tensor messages, wherever and however the numbers are stored. */
public final class TensorDecoder {
    /** A dense copy of a sparse tensor is not bounded by the file's size; this bounds it. */
    private static final long MAX_SPARSE_ELEMENTS = 1 << 28;

    private final ExternalData external;

    /** @param folder the model's folder, against which external files are found; null where there is none */
    public TensorDecoder(Path folder) {
        this.external = new ExternalData(folder);
    }

    /** Decodes files beside {@code modelFile}. */
    public static TensorDecoder beside(Path modelFile) {
        return new TensorDecoder(modelFile.toAbsolutePath().getParent());
    }

    public Tensor decode(TensorProto proto) {
        String where = where(proto);
        ElementType type = TensorProto.elementType(proto.dataType());
        if (type == null) {
            throw new LatheException(where, proto.dataType() == 0 ? "the file is truncated or damaged: a tensor without a type"
                : "element type number " + proto.dataType() + " is not known");
        }
        if (proto.segmented()) {
            throw new LatheException(where, "the tensor is stored in segments, which is not supported",
                "save the model with whole tensors");
        }
        int[] dims = dims(proto.dims(), where);
        int count = Tensor.count(dims);
        if (type == ElementType.STR) {
            if (proto.external() || proto.raw().hasRemaining()) {
                throw new LatheException(where, "the file is damaged: strings can't be stored as raw data");
            }
            return new Tensor(type, dims, strings(proto.typed().strings(), count, where));
        }
        long size = TensorBytes.size(type, count);
        if (proto.external()) {
            return size == 0 ? TensorBytes.decode(type, dims, ByteBuffer.allocate(0))
                : TensorBytes.decode(type, dims, external.read(proto, size, where));
        }
        if (proto.raw().hasRemaining()) {
            if (proto.raw().remaining() != size) {
                throw new LatheException(where, "the file is truncated or damaged: " + type.text()
                    + Arrays.toString(dims) + " needs " + size + " bytes, raw_data has " + proto.raw().remaining());
            }
            return TensorBytes.decode(type, dims, proto.raw());
        }
        return typed(proto, type, dims, where);
    }

    /** The dense tensor; its size is limited, as a small file can describe a huge one. */
    public Tensor decode(SparseTensorProto proto) {
        Tensor values = decode(proto.values());
        Tensor indices = decode(proto.indices());
        String where = where(proto.values());
        int[] dims = dims(proto.dims(), where);
        int count = Tensor.count(dims);
        if (count > MAX_SPARSE_ELEMENTS) {
            throw new LatheException(where, "the sparse tensor has " + count + " elements; the most is "
                + MAX_SPARSE_ELEMENTS);
        }
        int stored = values.size();
        boolean linear = indices.rank() == 1;
        boolean fits = values.rank() == 1 && indices.type() == ElementType.I64 && indices.rank() >= 1
            && indices.rank() <= 2 && indices.dims()[0] == stored && (linear || indices.dims()[1] == dims.length);
        if (!fits) {
            throw new LatheException(where, "the file is damaged: sparse values " + values + " and indices " + indices
                + " don't describe a tensor of shape " + Arrays.toString(dims));
        }
        ElementType type = values.type();
        int parts = type.isComplex() ? 2 : 1;
        Object data = zeros(type, Math.multiplyExact(count, parts));
        for (int n = 0; n < stored; n++) {
            long at = linear ? indices.longs()[n] : linearIndex(indices.longs(), n * dims.length, dims);
            if (at < 0 || at >= count) {
                throw new LatheException(where, "the file is damaged: index " + n + " of the sparse tensor is outside "
                    + Arrays.toString(dims));
            }
            System.arraycopy(values.data(), n * parts, data, (int) at * parts, parts);
        }
        return new Tensor(type, dims, data);
    }

    /** Strict UTF-8. */
    static String text(ByteBuffer bytes, String where) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.duplicate()).toString();
        } catch (CharacterCodingException e) {
            throw new LatheException(where, "the file is damaged: a string is not valid UTF-8");
        }
    }

    private static String where(TensorProto proto) {
        return proto.typed().where() + ": tensor \"" + proto.name() + "\"";
    }

    private static int[] dims(long[] dims, String where) {
        int[] narrow = new int[dims.length];
        long count = 1;
        boolean empty = false;
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] < 0 || dims[i] > Integer.MAX_VALUE) {
                throw new LatheException(where, "the file is damaged: dimension " + i + " of "
                    + Arrays.toString(dims) + " is not possible");
            }
            narrow[i] = (int) dims[i];
            empty |= dims[i] == 0;
        }
        for (long d : dims) {
            count *= d;
            if (count > Integer.MAX_VALUE) {
                // Tensor multiplies from the left, so even an empty shape must not pass 2^31 on the way
                throw new LatheException(where, empty ? "the shape " + Arrays.toString(dims) + " is not possible"
                    : "the tensor " + Arrays.toString(dims) + " has more than 2^31 elements, or the file is damaged");
            }
        }
        return narrow;
    }

    private static Tensor typed(TensorProto proto, ElementType type, int[] dims, String where) {
        TensorProto.TypedData typed = proto.typed();
        int count = Tensor.count(dims);
        return new Tensor(type, dims, switch (type) {
            case F32 -> counted(typed.floats(), count, "float_data", where);
            case C64 -> counted(typed.floats(), 2L * count, "float_data", where);
            case F64 -> counted(typed.doubles(), count, "double_data", where);
            case C128 -> counted(typed.doubles(), 2L * count, "double_data", where);
            case I64 -> counted(typed.int64s(), count, "int64_data", where);
            case U64 -> counted(typed.uint64s(), count, "uint64_data", where);
            case U32 -> {
                long[] values = counted(typed.uint64s(), count, "uint64_data", where);
                for (int i = 0; i < count; i++) {
                    values[i] &= 0xffffffffL;
                }
                yield values;
            }
            case I32, I16, U16, I8, U8, BOOL, I4, U4, I2, U2, F16, BF16, F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ,
                F8E8M0, F4E2M1 -> int32Data(typed, type, count, where);
            case STR -> throw new IllegalStateException();
        });
    }

    /** One element a number, sub-byte elements one byte a number. */
    private static Object int32Data(TensorProto.TypedData typed, ElementType type, int count, String where) {
        boolean packed = type.bits() < 8;
        long[] codes = counted(typed.int32s(), packed ? TensorBytes.size(type, count) : count, "int32_data", where);
        int perCode = packed ? 8 / type.bits() : 1;
        float[] floats = type.isFloat() ? new float[count] : null;
        int[] ints = type.isFloat() ? null : new int[count];
        for (int i = 0; i < count; i++) {
            int code = (int) codes[i / perCode] >> i % perCode * type.bits();
            if (floats != null) {
                floats[i] = NarrowFloats.decode(type, code);
            } else if (type == ElementType.I32) {
                ints[i] = code;
            } else {
                ints[i] = TensorBytes.narrowInteger(type, code);
            }
        }
        return floats != null ? floats : ints;
    }

    private static String[] strings(List<ByteBuffer> bytes, int count, String where) {
        if (bytes.size() != count) {
            throw wrongCount(bytes.size(), count, "string_data", where);
        }
        String[] texts = new String[count];
        for (int i = 0; i < count; i++) {
            texts[i] = text(bytes.get(i), where);
        }
        return texts;
    }

    private static <A> A counted(A array, long wanted, String field, String where) {
        int have = java.lang.reflect.Array.getLength(array);
        if (have != wanted) {
            throw wrongCount(have, wanted, field, where);
        }
        return array;
    }

    private static LatheException wrongCount(int have, long wanted, String field, String where) {
        return new LatheException(where, "the file is truncated or damaged: the shape needs " + wanted
            + " values in " + field + ", there are " + have, "export or download the file again");
    }

    private static Object zeros(ElementType type, int length) {
        return switch (type.storage()) {
            case F32 -> new float[length];
            case F64 -> new double[length];
            case I32 -> new int[length];
            case I64 -> new long[length];
            case REF -> {
                String[] texts = new String[length];
                Arrays.fill(texts, "");
                yield texts;
            }
        };
    }

    private static long linearIndex(long[] indices, int from, int[] dims) {
        long at = 0;
        for (int d = 0; d < dims.length; d++) {
            long i = indices[from + d];
            if (i < 0 || i >= dims[d]) {
                return -1;
            }
            at = at * dims[d] + i;
        }
        return at;
    }
}
