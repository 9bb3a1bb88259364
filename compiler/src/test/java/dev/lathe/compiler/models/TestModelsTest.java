package dev.lathe.compiler.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TestModelsTest {
    /** To accept a change of the recipes: {@code mvn -pl compiler test -Dtest=TestModelsTest -Dlathe.bless=true}. */
    @Test
    void theFilesAreThoseThatTheRecipesMake() throws IOException {
        for (Map.Entry<String, byte[]> e : TestModels.all().entrySet()) {
            Path file = TestModels.FOLDER.resolve(e.getKey());
            if (Boolean.getBoolean("lathe.bless")) {
                Files.createDirectories(file.getParent());
                Files.write(file, e.getValue());
            }
            assertArrayEquals(e.getValue(), Files.readAllBytes(file), e.getKey());
        }
    }
}
