package dev.lathe.compiler.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.runtime.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsFileTest {
    @TempDir
    private Path folder;
    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("w.safetensors");
    }

    @Test
    void everyTypeSurvives() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (ElementType type : ElementType.values()) {
            tensors.put("w/" + type.text() + " \"\u00fc\"\n\ud83d\ude00", TestTensors.of(type, 3, 5));
            tensors.put("s." + type.text(), TestTensors.of(type));
            tensors.put("e." + type.text(), TestTensors.of(type, 2, 0));
        }
        SafetensorsFile.write(file, tensors, Map.of("made", "here"));
        SafetensorsFile back = SafetensorsFile.open(file);
        assertEquals(new ArrayList<>(tensors.keySet()), new ArrayList<>(back.names()));
        assertEquals(Map.of("made", "here"), back.metadata());
        tensors.forEach((name, t) -> {
            assertEquals(t.type(), back.type(name));
            assertArrayEquals(t.dims(), back.dims(name));
            TestTensors.assertSame(t, back.tensor(name));
        });
        byte[] once = Files.readAllBytes(file);
        SafetensorsFile.write(file, tensors, Map.of("made", "here"));
        assertArrayEquals(once, Files.readAllBytes(file));
        assertEquals(0, ByteBuffer.wrap(once).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8);
    }

    @Test
    void writesTheFormat() throws IOException {
        SafetensorsFile.write(file, Map.of("a", Tensor.ofFloats(new int[] {2}, 1, 2)), Map.of());
        byte[] bytes = Files.readAllBytes(file);
        int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        assertEquals("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
            new String(bytes, 8, length, StandardCharsets.UTF_8).stripTrailing());
        assertEquals(8 + length + 8, bytes.length);
    }

    @Test
    void everyTruncationIsAClearError() throws IOException {
        SafetensorsFile.write(file, Map.of("a", TestTensors.of(ElementType.F4E2M1, 3, 3)), Map.of());
        byte[] bytes = Files.readAllBytes(file);
        for (int n = 0; n < bytes.length; n++) {
            Files.write(file, Arrays.copyOf(bytes, n));
            LatheException e = assertThrows(LatheException.class, () -> SafetensorsFile.open(file));
            assertTrue(e.getMessage().contains("truncated"), e.getMessage());
        }
    }

    @Test
    void clearErrors() throws IOException {
        List<String> headers = List.of(
            "[]", "{", "{\"a\":1}", "nonsense",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,16]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}",
            "{\"a\":{\"dtype\":\"F99\",\"shape\":[2],\"data_offsets\":[0,8]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647],\"data_offsets\":[0,8]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
            "{\"__metadata__\":{\"lathe.type:a\":\"i4[99]\"},\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]}}",
            "{\"__metadata__\":{\"k\":3},\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]}}",
            "[".repeat(100_000));
        for (String header : headers) {
            byte[] text = header.getBytes(StandardCharsets.UTF_8);
            Files.write(file, ByteBuffer.allocate(16 + text.length).order(ByteOrder.LITTLE_ENDIAN).putLong(text.length)
                .put(text).array());
            LatheException e = assertThrows(LatheException.class, () -> SafetensorsFile.open(file), header);
            assertTrue(e.where().endsWith("w.safetensors"), e.where());
        }
    }
}
