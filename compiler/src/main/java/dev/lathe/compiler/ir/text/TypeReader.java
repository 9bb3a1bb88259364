package dev.lathe.compiler.ir.text;

import dev.lathe.codegen.text.TextReader;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.MapType;
import dev.lathe.compiler.ir.Type.OptType;
import dev.lathe.compiler.ir.Type.SeqType;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.grammar.LatheParser.TensorTypeContext;
import dev.lathe.grammar.LatheParser.TypeContext;
import dev.lathe.grammar.LatheParser.WrappedTypeContext;
import dev.lathe.runtime.ElementType;
import java.util.HashMap;
import java.util.Map;

/** Reads types. */
final class TypeReader {
    private final TextReader reader;
    // few types occur very often
    private final Map<Type, Type> seen = new HashMap<>();

    TypeReader(TextReader reader) {
        this.reader = reader;
    }

    Type read(TypeContext c) {
        if (c instanceof TensorTypeContext t) {
            Type type = new TensorType(reader.elementType(t.ID().getSymbol()), reader.dims(t.dim()));
            return seen.computeIfAbsent(type, k -> k);
        }
        WrappedTypeContext w = (WrappedTypeContext) c;
        Type elem = read(w.type());
        String name = w.ID().getText();
        if (name.startsWith("map_") && ElementType.ofText(name.substring(4)) != null && elem instanceof TensorType t) {
            return new MapType(ElementType.ofText(name.substring(4)), t.elem());
        }
        if (!name.equals("seq") && !name.equals("opt")) {
            reader.errors().at(w.ID().getSymbol(), "unknown type " + name + "<>; known are seq<>, opt<>, map_i64<> and map_str<>");
        }
        return name.equals("opt") ? new OptType(elem) : new SeqType(elem);
    }
}
