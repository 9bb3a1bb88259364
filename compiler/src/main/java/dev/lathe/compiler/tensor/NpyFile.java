package dev.lathe.compiler.tensor;

import dev.lathe.codegen.jar.WholeFile;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.ElementType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * NumPy's {@code .npy} files, versions 1 to 3, either byte order and layout. Types that NumPy lacks are written as the
 * nearest one that holds every value: narrow floats as {@code f4}, 2- and 4-bit integers as {@code i1} or {@code u1}.
 */
public final class NpyFile {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

    private NpyFile() {
    }

    public static Tensor read(Path file) {
        return read(FileBytes.whole(file), file.toString());
    }

    /** @param source the file's name, for messages */
    public static Tensor read(ByteBuffer bytes, String source) {
        ByteBuffer b = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        byte[] magic = new byte[MAGIC.length];
        if (b.remaining() < 10) {
            throw damaged(source, "it has only " + b.remaining() + " bytes");
        }
        b.get(magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw new LatheException(source, "this is not an .npy file, or it is damaged: it starts with other bytes",
                "save the array with numpy.save");
        }
        int version = b.get();
        b.get();
        if (version < 1 || version > 3) {
            throw new LatheException(source, ".npy version " + version + " is not known, or the file is damaged");
        }
        if (version > 1 && b.remaining() < 4) {
            throw damaged(source, "it ends in the header");
        }
        long length = version == 1 ? b.getShort() & 0xffff : b.getInt() & 0xffffffffL;
        if (length > b.remaining()) {
            throw damaged(source, "it ends in the header");
        }
        byte[] text = new byte[(int) length];
        b.get(text);
        NpyHeader header = NpyHeader.parse(new String(text,
            version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1), source);
        return decode(header, b, source);
    }

    public static void write(Path file, Tensor tensor) {
        try {
            WholeFile.write(file, out -> write(out, tensor));
        } catch (IOException e) {
            throw FileBytes.unwritable(file, e);
        }
    }

    public static void write(OutputStream out, Tensor tensor) throws IOException {
        int width = tensor.type() == ElementType.STR ? longest(tensor.strings()) : 0;
        StringBuilder shape = new StringBuilder("(");
        for (int d : tensor.dims()) {
            shape.append(d).append(tensor.rank() == 1 ? "," : ", ");
        }
        if (tensor.rank() > 1) {
            shape.setLength(shape.length() - 2);
        }
        String dict = "{'descr': '" + descr(tensor.type(), width) + "', 'fortran_order': False, 'shape': " + shape + "), }";
        // the data start at a multiple of 64
        boolean wide = dict.length() > 60000;
        int before = MAGIC.length + (wide ? 6 : 4);
        int padded = (before + dict.length() + 1 + 63) / 64 * 64 - before;
        ByteBuffer head = ByteBuffer.allocate(before + padded).order(ByteOrder.LITTLE_ENDIAN);
        head.put(MAGIC).put((byte) (wide ? 2 : 1)).put((byte) 0);
        if (wide) {
            head.putInt(padded);
        } else {
            head.putShort((short) padded);
        }
        head.put(dict.getBytes(StandardCharsets.ISO_8859_1));
        while (head.remaining() > 1) {
            head.put((byte) ' ');
        }
        head.put((byte) '\n');
        out.write(head.array());
        if (tensor.type() == ElementType.STR) {
            writeStrings(out, tensor.strings(), width);
        } else {
            TensorBytes.write(widened(tensor), out);
        }
    }

    private static Tensor decode(NpyHeader h, ByteBuffer b, String source) {
        long count = 1;
        for (int d : h.dims()) {
            count = d == 0 ? 0 : count * d;
            if (count > Integer.MAX_VALUE) {
                throw new LatheException(source, "the array " + Arrays.toString(h.dims())
                    + " has more than 2^31 elements, or the file is damaged");
            }
        }
        long size = Math.multiplyExact(count, (long) h.itemBytes());
        if (size != b.remaining()) {
            throw damaged(source, "the shape " + Arrays.toString(h.dims()) + " needs " + size + " bytes of data, there are "
                + b.remaining());
        }
        int[] dims = h.fortran() ? reversed(h.dims()) : h.dims();
        ByteBuffer data = b.slice().order(h.bigEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        Tensor stored = h.type() == ElementType.STR
            ? new Tensor(ElementType.STR, dims, strings(data, (int) count, h, source))
            : TensorBytes.decode(h.type(), dims, data);
        return h.fortran() ? transposed(stored) : stored;
    }

    private static String[] strings(ByteBuffer b, int count, NpyHeader h, String source) {
        String[] texts = new String[count];
        for (int i = 0; i < count; i++) {
            int from = i * h.itemBytes();
            int end = from + h.itemBytes();
            texts[i] = h.unicode() ? unicode(b, from, end, source) : bytes(b, from, end);
        }
        return texts;
    }

    /** UCS-4; trailing zeros are padding. */
    private static String unicode(ByteBuffer b, int from, int end, String source) {
        int to = end;
        while (to > from && b.getInt(to - 4) == 0) {
            to -= 4;
        }
        StringBuilder s = new StringBuilder();
        for (int at = from; at < to; at += 4) {
            int c = b.getInt(at);
            if (!Character.isValidCodePoint(c)) {
                throw damaged(source, "0x" + Integer.toHexString(c) + " is not a character");
            }
            s.appendCodePoint(c);
        }
        return s.toString();
    }

    private static String bytes(ByteBuffer b, int from, int end) {
        int to = end;
        while (to > from && b.get(to - 1) == 0) {
            to--;
        }
        byte[] text = new byte[to - from];
        b.get(from, text);
        return new String(text, StandardCharsets.UTF_8);
    }

    /** The tensor with its dimensions in opposite order, elements moved accordingly. */
    private static Tensor transposed(Tensor t) {
        int[] dims = reversed(t.dims());
        int rank = dims.length;
        int parts = t.type().isComplex() ? 2 : 1;
        int count = t.size();
        Object to = java.lang.reflect.Array.newInstance(t.data().getClass().getComponentType(), count * parts);
        // stride of each of the result's dimensions in the stored array: the first dimension is the fastest there
        int[] strides = new int[rank];
        for (int d = 0, stride = 1; d < rank; stride *= dims[d], d++) {
            strides[d] = stride;
        }
        int[] index = new int[rank];
        for (int i = 0, from = 0; i < count; i++) {
            System.arraycopy(t.data(), from * parts, to, i * parts, parts);
            for (int d = rank - 1; d >= 0; d--) {
                from += strides[d];
                if (++index[d] < dims[d]) {
                    break;
                }
                from -= strides[d] * dims[d];
                index[d] = 0;
            }
        }
        return new Tensor(t.type(), dims, to);
    }

    private static int[] reversed(int[] dims) {
        int[] r = new int[dims.length];
        for (int i = 0; i < r.length; i++) {
            r[i] = dims[r.length - 1 - i];
        }
        return r;
    }

    private static String descr(ElementType type, int width) {
        return switch (type) {
            case F32, BF16, F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0, F4E2M1 -> "<f4";
            case F64 -> "<f8";
            case F16 -> "<f2";
            case I8, I4, I2 -> "|i1";
            case I16 -> "<i2";
            case I32 -> "<i4";
            case I64 -> "<i8";
            case U8, U4, U2 -> "|u1";
            case U16 -> "<u2";
            case U32 -> "<u4";
            case U64 -> "<u8";
            case BOOL -> "|b1";
            case C64 -> "<c8";
            case C128 -> "<c16";
            case STR -> "<U" + width;
        };
    }

    private static Tensor widened(Tensor t) {
        ElementType as = switch (t.type()) {
            case BF16, F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0, F4E2M1 -> ElementType.F32;
            case I4, I2 -> ElementType.I8;
            case U4, U2 -> ElementType.U8;
            default -> t.type();
        };
        return new Tensor(as, t.dims(), t.data());
    }

    private static int longest(String[] texts) {
        int most = 1;
        for (String s : texts) {
            most = Math.max(most, s.codePointCount(0, s.length()));
        }
        return most;
    }

    private static void writeStrings(OutputStream out, String[] texts, int width) throws IOException {
        for (String s : texts) {
            ByteBuffer b = ByteBuffer.allocate(width * 4).order(ByteOrder.LITTLE_ENDIAN);
            s.codePoints().forEach(b::putInt);
            out.write(b.array());
        }
    }

    private static LatheException damaged(String source, String why) {
        return new LatheException(source, "the .npy file is truncated or damaged: " + why, "save the array again");
    }
}
