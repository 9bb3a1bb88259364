package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Strings: calls of helpers. */
final class TextLowering {
    private TextLowering() {}

    static Map<String, Lowering> rows() {
        return Map.of(
                "text_match", (n, cx) -> {
                    View x = cx.packedView(n.in(0));
                    cx.helper("Texts.fullMatch", List.of(x, cx.result(n.out())), List.of(x.size()), List.of(n.attrs().text("pattern")), List.of());
                },
                "text_hash", (n, cx) -> {
                    View x = cx.packedView(n.in(0));
                    cx.helper("Texts.hash", List.of(x, cx.result(n.out())), List.of(x.size(), Dim.of(n.attrs().intValue("seed"))), List.of(), List.of());
                },
                "text_normalize", TextLowering::normalize,
                "text_split", TextLowering::split,
                "text_tokens", TextLowering::tokens,
                "text_grams", TextLowering::grams);
    }

    private static void normalize(Node n, Lower cx) {
        View x = cx.packedView(n.in(0));
        View stop = cx.packedView(n.in(1));
        View out = SelectionLowering.filled(cx, n.out(), n.out().name());
        Dim change = Dim.of(List.of("none", "lower", "upper").indexOf(n.attrs().text("change")));
        List<String> binds = List.of(n.out().dim(0).symbol());
        cx.markLate(binds);
        cx.helper("Texts.normalize", List.of(x, stop),
                List.of(x.size(), stop.size(), n.attrs().flag("sensitive") ? Dim.ONE : Dim.ZERO, change, Dim.of(out.buffer())), List.of(), binds);
    }

    private static void split(Node n, Lower cx) {
        View x = cx.packedView(n.in(0));
        Value parts = n.out(0);
        View counts = n.out(1) == null ? cx.buffer("counts", ElementType.I64, x.dims()) : cx.result(n.out(1));
        List<String> binds = parts == null ? List.of() : List.of(parts.dim(-1).symbol());
        cx.markLate(binds);
        int out = parts == null ? cx.own("parts", ElementType.STR.storage()) : SelectionLowering.filled(cx, parts, parts.name()).buffer();
        cx.helper("Texts.split", List.of(x, counts), List.of(x.size(), Dim.of(n.attrs().integer("most")), Dim.of(out)), List.of(n.attrs().text("delimiter")), binds);
    }

    private static void tokens(Node n, Lower cx) {
        View x = cx.packedView(n.in(0));
        View separators = cx.packedView(n.in(1));
        View out = SelectionLowering.filled(cx, n.out(), n.out().name());
        List<String> binds = List.of(n.out().dim(-1).symbol());
        cx.markLate(binds);
        Attrs a = n.attrs();
        cx.helper("Texts.tokens", List.of(x, separators),
                List.of(x.size(), separators.size(), Dim.of(a.integer("least")), a.flag("mark") ? Dim.ONE : Dim.ZERO, Dim.of(out.buffer())),
                List.of(a.text("token"), a.text("pad")), binds);
    }

    private static void grams(Node n, Lower cx) {
        List<View> in = new ArrayList<>();
        n.inputs().forEach(v -> in.add(cx.packedView(v)));
        in.add(cx.result(n.out()));
        View x = in.get(0);
        Attrs a = n.attrs();
        Dim rows = x.rank() == 1 ? Dim.ONE : x.dims().get(0);
        cx.helper("Texts.grams", in, List.of(rows, x.dims().get(x.rank() - 1), Dim.of(a.integer("width")), in.get(3).size(),
                Dim.of(a.integer("least")), Dim.of(a.integer("longest")), Dim.of(a.integer("skips")),
                Dim.of(List.of("TF", "IDF", "TFIDF").indexOf(a.text("mode")))), List.of(), List.of());
    }
}
