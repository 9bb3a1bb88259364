package dev.lathe.codegen.jar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
    @TempDir
    Path folder;

    private List<String> left() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(p -> p.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void whatFailsHalfWayLeavesWhatWasThere() throws IOException {
        Path file = Files.writeString(folder.resolve("a"), "old");
        IOException e = assertThrows(IOException.class, () -> WholeFile.write(file, out -> {
            out.write(new byte[1 << 20]);
            throw new IOException("No space left on device");
        }));
        assertEquals(file.toString(), assertThrows(FileSystemException.class, () -> {
            throw e;
        }).getFile());
        assertEquals("No space left on device", ((FileSystemException) e).getReason());
        assertEquals("old", Files.readString(file));
        assertEquals(List.of("a"), left());
    }

    @Test
    void theLongestNameThatAFileMayHave() throws IOException {
        String name = "n".repeat(255);
        WholeFile.write(folder.resolve(name), "text");
        assertEquals(List.of(name), left());
    }

    @Test
    void aLinkStaysAndWhatItLeadsToIsWritten() throws IOException {
        Files.createDirectory(folder.resolve("far"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("far/next"));
        Files.createSymbolicLink(folder.resolve("far/next"), Path.of("file"));
        WholeFile.write(link, "text");
        assertTrue(Files.isSymbolicLink(link));
        assertTrue(Files.isSymbolicLink(folder.resolve("far/next")));
        assertEquals("text", Files.readString(folder.resolve("far/file")));
    }

    @Test
    void linksWithoutEndAreRefused() throws IOException {
        Path one = Files.createSymbolicLink(folder.resolve("one"), Path.of("two"));
        Files.createSymbolicLink(folder.resolve("two"), Path.of("one"));
        String said = assertThrows(FileSystemException.class, () -> WholeFile.write(one, "text")).getMessage();
        assertTrue(said.contains("links without end"), said);
        assertEquals(List.of("one", "two"), left());
    }

    @Test
    void aPipeIsWrittenToAndStaysAPipe() throws Exception {
        Path pipe = folder.resolve("pipe");
        boolean made;
        try {
            made = new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0;
        } catch (IOException e) {
            made = false;
        }
        assumeTrue(made, "there is no mkfifo here");
        CompletableFuture<String> read = CompletableFuture.supplyAsync(() -> {
            try {
                return Files.readString(pipe);
            } catch (IOException e) {
                return e.toString();
            }
        });
        WholeFile.write(pipe, "text");
        assertEquals("text", read.get(60, TimeUnit.SECONDS));
        assertTrue(Files.readAttributes(pipe, BasicFileAttributes.class).isOther());
    }

    @Test
    void aFolderIsRefused() throws IOException {
        Path sub = Files.createDirectory(folder.resolve("sub"));
        String said = assertThrows(FileSystemException.class, () -> WholeFile.write(sub, "text")).getMessage();
        assertTrue(said.contains("this is a folder"), said);
        assertFalse(Files.isRegularFile(sub));
    }
}
