package dev.lathe.examples.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ServiceTest {
    private static final int CLIENTS = 8;
    private static final int ROUNDS = 3;

    private static HttpResponse<String> post(HttpClient client, int port, byte[] body) throws IOException, InterruptedException {
        HttpRequest r = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/classify")).POST(HttpRequest.BodyPublishers.ofByteArray(body)).build();
        return client.send(r, HttpResponse.BodyHandlers.ofString());
    }

    /** Every client sends every picture; all answers are right and, to the last digit, the same for all. */
    @Test
    void answersManyAtOnce() throws Exception {
        List<Path> pictures;
        try (Stream<Path> all = Files.list(Path.of("../digits/images"))) {
            pictures = all.sorted().toList();
        }
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try (Service service = new Service(0)) {
            HttpClient http = HttpClient.newHttpClient();
            List<Future<Map<String, String>>> answers = new ArrayList<>();
            for (int c = 0; c < CLIENTS; c++) {
                answers.add(clients.submit(() -> {
                    Map<String, String> mine = new TreeMap<>();
                    for (int round = 0; round < ROUNDS; round++) {
                        for (Path p : pictures) {
                            HttpResponse<String> r = post(http, service.port(), Files.readAllBytes(p));
                            String before = mine.put(p.getFileName().toString(), r.statusCode() + " " + r.body());
                            assertTrue(before == null || before.equals(r.statusCode() + " " + r.body()), before + ", then " + r.body());
                        }
                    }
                    return mine;
                }));
            }
            Map<String, String> first = answers.get(0).get();
            assertEquals(pictures.size(), first.size());
            first.forEach((name, answer) -> assertTrue(answer.startsWith("200 {\"digit\": \"" + Digits.LABELS.get(name.charAt(6) - '0') + "\""), name + ": " + answer));
            for (Future<Map<String, String>> f : answers) {
                assertEquals(first, f.get());
            }
        } finally {
            clients.shutdownNow();
        }
    }

    @Test
    void refusesWhatIsNoPicture() throws Exception {
        try (Service service = new Service(0)) {
            HttpResponse<String> r = post(HttpClient.newHttpClient(), service.port(), "no picture".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            assertEquals(400, r.statusCode(), r.body());
        }
    }
}
