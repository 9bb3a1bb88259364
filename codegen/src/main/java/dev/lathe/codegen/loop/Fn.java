package dev.lathe.codegen.loop;

import java.util.List;

/**
 * A pure function of scalars that the loop IR can call: a public static method (see {@link Fns}). Its
 * vector form, where it has one, is the same arithmetic lane by lane (see {@code VectorMath}).
 *
 * @param owner simple name of the class, see {@link Fns#owner}
 * @param name the method's name; in text {@code F32Math.exp}
 */
public record Fn(String owner, String name, List<Scalar> params, Scalar result) {
    public Fn {
        params = List.copyOf(params);
    }

    /** The Java descriptor of the method. */
    public String descriptor() {
        StringBuilder s = new StringBuilder("(");
        params.forEach(p -> s.append(letter(p)));
        return s.append(')').append(letter(result)).toString();
    }

    private static String letter(Scalar s) {
        return switch (s) {
            case F32 -> "F";
            case F64 -> "D";
            case I32 -> "I";
            case I64 -> "J";
            case BOOL -> "Z";
            case REF -> "Ljava/lang/Object;";
        };
    }

    @Override
    public String toString() {
        return owner + "." + name;
    }
}
