package dev.lathe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.compiler.ir.Flops;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class ReportTest {
    private static Row row(String model, double lathe, double ort) {
        Sample l = new Sample(new double[] {lathe}, new double[] {0});
        Sample o = new Sample(new double[] {ort}, new double[] {512});
        return new Row(model, new Flops(1_000_000_000, true), 600_000_000, new Job.Found(l, o, new double[] {200}, new double[] {20}, 30_000_000, 50_000_000, "1"), null);
    }

    private static final Row FAILED = new Row("odd|one", null, 0, null, "it did not run");

    @Test
    void rowsSayHowFastAndHowNearThePeak() {
        // 2 billion operations in 20 ms
        assertEquals(List.of("net", "20.000", "0.000", "30.000", "0.000", "1.50", "100.0", "50 %", "0", "512"), row("net", 20, 30).cells());
    }

    @Test
    void theFloorIsTheLongerOfArithmeticAndMemory() {
        // 800 million operations left at 200 GFLOP/s are 4 ms, 30 MB at 20 GB/s 1.5 ms
        assertEquals(List.of("net", "1000", "400", "200", "30.0", "50.0", "20.0", "4.000", "1.500", "2.500", "20.000", "20 %"), row("net", 20, 30).floorCells());
    }

    @Test
    void theMeanComesLastAndNamesWhatFailed() {
        assertEquals("geometric mean 2.000 of 2 models", new Report(List.of(), List.of(row("a", 1, 1), row("b", 1, 4))).last());
        Report some = new Report(List.of(), List.of(row("a", 1, 2), FAILED));
        assertEquals("geometric mean 2.000 of only 1 model; failed: odd|one", some.last());
        assertFalse(some.complete());
        assertEquals("geometric mean: none, no model could be measured; failed: odd|one", new Report(List.of(), List.of(FAILED)).last());
    }

    @Test
    void theTableHasTheSameNumberOfColumnsEverywhere() {
        String md = new Report(List.of("about"), List.of(row("a", 1, 2), FAILED)).markdown("c.svg");
        List<String> table = md.lines().filter(l -> l.startsWith("|")).toList();
        // the second table has a row for what was measured only
        assertEquals(4 + 3, table.size());
        for (String line : table) {
            assertEquals((table.indexOf(line) < 4 ? Row.HEADINGS : Row.FLOOR_HEADINGS).size() + 1, line.replace("\\|", "").chars().filter(c -> c == '|').count(), line);
        }
        assertTrue(md.contains("![Ratios](c.svg)"));
    }

    @Test
    void theChartIsXmlWithOneBarForEachModelAndOneForTheMean() throws Exception {
        String svg = new Report(List.of("a < b & c"), List.of(row("<a>", 1, 2), row("b", 2, 1), FAILED)).svg();
        Document d = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
        // the background is a rectangle, too
        assertEquals(1 + 2 + 1, d.getElementsByTagName("rect").getLength());
    }
}
