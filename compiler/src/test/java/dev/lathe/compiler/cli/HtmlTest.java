package dev.lathe.compiler.cli;

import static dev.lathe.compiler.cli.Cli.model;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.compiler.tensor.JsonReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of {@code inspect --html}: its data, that it needs nothing else, and, where Chromium is installed, that it works. */
class HtmlTest {
    @TempDir
    Path dir;

    @Test
    void showsTheModelAndNeedsNoOtherFile() throws Exception {
        String page = page(model("conv"));
        assertFalse(Pattern.compile("(src|href)\\s*=\\s*[\"']?+(?!data:)|@import|url\\(|https?://|fetch\\(|XMLHttpRequest").matcher(page).find());
        Map<?, ?> data = data(page);
        List<?> nodes = (List<?>) ((Map<?, ?>) data.get("graph")).get("nodes");
        assertTrue(nodes.stream().anyMatch(n -> ((Map<?, ?>) n).get("k").equals("conv") && ((List<?>) ((Map<?, ?>) n).get("n")).contains("conv_0")), nodes::toString);
        for (Object e : (List<?>) ((Map<?, ?>) data.get("graph")).get("edges")) {
            int from = ((Long) ((List<?>) e).get(0)).intValue();
            int to = ((Long) ((List<?>) e).get(1)).intValue();
            assertTrue((Long) ((Map<?, ?>) nodes.get(from)).get("y") < (Long) ((Map<?, ?>) nodes.get(to)).get("y"), "what is used stands above");
        }
        List<?> passes = (List<?>) data.get("passes");
        assertEquals("import", ((Map<?, ?>) passes.get(0)).get("name"));
        for (int i = 1; i < passes.size(); i++) {
            assertEquals(((Map<?, ?>) passes.get(i - 1)).get("after"), ((Map<?, ?>) passes.get(i)).get("before"));
        }
        Map<?, ?> program = (Map<?, ?>) ((List<?>) data.get("programs")).get(0);
        assertTrue(((List<?>) program.get("buffers")).stream().anyMatch(b -> ((Map<?, ?>) b).containsKey("o")), "a planned buffer");
        assertTrue((Long) program.get("classBytes") > 0);
    }

    @Test
    void namesCannotBecomeMarkup() throws Exception {
        String evil = "</script><img src=x onerror=alert(1)>";
        Path text = dir.resolve("evil.lir");
        Cli.run("print", model("conv"), "-o", text).ok();
        Files.writeString(text, Files.readString(text).replace("loc(\"conv_0\")", "loc(\"" + evil + "\")"));
        String page = page(text);
        assertFalse(page.contains(evil));
        assertTrue(data(page).toString().contains(evil));
    }

    @Test
    void profilesAreWrittenAndRead() throws Exception {
        Path profile = dir.resolve("p.json");
        Path html = dir.resolve("p.html");
        Cli.run("bench", model("conv"), "--seconds", "0.05", "--target", "portable", "--profile", profile).ok();
        Cli.run("inspect", model("conv"), "--target", "portable", "--profile", profile, "--html", html).ok();
        Map<?, ?> data = data(Files.readString(html));
        List<?> steps = (List<?>) ((Map<?, ?>) ((List<?>) data.get("programs")).get(0)).get("steps");
        assertEquals(steps.size(), ((List<?>) ((Map<?, ?>) data.get("profile")).get("ms")).size());
        if (Browser.chromium() != null) {
            browse(Browser.chromium(), html.toUri().toString());
            String cost = browse(Browser.chromium(), html.toUri() + "#cost");
            assertTrue(cost.contains("GFLOP/s") && cost.contains(" bytes allocated a run"), cost);
        }
        Cli.run("inspect", model("add"), "--target", "portable", "--profile", profile, "--html", html).fails(3, "this profile is of other steps", "help:");
    }

    @Test
    void jarsHaveAPageToo() throws Exception {
        Path jar = dir.resolve("c.jar");
        Cli.run("compile", model("conv"), "-o", jar, "--target", "portable").ok();
        Map<?, ?> data = data(page(jar));
        assertEquals(Boolean.TRUE, data.get("fromJar"));
        assertEquals(((List<?>) ((Map<?, ?>) ((List<?>) data.get("programs")).get(0)).get("steps")).size(), ((List<?>) ((Map<?, ?>) data.get("graph")).get("nodes")).size());
    }

    @Test
    void worksInABrowser() throws Exception {
        String chromium = Browser.chromium();
        assumeTrue(chromium != null, "Chromium is not installed: the page was not tried in a browser");
        page(model("conv"));
        Path html = dir.resolve("page.html");
        for (String view : List.of("memory", "cost", "passes", "sizes")) {
            browse(chromium, html.toUri() + "#" + view);
        }
        String dom = browse(chromium, html.toUri() + "#find=conv_0");
        assertTrue(Pattern.compile("<html[^>]* data-found=\"[1-9]").matcher(dom).find(), () -> dom.substring(0, 300));
        String detail = dom.substring(dom.indexOf("id=\"detail\""));
        assertTrue(detail.substring(0, detail.indexOf("</aside>")).contains("conv_0"), detail);
        assertTrue(browse(chromium, html.toUri() + "#find=no_such_node").contains("data-found=\"0\""));
    }

    /** When it was painted is measured by {@code bench/contract first-paint}; here, that it was, and nothing was complained of. */
    @Test
    void isPaintedWithoutComplaint() throws Exception {
        assumeTrue(Browser.chromium() != null, "Chromium is not installed: the page was not tried in a browser");
        page(model("conv"));
        Path picture = dir.resolve("page.png");
        try (Browser b = new Browser(Browser.chromium())) {
            for (String view : List.of("", "#memory", "#cost", "#passes", "#sizes")) {
                Browser.Visit v = b.visit(dir.resolve("page.html").toUri() + view, 400, 800, picture);
                assertTrue(v.firstContentfulPaint() > 0, view + " painted nothing");
                assertEquals(List.of(), v.complaints(), view);
                assertTrue(Files.size(picture) > 5_000, view + " looks empty");
            }
            Path broken = Files.writeString(dir.resolve("broken.html"), "<p>text</p><script>console.log('said'); throw new Error('thrown')</script>");
            assertEquals(2, b.visit(broken.toUri().toString(), 400, 800, null).complaints().size(), "what is complained of is heard");
        }
    }

    /** Nodes are reached without a mouse, and what is pressed in the details acts on Enter. */
    @Test
    void worksByTheKeyboard() throws Exception {
        String chromium = Browser.chromium();
        assumeTrue(chromium != null, "Chromium is not installed: the page was not tried in a browser");
        String page = page(model("conv"));
        String keys = """
                <script>
                const typed = (e, key) => e.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
                ['j', 'j', 'j', 'k'].forEach(k => typed(canvas, k));
                const second = chosen;
                typed(document.querySelector('#detail a'), 'Enter');
                document.documentElement.dataset.keys = [second === byY[1], chosen !== second, E.some(e => e.includes(second) && e.includes(chosen))];
                typed(canvas, 'Escape');
                document.documentElement.dataset.keys += ',' + chosen;
                // the list of what was found: up from nowhere is its end, down from there its beginning
                search('f32', false);
                ['ArrowUp', 'ArrowDown', 'ArrowDown'].forEach(k => typed($('find'), k));
                const marks = [...$('hits').children].map((row, k) => row.className === 'on' ? k : -1).filter(k => k >= 0).join('+');
                typed($('find'), 'Enter');
                document.documentElement.dataset.list = [results.length > 1, marks, chosen === results[1], $('hits').hidden];
                typed($('tabs').children[0], 'ArrowRight');
                document.documentElement.dataset.tabs = [$('graph').hidden, $('memory').hidden];
                typed($('tabs').children[1], 'ArrowLeft');
                document.documentElement.dataset.tabs += ',' + $('graph').hidden;
                </script>
                </body>""";
        Path html = Files.writeString(dir.resolve("keys.html"), page.replace("</body>", keys));
        String dom = browse(chromium, html.toUri().toString());
        assertTrue(dom.contains("data-keys=\"true,true,true,-1\""), dom.substring(0, Math.min(400, dom.length())));
        assertTrue(dom.contains("data-list=\"true,1,true,true\""), dom.substring(0, Math.min(400, dom.length())));
        assertTrue(dom.contains("data-tabs=\"true,false,false\""), dom.substring(0, Math.min(400, dom.length())));
        List<?> facts = List.copyOf(((Map<?, ?>) data(page).get("facts")).keySet());
        assertEquals(List.of("file", "compiler", "compiled in"), facts);
    }

    @Test
    void aThousandNodes() throws Exception {
        StringBuilder text = new StringBuilder("lathe 1\ngraph @deep(%s0: f32[4,8]) -> (%s500) {\n  %w: f32[8,8] = const() {value = splat(0.25)}\n");
        for (int i = 1; i <= 500; i++) {
            text.append(String.format(Locale.ROOT, "  %%m%d: f32[4,8] = matmul(%%s%d, %%w)  loc(\"MatMul_%d\")%n  %%s%d: f32[4,8] = softmax(%%m%d) {axis = 1}  loc(\"Softmax_%d\")%n", i, i - 1, i, i, i, i));
        }
        Path deep = Files.writeString(dir.resolve("deep.lir"), text.append("  return %s500\n}\n"));
        String page = page(deep);
        assertTrue(page.length() < 1_000_000, page.length() + " characters");
        assertTrue(((List<?>) ((Map<?, ?>) data(page).get("graph")).get("nodes")).size() >= 1000);
        String chromium = Browser.chromium();
        assumeTrue(chromium != null, "Chromium is not installed: the page was not tried in a browser");
        assertTrue(browse(chromium, dir.resolve("page.html").toUri() + "#find=Softmax_377").contains("data-found=\"1\""));
        // the whole of it, in columns: every node is where it was drawn, and stays there when one zooms in
        String tries = """
                <script>
                const all = panes(0, 0), places = N.map(n => { const p = all.find(q => n.y >= q.top && n.y < q.bottom); return [p.ox + n.x * p.s, p.oy + n.y * p.s]; });
                const right = places.filter((q, i) => at(...q) === i).length, inside = places.every(q => q[0] > 0 && q[0] < canvas.clientWidth && q[1] > 0 && q[1] < canvas.clientHeight);
                zoom(2, ...places[700]);
                document.documentElement.dataset.folded = [all.length > 3, right === N.length, inside, fold === null, at(...places[700])];
                </script>
                </body>""";
        Files.writeString(dir.resolve("fit.html"), page.replace("</body>", tries));
        String dom = browse(chromium, dir.resolve("fit.html").toUri() + "#fit");
        assertTrue(dom.contains("data-folded=\"true,true,true,true,700\""), dom.substring(0, Math.min(400, dom.length())));
    }

    /** The page after its scripts ran without an error. */
    private String browse(String chromium, String uri) throws IOException, InterruptedException {
        Path out = dir.resolve("dom.html");
        Path log = dir.resolve("log.txt");
        List<String> command = new ArrayList<>(List.of(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr",
                "--user-data-dir=" + Files.createTempDirectory(dir, "profile"), "--dump-dom", uri));
        Process p = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(log.toFile()).start();
        try {
            assertTrue(p.waitFor(120, TimeUnit.SECONDS), "the browser did not end");
        } finally {
            p.destroyForcibly();
        }
        String dom = Files.readString(out);
        assertTrue(dom.contains("data-ready="), () -> "the page's script did not end: " + dom.substring(0, Math.min(300, dom.length())));
        assertFalse(dom.contains("data-error="), dom.substring(0, Math.min(300, dom.length())));
        assertFalse(new String(Files.readAllBytes(log), StandardCharsets.UTF_8).contains("CONSOLE"), () -> "something on the console, see " + log);
        return dom;
    }

    private String page(Path of) throws IOException {
        Path html = dir.resolve("page.html");
        Cli.run("inspect", of, "--html", html).ok().prints("wrote ");
        return Files.readString(html);
    }

    private static Map<?, ?> data(String page) throws JsonReader.JsonException {
        String begin = "<script type=\"application/json\" id=\"data\">";
        int from = page.indexOf(begin) + begin.length();
        return (Map<?, ?>) JsonReader.parse(page.substring(from, page.indexOf("</script>", from)));
    }
}
