package dev.lathe.compiler.ir.op;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.op.Op.Call;
import dev.lathe.compiler.ir.op.Op.Kind;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Strings as elements. Concatenation, comparison and conversion are elementwise operations. */
final class TextOps {
    private TextOps() {}

    static List<Op> rows() {
        return List.of(
                // attributes: pattern (text)
                new Op("text_match", 1, 1, Kind.PURE, c -> {
                    pattern(c, "pattern");
                    return List.of(strings(c).withElem(ElementType.BOOL));
                }),
                // MurmurHash3_x86_32 of UTF-8; attribute: seed
                new Op("text_hash", 1, 1, Kind.PURE, c -> List.of(strings(c).withElem(ElementType.U32))),
                // words [n] and stop words [m] to the words that are left; attributes: sensitive (bool), change (none, lower, upper)
                new Op("text_normalize", 2, 2, Kind.BINDING, c -> {
                    c.check(strings(c).rank() == 1, () -> "the operand is " + c.tensor(0) + "; it needs one dimension");
                    return List.of(c.tensor(0).withDims(List.of(c.fresh().get())));
                }),
                // parts along a new last axis, and how many there are of each; attributes: delimiter (text; empty: white space), most (int; -1: any number)
                new Op("text_split", 1, 1, Kind.BINDING, TextOps::split),
                // strings and separators [m] to tokens along a new last axis; attributes: token, pad (texts), least (int), mark (bool)
                new Op("text_tokens", 2, 2, Kind.BINDING, c -> {
                    pattern(c, "token");
                    return List.of(split(c).get(0));
                }),
                /*
                 * tokens [n] or [rows, n], pool of n-grams sorted within each length, where each length begins in it (i32), the place of each
                 * n-gram's count (i32), its weight (f32) to f32 [width] or [rows, width]
                 * attributes: width, least, longest, skips (ints), mode (TF, IDF, TFIDF)
                 */
                new Op("text_grams", 5, 5, Kind.PURE, c -> {
                    List<Dim> d = new ArrayList<>(c.tensor(0).dims());
                    c.check(d.size() == 1 || d.size() == 2, () -> "the operand is " + c.tensor(0) + "; it needs one or two dimensions");
                    d.set(d.size() - 1, Dim.of(c.attrs().integer("width")));
                    return List.of(Type.tensor(ElementType.F32, d));
                }));
    }

    private static TensorType strings(Call c) {
        c.check(c.tensor(0).elem() == ElementType.STR, () -> "the operand is " + c.tensor(0) + "; it must hold strings");
        return c.tensor(0);
    }

    private static List<Type> split(Call c) {
        TensorType t = strings(c);
        List<Dim> d = new ArrayList<>(t.dims());
        d.add(c.fresh().get());
        return List.of(t.withDims(d), t.withElem(ElementType.I64));
    }

    // a text that comes from no importer may hold anything
    private static void pattern(Call c, String attribute) {
        String wrong = null;
        try {
            Pattern.compile(c.attrs().text(attribute));
        } catch (PatternSyntaxException e) {
            wrong = e.getDescription();
        }
        String why = wrong;
        c.check(why == null, () -> attribute + " is \"" + c.attrs().text(attribute) + "\", which is not understood: " + why);
    }
}
