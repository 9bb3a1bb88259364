package dev.lathe.compiler.ir;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.runtime.ElementType;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The type of a value in the graph IR. */
public sealed interface Type {
    /** A tensor; its rank is always known. Text: {@code f32[N,3,224,224]}, a scalar {@code f32[]}. */
    record TensorType(ElementType elem, List<Dim> dims) implements Type {
        public TensorType {
            dims = List.copyOf(dims);
        }

        // those of records are found while running, which the first JIT compiler alone never makes fast
        @Override
        public boolean equals(Object o) {
            return o == this || o instanceof TensorType t && elem == t.elem && dims.equals(t.dims);
        }

        @Override
        public int hashCode() {
            return 31 * elem.hashCode() + dims.hashCode();
        }

        public int rank() {
            return dims.size();
        }

        public Dim dim(int i) {
            return dims.get(i < 0 ? i + dims.size() : i);
        }

        public Dim size() {
            return Dim.product(dims);
        }

        public boolean isStatic() {
            for (Dim d : dims) {
                if (!d.isConst()) {
                    return false;
                }
            }
            return true;
        }

        /** The dimensions of a static type. */
        public int[] ints() {
            return dims.stream().mapToInt(Dim::intValue).toArray();
        }

        public TensorType withElem(ElementType e) {
            return new TensorType(e, dims);
        }

        public TensorType withDims(List<Dim> d) {
            return new TensorType(elem, d);
        }

        @Override
        public String toString() {
            return elem.text() + dims.stream().map(Dim::toString).collect(Collectors.joining(",", "[", "]"));
        }
    }

    /** A sequence; {@code elem} says what is known of every element. Text: {@code seq<f32[?,3]>}: an unknown dimension is a symbol that begins with {@code ?}. */
    record SeqType(Type elem) implements Type {
        @Override
        public String toString() {
            return "seq<" + elem + ">";
        }
    }

    /** An optional. Text: {@code opt<f32[3]>}. */
    record OptType(Type elem) implements Type {
        @Override
        public String toString() {
            return "opt<" + elem + ">";
        }
    }

    /** A dictionary from integers or strings to single values; elements of sequences only. Text: {@code map_str<f32[]>}, {@code map_i64<f32[]>}. */
    record MapType(ElementType key, ElementType value) implements Type {
        @Override
        public String toString() {
            return "map_" + key.text() + "<" + value.text() + "[]>";
        }
    }

    static TensorType tensor(ElementType elem, long... dims) {
        return new TensorType(elem, Dim.list(dims));
    }

    static TensorType tensor(ElementType elem, List<Dim> dims) {
        return new TensorType(elem, dims);
    }

    /** This type with symbols replaced. */
    default Type substitute(Function<String, Dim> map) {
        if (this instanceof TensorType t) {
            return new TensorType(t.elem(), t.dims().stream().map(d -> d.substitute(map)).toList());
        }
        if (this instanceof SeqType s) {
            return new SeqType(s.elem().substitute(map));
        }
        return this instanceof OptType o ? new OptType(o.elem().substitute(map)) : this;
    }
}
