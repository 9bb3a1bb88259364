package dev.lathe.compiler.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.onnx.TensorEncoder;
import dev.lathe.compiler.onnx.proto.WireWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSetTest {
    @TempDir
    private Path folder;

    @Test
    void readsInNumericOrder() throws IOException {
        Path set = Files.createDirectory(folder.resolve("test_data_set_0"));
        Files.createDirectory(folder.resolve("test_data_set_10"));
        Files.createDirectory(folder.resolve("test_data_set_2"));
        for (int i = 0; i < 11; i++) {
            TensorEncoder.write(set.resolve("input_" + i + ".pb"), Tensor.ofLongs(new int[0], i), "in" + i);
        }
        Files.write(set.resolve("notes.txt"), new byte[1]);
        assertEquals(List.of("test_data_set_0", "test_data_set_2", "test_data_set_10"),
            DataSet.folders(folder).stream().map(p -> p.getFileName().toString()).toList());
        assertEquals(List.of(set), DataSet.folders(set));
        DataSet data = DataSet.read(set, List.of(), List.of());
        for (int i = 0; i < 11; i++) {
            DataSet.Item item = data.inputs().get(i);
            assertEquals("in" + i, item.name());
            assertEquals(i, assertInstanceOf(Datum.TensorDatum.class, item.datum()).tensor().integer(0));
        }
        assertEquals(List.of(), data.outputs());
    }

    @Test
    void inputsAreReadWithoutTheKindsOfTheOutputs() throws IOException {
        write("input_0.pb", TensorEncoder.encode(Tensor.ofLongs(new int[0], 3), "x"));
        // a sequence that is no tensor
        write("output_0.pb", new WireWriter().int64(2, 1).message(3, TensorEncoder.encode(Tensor.ofFloats(new int[] {1}, 1), "")));
        assertEquals(List.of("x"), DataSet.inputs(folder, List.of(DatumKind.TENSOR)).stream().map(DataSet.Item::name).toList());
        assertThrows(LatheException.class, () -> DataSet.read(folder, List.of(DatumKind.TENSOR), List.of()));
    }

    @Test
    void readsEveryKind() throws IOException {
        WireWriter one = TensorEncoder.encode(Tensor.ofFloats(new int[] {1}, 1), "");
        WireWriter two = TensorEncoder.encode(Tensor.ofFloats(new int[] {1}, 2), "");
        WireWriter sequence = new WireWriter().int64(2, 1).message(3, one).message(3, two);
        write("output_0.pb", sequence);
        write("output_1.pb", new WireWriter());
        write("output_2.pb", new WireWriter().int64(2, 3).message(5, sequence));
        write("output_3.pb", new WireWriter().int64(2, 1));
        write("output_4.pb", new WireWriter().int64(2, 7).packed(3, 5, 6).message(5, sequence));
        List<Datum> data = DataSet.read(folder, List.of(), List.of(DatumKind.SEQUENCE, DatumKind.SEQUENCE,
            DatumKind.OPTIONAL, DatumKind.OPTIONAL, DatumKind.MAP)).outputs().stream().map(DataSet.Item::datum).toList();
        assertEquals(2, assertInstanceOf(Datum.SequenceDatum.class, data.get(0)).elements().size());
        assertEquals(List.of(), assertInstanceOf(Datum.SequenceDatum.class, data.get(1)).elements());
        assertInstanceOf(Datum.SequenceDatum.class, assertInstanceOf(Datum.OptionalDatum.class, data.get(2)).value());
        assertNull(assertInstanceOf(Datum.OptionalDatum.class, data.get(3)).value());
        assertEquals(2, assertInstanceOf(Datum.MapDatum.class, data.get(4)).values().size());
        assertArrayEquals(new long[] {5, 6}, ((Datum.MapDatum) data.get(4)).keys().longs());
    }

    @Test
    void clearErrors() throws IOException {
        assertThrows(LatheException.class, () -> DataSet.folders(folder.resolve("gone")));
        write("input_0.pb", new WireWriter());
        assertThrows(LatheException.class, () -> DataSet.read(folder, List.of(), List.of()));
        write("input_0.pb", TensorEncoder.encode(Tensor.ofLongs(new int[0], 1), ""));
        write("input_00.pb", TensorEncoder.encode(Tensor.ofLongs(new int[0], 2), ""));
        assertThrows(LatheException.class, () -> DataSet.read(folder, List.of(), List.of()));
    }

    private void write(String name, WireWriter message) throws IOException {
        Files.write(folder.resolve(name), message.toBytes());
    }
}
