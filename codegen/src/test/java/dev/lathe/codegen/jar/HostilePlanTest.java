package dev.lathe.codegen.jar;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lathe.codegen.program.Program;
import dev.lathe.runtime.Checksum;
import dev.lathe.runtime.LatheRuntimeException;
import dev.lathe.runtime.Model;
import dev.lathe.runtime.ModelImage;
import dev.lathe.runtime.Session;
import dev.lathe.runtime.Stamp;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Plans and stamps that someone changed and gave right checksums. */
class HostilePlanTest {
    private static final int[] NUMBERS = {0, 1, -1, 2, 255, 4096, 1 << 24, Integer.MAX_VALUE, Integer.MIN_VALUE};

    private static byte[] bytes(ModelImage image, String entry) throws IOException {
        try (InputStream in = image.open(entry)) {
            return in.readAllBytes();
        }
    }

    /** The image with one entry replaced and the stamp made to agree. */
    private static ModelImage with(ModelImage image, String entry, byte[] bytes) throws IOException {
        Map<String, String> stamp = new LinkedHashMap<>(Stamp.read(bytes(image, Stamp.entry(Fakes.ID)), "stamp"));
        stamp.remove("abi");
        stamp.put("entry." + entry, bytes.length + " " + Checksum.of(bytes, bytes.length));
        byte[] sealed = StampWriter.write(stamp);
        return name -> name.equals(entry) ? new ByteArrayInputStream(bytes)
                : name.equals(Stamp.entry(Fakes.ID)) ? new ByteArrayInputStream(sealed) : image.open(name);
    }

    private static void tryOne(ModelImage image, String what) {
        try (Model m = Model.of(image, Fakes.ID); Session s = m.newSession()) {
            s.set("x", Fakes.ramp(32, 1), 2, 16).set("y", Fakes.ramp(32, 1), 2, 16).run();
            s.output("z");
        } catch (LatheRuntimeException e) {
            assertTrue(e.getMessage() != null, what);
        } catch (RuntimeException | Error e) {
            throw new AssertionError(what + ": " + e, e);
        }
    }

    @Test
    void plansThatLie() throws IOException {
        Random r = new Random(11);
        for (Program p : new Program[] {Fakes.fixed(), Fakes.symbolic()}) {
            ModelImage image = JarWriter.image(Fakes.contents(p));
            String entry = Stamp.folder(Fakes.ID) + "plan0.bin";
            byte[] good = bytes(image, entry);
            for (int i = 0; i < 6000; i++) {
                byte[] b = good.clone();
                for (int k = r.nextInt(3); k >= 0; k--) {
                    if (r.nextBoolean()) {
                        b[r.nextInt(b.length)] = (byte) r.nextInt(256);
                    } else {
                        ByteBuffer.wrap(b).putInt(r.nextInt(b.length - 4), NUMBERS[r.nextInt(NUMBERS.length)]);
                    }
                }
                if (i % 10 == 0) {
                    b = Arrays.copyOf(b, r.nextInt(b.length));
                }
                tryOne(with(image, entry, b), "change " + i);
            }
        }
    }

    @Test
    void stampsThatLie() throws IOException {
        Random r = new Random(12);
        ModelImage image = JarWriter.image(Fakes.contents(Fakes.fixed(), Fakes.symbolic()));
        Map<String, String> good = new LinkedHashMap<>(Stamp.read(bytes(image, Stamp.entry(Fakes.ID)), "stamp"));
        good.remove("abi");
        String[] values = {"", "-1", "0", "3", "2147483648", "99999999999999999999", "..", "java.lang.String", "weights.bin", "a b c", "portable,,"};
        for (String key : good.keySet()) {
            for (int i = -1; i < values.length; i++) {
                Map<String, String> m = new LinkedHashMap<>(good);
                if (i < 0) {
                    m.remove(key);
                } else {
                    m.put(key, values[i]);
                }
                byte[] sealed = StampWriter.write(m);
                tryOne(name -> name.equals(Stamp.entry(Fakes.ID)) ? new ByteArrayInputStream(sealed) : image.open(name), key + " " + i);
            }
        }
    }
}
