package dev.lathe.codegen.jar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.runtime.BadInputException;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Observer;
import dev.lathe.runtime.Session;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be seen of a model from outside while it works. */
class ObserverTest {
    private static final float[] X = Fakes.ramp(32, 1);

    @TempDir
    Path dir;

    @Test
    void anObserverHearsOfLoadsAndRuns() {
        List<String> heard = new ArrayList<>();
        Observer o = new Observer() {
            @Override
            public void loaded(Model model, long nanos) {
                heard.add("loaded " + model.id() + " " + (nanos > 0));
            }

            @Override
            public void ran(Model model, long nanos, boolean done) {
                heard.add("ran " + done + " " + (nanos > 0));
            }
        };
        try (Model m = Fakes.model(ModelOptions.DEFAULT.withObserver(o), Fakes.fixed()); Session s = m.newSession()) {
            s.set("x", X).set("y", X).run();
            assertThrows(BadInputException.class, s::run);
        }
        assertEquals(List.of("loaded test.Fake true", "ran true true", "ran false true"), heard);
    }

    @Test
    void theFlightRecorderHoldsLoadsRunsAndSteps() throws IOException {
        Path file = dir.resolve("a.jfr");
        try (Recording r = new Recording()) {
            r.enable("dev.lathe.Step");
            r.start();
            try (Model m = Fakes.model(Fakes.fixed(), Fakes.symbolic()); Session s = m.newSession()) {
                s.set("x", X, 2, 16).set("y", X, 2, 16).run();
                assertThrows(BadInputException.class, s::run);
            }
            r.stop();
            r.dump(file);
        }
        List<RecordedEvent> all = RecordingFile.readAllEvents(file);
        RecordedEvent load = of(all, "dev.lathe.Load").get(0);
        assertEquals("test.Fake", load.getString("model"));
        assertEquals("portable", load.getString("target"));
        assertTrue(load.getLong("constantBytes") > 0 && load.getDuration().toNanos() > 0);
        List<RecordedEvent> runs = of(all, "dev.lathe.Run");
        assertEquals(2, runs.size());
        assertEquals("2x16", runs.get(0).getString("path"));
        assertTrue(runs.get(0).getBoolean("done") && !runs.get(1).getBoolean("done"));
        List<RecordedEvent> steps = of(all, "dev.lathe.Step");
        assertEquals(List.of("Mul_0", "Add_1"), steps.stream().map(e -> e.getString("source")).toList());
        assertEquals(List.of(3, 4), steps.stream().map(e -> e.getInt("line")).toList());
    }

    @Test
    void stepsAreRecordedOnlyWhenAskedFor() throws IOException {
        Path file = dir.resolve("b.jfr");
        try (Recording r = new Recording(); Model m = Fakes.model(Fakes.fixed()); Session s = m.newSession()) {
            r.start();
            s.set("x", X).set("y", X).run();
            r.stop();
            r.dump(file);
        }
        List<RecordedEvent> all = RecordingFile.readAllEvents(file);
        assertEquals(1, of(all, "dev.lathe.Run").size());
        assertEquals(0, of(all, "dev.lathe.Step").size());
    }

    private static List<RecordedEvent> of(List<RecordedEvent> all, String name) {
        return all.stream().filter(e -> e.getEventType().getName().equals(name)).toList();
    }
}
