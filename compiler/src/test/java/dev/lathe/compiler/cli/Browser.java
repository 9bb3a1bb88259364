package dev.lathe.compiler.cli;

import dev.lathe.compiler.tensor.JsonReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A headless Chromium with one page, driven by the DevTools protocol: what it painted when, what it complained of, what it looks like. */
final class Browser implements AutoCloseable {
    /** What came of a page: milliseconds from navigation to the first paint and to that of contents, and what was said on its console or thrown. */
    record Visit(double firstPaint, double firstContentfulPaint, List<String> complaints) {}

    private static final int SECONDS = 60;

    private final Path profile;
    private final Process process;
    private final WebSocket socket;
    private final BlockingQueue<Map<?, ?>> heard = new LinkedBlockingQueue<>();
    private final List<String> complaints = new ArrayList<>();
    private int asked;

    Browser(String chromium) throws IOException, InterruptedException {
        profile = Files.createTempDirectory("lathe-browser");
        process = new ProcessBuilder(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--remote-debugging-port=0", "--remote-allow-origins=*", "--user-data-dir=" + profile, "about:blank")
                .redirectErrorStream(true).redirectOutput(profile.resolve("log").toFile()).start();
        Path ports = profile.resolve("DevToolsActivePort");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (!Files.exists(ports) || Files.readAllLines(ports).size() < 2) {
            if (System.nanoTime() > end || !process.isAlive()) {
                throw new IOException("the browser did not start: " + Files.readString(profile.resolve("log")));
            }
            Thread.sleep(20);
        }
        List<String> port = Files.readAllLines(ports);
        socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(URI.create("ws://127.0.0.1:" + port.get(0) + port.get(1)), new Listener()).join();
    }

    /** The first Chromium on the path, or null. */
    static String chromium() {
        for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
            for (String name : List.of("chromium", "chromium-browser", "google-chrome")) {
                if (Files.isExecutable(Path.of(folder, name))) {
                    return folder + File.separator + name;
                }
            }
        }
        return null;
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket s, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                try {
                    heard.add((Map<?, ?>) JsonReader.parse(text.toString()));
                } catch (JsonReader.JsonException e) {
                    heard.add(Map.of("error", e.toString()));
                }
                text.setLength(0);
            }
            s.request(1);
            return null;
        }
    }

    // one request at a time; what else is heard meanwhile are events
    private Map<?, ?> ask(String session, String method, Map<String, Object> params) throws IOException, InterruptedException {
        long id = ++asked;
        Map<String, Object> m = new HashMap<>(Map.of("id", id, "method", method, "params", params));
        if (session != null) {
            m.put("sessionId", session);
        }
        socket.sendText(json(m), true).join();
        while (true) {
            Map<?, ?> r = heard.poll(SECONDS, TimeUnit.SECONDS);
            if (r == null) {
                throw new IOException("the browser did not answer " + method);
            } else if (Long.valueOf(id).equals(r.get("id"))) {
                if (r.get("result") == null) {
                    throw new IOException(method + ": " + r);
                }
                return (Map<?, ?>) r.get("result");
            }
            String event = String.valueOf(r.get("method"));
            if (event.equals("Runtime.exceptionThrown") || event.equals("Runtime.consoleAPICalled") || event.equals("Log.entryAdded")) {
                complaints.add(r.get("params").toString());
            }
        }
    }

    private static String json(Object o) {
        if (o instanceof Map<?, ?> m) {
            return "{" + String.join(",", m.entrySet().stream().map(e -> json(e.getKey()) + ":" + json(e.getValue())).toList()) + "}";
        }
        return o instanceof String s ? '"' + s.replace("\\", "\\\\").replace("\"", "\\\"") + '"' : o.toString();
    }

    /** Opens a page in a window of this size, waits until it has painted, and writes a picture of it where {@code picture} says (null: none). */
    Visit visit(String uri, int width, int height, Path picture) throws IOException, InterruptedException {
        complaints.clear();
        String target = (String) ask(null, "Target.createTarget", Map.of("url", "about:blank")).get("targetId");
        String s = (String) ask(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true)).get("sessionId");
        for (String domain : List.of("Page", "Runtime", "Log")) {
            ask(s, domain + ".enable", Map.of());
        }
        ask(s, "Emulation.setDeviceMetricsOverride", Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        ask(s, "Page.navigate", Map.of("url", uri));
        Map<String, Double> paints = new HashMap<>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (!paints.containsKey("first-contentful-paint") && System.nanoTime() < end) {
            Thread.sleep(100);
            Map<?, ?> r = (Map<?, ?>) ask(s, "Runtime.evaluate", Map.of("expression",
                    "performance.getEntriesByType('paint').map(e => e.name + '=' + e.startTime).join(' ')")).get("result");
            for (String p : String.valueOf(r.get("value")).split(" ")) {
                if (p.startsWith("first-")) {
                    paints.put(p.substring(0, p.indexOf('=')), Double.parseDouble(p.substring(p.indexOf('=') + 1)));
                }
            }
        }
        if (picture != null) {
            Thread.sleep(500);
            Files.write(picture, Base64.getDecoder().decode((String) ask(s, "Page.captureScreenshot", Map.of("format", "png")).get("data")));
        }
        ask(null, "Target.closeTarget", Map.of("targetId", target));
        return new Visit(paints.getOrDefault("first-paint", Double.NaN), paints.getOrDefault("first-contentful-paint", Double.NaN), List.copyOf(complaints));
    }

    @Override
    public void close() throws IOException {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> all = Files.walk(profile)) {
            all.sorted(Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
        }
    }

    /**
     * {@code bench/contract first-paint MODEL…}: for the page of each model its size and the median of five visits' first paints.
     * With {@code -Dlathe.pictures=FOLDER} pictures of it are left there.
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (chromium() == null) {
            System.err.println("error: there is no chromium on the path");
            System.exit(3);
        }
        Path folder = Files.createTempDirectory("lathe-page");
        String pictures = System.getProperty("lathe.pictures");
        System.out.println("page                                  kB   first paint ms   of contents ms   on the console");
        for (String model : args) {
            Path html = folder.resolve("page.html");
            if (Main.run(new String[] {"inspect", model, "--html", html.toString()}, new PrintStream(OutputStream.nullOutputStream()), System.err) != 0) {
                System.exit(3);
            }
            List<Visit> visits = new ArrayList<>();
            try (Browser b = new Browser(chromium())) {
                for (int i = 0; i < 5; i++) {
                    visits.add(b.visit(html.toUri().toString(), 1280, 800, null));
                }
                if (pictures != null) {
                    String name = Path.of(model).toAbsolutePath().getParent().getFileName().toString();
                    for (String view : List.of("", "memory", "cost", "passes", "sizes")) {
                        b.visit(html.toUri() + (view.isEmpty() ? "" : "#" + view), 1280, 800, Path.of(pictures, name + "-wide-" + view + ".png"));
                        b.visit(html.toUri() + (view.isEmpty() ? "" : "#" + view), 400, 800, Path.of(pictures, name + "-narrow-" + view + ".png"));
                    }
                }
            }
            System.out.printf(Locale.ROOT, "%-34s %5d %16.0f %16.0f   %s%n", Path.of(model).toAbsolutePath().getParent().getFileName(), Files.size(html) / 1000,
                    median(visits.stream().map(Visit::firstPaint).toList()), median(visits.stream().map(Visit::firstContentfulPaint).toList()),
                    visits.stream().allMatch(v -> v.complaints().isEmpty()) ? "nothing" : visits.get(0).complaints());
            Files.delete(html);
        }
        Files.delete(folder);
    }

    private static double median(List<Double> of) {
        return of.stream().sorted().toList().get(of.size() / 2);
    }
}
