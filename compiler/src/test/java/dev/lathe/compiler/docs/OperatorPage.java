package dev.lathe.compiler.docs;

import dev.lathe.compiler.cli.KnownFailures;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import dev.lathe.compiler.mnn.MnnTable;
import dev.lathe.compiler.paddle.PaddleTable;
import dev.lathe.compiler.paddle.pir.PirOps;
import dev.lathe.compiler.tflite.TfliteNames;
import dev.lathe.compiler.tflite.TfliteTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Collectors;

/** Renders docs/operators.md. */
final class OperatorPage {
    static final String BLESS = "mvn -pl compiler -am test -Dtest=OperatorPageTest -Dsurefire.failIfNoSpecifiedTests=false -Dlathe.bless=true";

    private static final String HEAD = """
            # Operators

            <!-- Made from the operator tables by OperatorPageTest; don't edit. To make it again:
                 %s -->

            What Lathe reads, and what becomes of it. Every operator is decomposed into the core operations at the end of this page.

            - **Opsets**: the versions that ONNX has of the operator. At a **bold** one, a case of the ONNX backend suite passes; the others go
              through the same row, without such a case. Opsets 1 to 28 of ai.onnx are accepted.
            - **Checked with**: element types of operands and results in the suite's passing cases of this operator alone; empty where the suite
              has none. Other types that ONNX allows go through the same row, without a case that shows it.
            - **Extents** of the results: *static*: the node itself says them. *Symbolic*: they are arithmetic of the operands' extents, which may be
              open. *Data-dependent*: they may also follow from the operands' values; these are folded where known, else found while running.
            - Ranks are always known at compile time. Where a rank follows from a value, the value must be known or the model must declare the shape.

            An operator that isn't listed is an error that names all such operators of the model and their nodes.
            """;

    private OperatorPage() {}

    static String render() {
        StringBuilder s = new StringBuilder(HEAD.formatted(BLESS));
        Map<String, List<OperatorFacts>> domains = new TreeMap<>();
        OperatorFacts.read().forEach(f -> domains.computeIfAbsent(f.domain(), d -> new ArrayList<>()).add(f));
        for (Map.Entry<String, List<OperatorFacts>> e : domains.entrySet()) {
            domain(s, e.getKey().isEmpty() ? "ai.onnx" : e.getKey(), e.getValue().stream().filter(OperatorFacts::supported).toList());
        }
        s.append("\n## Not read\n\n| Operator | Why |\n|---|---|\n");
        OperatorFacts.read().stream().filter(f -> !f.supported()).forEach(f -> s.append("| ").append(f.name()).append(" | ").append(f.note()).append(" |\n"));
        otherFormats(s);
        core(s);
        conformance(s);
        return s.toString();
    }

    private static void domain(StringBuilder s, String name, List<OperatorFacts> rows) {
        if (rows.isEmpty()) {
            return;
        }
        s.append("\n## ").append(name).append(" (").append(rows.size()).append(")\n\n");
        s.append("| Operator | Opsets | Checked with | Extents | Notes |\n|---|---|---|---|---|\n");
        for (OperatorFacts f : rows) {
            String versions = f.versions().stream().map(v -> v.endsWith("*") ? "**" + v.substring(0, v.length() - 1) + "**" : v).collect(Collectors.joining(", "));
            s.append("| ").append(f.simpleName()).append(" | ").append(versions).append(" | ").append(cell(f.types())).append(" | ").append(f.extents().text())
                    .append(" | ").append(cell(f.note())).append(" |\n");
        }
    }

    private static String cell(String text) {
        return text.equals("-") ? "" : text;
    }

    private static void otherFormats(StringBuilder s) {
        s.append("\n## PaddlePaddle (").append(PaddleTable.all().size()).append(")\n\nAmong them are all 217 that Paddle-Lite's table of operators names for x86 and any host.\n\nAn input that holds sequences (LoD) has another one behind all inputs, `NAME.lod`: the row where each\n"
                + "sequence begins, and the number of rows (sequences of 3 and 2 rows are 0, 3, 5); where sequences are steps of others,\n"
                + "`NAME.lod1` says the same of them. Of a program's operators, beside `feed` and `fetch`:\n\n");
        names(s, PaddleTable.all().keySet().stream().toList());
        s.append("\nPrograms in JSON (version 3) call them by the names of dialect `pd_op`, of which these are known; a name may end in `_`. ")
                .append("Beside them: `data`, `fetch`, `if`, `while`, and what dialect `builtin` has.\n\n");
        names(s, PirOps.names());
        List<Integer> codes = TfliteTable.codes().stream().toList();
        s.append("\n## TensorFlow Lite (").append(codes.size()).append(")\n\nBuiltin operators; what operators and variables keep from one run to the next begins anew with every run. Quantised tensors are\n"
                + "the numbers that they stand for; `--steps` rounds to them as the format's interpreter does ([numerics.md](numerics.md)):\n\n");
        names(s, codes.stream().map(TfliteNames::of).sorted().toList());
        s.append("\nNot read:\n\n");
        names(s, IntStream.range(0, TfliteNames.count()).filter(c -> !codes.contains(c)).mapToObj(TfliteNames::of)
                .filter(c -> !c.equals("CUSTOM") && !c.startsWith("PLACEHOLDER")).sorted().toList());
        s.append("\nOf the others, by their names: ").append(String.join(", ", TfliteTable.customNames().stream().map(c -> "`" + c + "`").toList())).append(".\n\nOf a model with several signatures the first graph's is read, and `lathe compile` and `inspect` name\n"
                + "the others; `--signature NAME` of every command takes another.\n");
        s.append("\n## MNN (").append(MnnTable.names().size()).append(")\n\n");
        names(s, List.copyOf(MnnTable.names()));
    }

    private static void core(StringBuilder s) {
        s.append("\n## Core operations (").append(OpTable.all().size()).append(")\n\nThe operations of Lathe's graphs. What the kinds let passes do stands in `Op.Kind`.\n");
        Map<Op.Kind, List<String>> kinds = new TreeMap<>();
        OpTable.all().forEach(o -> kinds.computeIfAbsent(o.kind(), k -> new ArrayList<>()).add(o.name()));
        kinds.forEach((kind, ops) -> {
            s.append("\n**").append(kind.name().toLowerCase(Locale.ROOT)).append("** (").append(ops.size()).append("):\n");
            names(s, ops);
        });
    }

    private static void names(StringBuilder s, List<String> all) {
        int column = 0;
        for (int i = 0; i < all.size(); i++) {
            String name = "`" + all.get(i) + "`" + (i + 1 < all.size() ? "," : "");
            if (column > 0 && column + 1 + name.length() > 140) {
                s.append('\n');
                column = 0;
            }
            s.append(column > 0 ? " " : "").append(name);
            column += name.length() + (column > 0 ? 1 : 0);
        }
        s.append('\n');
    }

    private static void conformance(StringBuilder s) {
        s.append("""

                ## Conformance

                The cases of the ONNX backend suite (opsets 1 to 28: node, simple, pytorch-operator, pytorch-converted) that don't pass.
                `lathe verify --suite DIR` counts them as failed and prints the reason behind the failure. A case not listed here should pass.
                """);
        failures(s, KnownFailures.of(KnownFailures.Mode.PLAIN));
        s.append("\nWith `--dynamic` (every dimension of the inputs open), also:\n");
        failures(s, KnownFailures.of(KnownFailures.Mode.DYNAMIC));
    }

    private static void failures(StringBuilder s, Map<String, String> cases) {
        Map<String, List<String>> byReason = new LinkedHashMap<>();
        cases.forEach((name, why) -> byReason.computeIfAbsent(why, w -> new ArrayList<>()).add(name));
        s.append("\n| Cases | Number | Reason |\n|---|---|---|\n");
        byReason.forEach((why, names) -> s.append("| ").append(names.stream().map(n -> "`" + n + "`").collect(Collectors.joining(", ")))
                .append(" | ").append(names.size()).append(" | ").append(why).append(" |\n"));
    }
}
