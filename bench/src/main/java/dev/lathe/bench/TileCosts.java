package dev.lathe.bench;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.X;
import dev.lathe.compiler.lower.TargetInfo;
import dev.lathe.compiler.lower.TileKernel;
import dev.lathe.runtime.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What register tiles cost: the kernel that all contractions run, called over and over on data in the nearest caches, for several
 * lengths of the reduction; each tile in a JVM of its own. The figures behind the choice of tiles per target.
 */
public final class TileCosts {
    private static final int[] LENGTHS = {32, 112, 512};
    private static final int MOST_VECTORS = 25;
    private static final int CALLS = 64;

    /** Where data begins: behind the header, at a cache line, as in arenas. */
    private static final int FIRST = 12;
    private static final long MILLION = 1_000_000;

    private TileCosts() {}

    /** Rows by panels of 16 columns whose accumulators and weights fit the registers. */
    static List<int[]> tiles(TargetInfo t) {
        List<int[]> r = new ArrayList<>();
        for (int panels : new int[] {1, 2, 3, 4}) {
            for (int rows : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 10, 12}) {
                int vectors = Math.max(1, 16 / t.lanes()) * panels;
                if (rows * vectors <= MOST_VECTORS && (rows + 1) * vectors < t.registers() && rows * panels >= 4) {
                    r.add(new int[] {rows, panels});
                }
            }
        }
        return r;
    }

    /** Prints the table; the exit code. */
    static int print(Target target, String processor, Path work) throws IOException {
        System.out.println("GFLOP/s of one thread; " + target.text() + ", JDK " + Runtime.version() + ", " + processor + "; data in the nearest caches");
        System.out.println();
        StringBuilder head = new StringBuilder("| tile |");
        StringBuilder rule = new StringBuilder("|---|");
        for (int k : LENGTHS) {
            head.append(" K = ").append(k).append(" |");
            rule.append("---:|");
        }
        System.out.println(head.append(" peak |"));
        System.out.println(rule.append("---:|"));
        for (int[] t : tiles(TargetInfo.of(target.text()))) {
            Path answer = work.resolve("tile.found");
            Fork.run(TileCosts.class, List.of(target.text(), "" + t[0], "" + t[1], answer.toString()), "tile", work.resolve("tile.log"), answer);
            System.out.println("| " + t[0] + " x " + 16 * t[1] + " | " + Files.readString(answer, StandardCharsets.UTF_8).strip().replace(" ", " | ") + " |");
        }
        return 0;
    }

    /** A forked JVM. Arguments: target, rows, panels, file for the figures. */
    public static void main(String[] args) throws IOException {
        TargetInfo target = TargetInfo.of(args[0]);
        int rows = Integer.parseInt(args[1]);
        int panels = Integer.parseInt(args[2]);
        Kernel tile = TileKernel.sample(target, rows, panels);
        StringBuilder found = new StringBuilder();
        try (KernelTimer timer = new KernelTimer(List.of(tile, repeated(tile, rows, panels)), 1); Peak peak = new Peak(1)) {
            for (int pass = 0; pass < 2; pass++) {
                found.setLength(0);
                for (int k : LENGTHS) {
                    // the first pass warms up
                    found.append(String.format(Locale.ROOT, "%.0f ", gflops(timer, rows, panels, k, pass == 0 ? 400 : 60)));
                }
            }
            peak.warmUp();
            found.append(String.format(Locale.ROOT, "%.0f%n", peak.measure(30 * MILLION)));
        }
        Files.writeString(Path.of(args[3]), found, StandardCharsets.UTF_8);
        System.exit(0);
    }

    private static double gflops(KernelTimer timer, int rows, int panels, int length, long millis) {
        float[] a = region(rows * length);
        float[] w = region(16 * panels * length);
        float[] c = region(16 * panels);
        float[] o = region(16 * panels * rows);
        return timer.measure(2.0 * 16 * panels * rows * length * CALLS, () -> k -> {
            k.invokeExact(a, FIRST, w, FIRST, c, FIRST, o, FIRST, CALLS, length);
        }, millis * MILLION);
    }

    // G1 gives an array of this size regions of its own
    private static float[] region(int elements) {
        return new float[Math.max(elements + FIRST, 1 << 19)];
    }

    /** {@code calls} times the tile, whose rows stand one after the other. */
    static Kernel repeated(Kernel tile, int rows, int panels) {
        Expr length = X.ivar("length");
        List<Expr> numbers = new ArrayList<>();
        for (int r = 0; r < rows; r++) {
            numbers.add(X.mul(X.i(r), length));
        }
        for (int r = 0; r < rows; r++) {
            numbers.add(X.i(r * 16 * panels));
        }
        numbers.addAll(List.of(X.i(16 * (panels - 1)), X.mul(X.i(16), length), length));
        List<Kernel.BufParam> bufs = new ArrayList<>();
        List<Stmt.BufArg> on = new ArrayList<>();
        for (String b : new String[] {"a", "w", "c", "o"}) {
            bufs.add(new Kernel.BufParam(b, Scalar.F32, b.equals("o")));
            on.add(new Stmt.BufArg(b, X.i(0)));
        }
        Stmt loop = new Stmt.For("call", X.i(0), X.ivar("calls"), 1, List.of(new Stmt.Invoke(tile.name(), on, numbers)), false);
        return new Kernel("repeated", bufs, List.of("calls", "length"), List.of(loop), false);
    }
}
