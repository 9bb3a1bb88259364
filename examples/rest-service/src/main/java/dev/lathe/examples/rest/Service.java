package dev.lathe.examples.rest;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.imageio.ImageIO;

/** Classifies digits over HTTP: {@code POST /classify} with a PNG picture answers {@code {"digit": "seven", "score": 7.1}}. */
public final class Service implements AutoCloseable {
    private static final int SIZE = 64;
    private static final int LARGEST_BODY = 1 << 20;

    private final Digits digits = Digits.load();
    private final ExecutorService pool = Executors.newFixedThreadPool(Math.max(4, Runtime.getRuntime().availableProcessors()));
    private final HttpServer server;

    Service(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(pool);
        server.createContext("/classify", this::answer);
        server.start();
    }

    public static void main(String[] args) throws IOException {
        Service s = new Service(args.length > 0 ? Integer.parseInt(args[0]) : 8080);
        System.out.println("http://localhost:" + s.port() + "/classify");
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** Stops after the requests that have begun. */
    @Override
    public void close() {
        server.stop(1);
        pool.shutdown();
        digits.close();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("POST")) {
                send(exchange, 405, "{\"error\": \"send a picture by POST\"}");
                return;
            }
            float[] image;
            try (InputStream body = exchange.getRequestBody()) {
                image = read(new java.io.ByteArrayInputStream(body.readNBytes(LARGEST_BODY)));
            }
            if (image == null) {
                send(exchange, 400, "{\"error\": \"this is no picture of 64 x 64 pixels\"}");
                return;
            }
            // one model for all threads; each run takes a session from its pool
            float[] scores = digits.run(image);
            int best = 0;
            for (int i = 1; i < scores.length; i++) {
                best = scores[i] > scores[best] ? i : best;
            }
            send(exchange, 200, String.format(Locale.ROOT, "{\"digit\": \"%s\", \"score\": %.4f}", Digits.LABELS.get(best), scores[best]));
        }
    }

    private static float[] read(InputStream png) throws IOException {
        BufferedImage image = ImageIO.read(png);
        if (image == null || image.getWidth() != SIZE || image.getHeight() != SIZE) {
            return null;
        }
        float[] tensor = new float[3 * SIZE * SIZE];
        for (int i = 0; i < tensor.length; i++) {
            int pixel = i % (SIZE * SIZE);
            tensor[i] = (image.getRaster().getSample(pixel % SIZE, pixel / SIZE, 0) / 255f - 0.5f) / 0.5f;
        }
        return tensor;
    }

    private static void send(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}
