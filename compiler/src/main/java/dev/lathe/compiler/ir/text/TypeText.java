package dev.lathe.compiler.ir.text;

import dev.lathe.codegen.text.DimText;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.MapType;
import dev.lathe.compiler.ir.Type.OptType;
import dev.lathe.compiler.ir.Type.SeqType;
import dev.lathe.compiler.ir.Type.TensorType;

/** The text of types: as {@link Type#toString}, with symbols quoted where that is needed. */
final class TypeText {
    private TypeText() {}

    static String of(Type t) {
        if (t instanceof TensorType x) {
            return x.elem().text() + "[" + DimText.list(x.dims()) + "]";
        }
        if (t instanceof MapType m) {
            return m.toString();
        }
        return t instanceof SeqType s ? "seq<" + of(s.elem()) + ">" : "opt<" + of(((OptType) t).elem()) + ">";
    }
}
