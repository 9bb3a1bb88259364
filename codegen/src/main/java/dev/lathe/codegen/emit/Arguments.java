package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.asm.MethodRef;
import dev.lathe.codegen.asm.Op;
import dev.lathe.codegen.loop.Kernel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * How the parameters of a kernel become those of a method: for each buffer the array and an offset, then the integers. C2 of JDK 17 compiles no
 * method whose own arguments and those of its calls need more of the stack than it has names for ("unsupported calling sequence"; 40 and a call with
 * 27 are too many). So where there are many, the last integers go in pairs, each a long.
 */
final class Arguments {
    /** Parameters of a method at most, if pairs can do it. */
    static final int MOST = 28;

    /** The first two integers of a kernel may be a range, which isn't the kernel's caller's. */
    private static final int ALONE = 2;

    private Arguments() {}

    private static int pairs(Kernel k) {
        int over = 2 * k.bufs().size() + k.ints().size() - MOST;
        return Math.max(0, Math.min(over, (k.ints().size() - ALONE) / 2));
    }

    static String descriptor(Kernel k) {
        return descriptor(k, pairs(k));
    }

    /** As a method takes them that is written in Java: each integer by itself. */
    static String plain(Kernel k) {
        return descriptor(k, 0);
    }

    private static String descriptor(Kernel k, int pairs) {
        StringBuilder s = new StringBuilder("(");
        k.bufs().forEach(b -> s.append(Locals.arrayDescriptor(b.scalar())).append('I'));
        return s.append("I".repeat(k.ints().size() - 2 * pairs)).append("J".repeat(pairs)).append(")V").toString();
    }

    static List<String> names(Kernel k) {
        List<String> names = new ArrayList<>();
        for (Kernel.BufParam b : k.bufs()) {
            names.add(b.name());
            names.add(Exprs.offset(b.name()));
        }
        int pairs = pairs(k);
        names.addAll(k.ints().subList(0, k.ints().size() - 2 * pairs));
        for (int i = 0; i < pairs; i++) {
            names.add(pair(i));
        }
        return names;
    }

    // no name that a kernel may use
    private static String pair(int i) {
        return "$pair" + i;
    }

    /** Declares the integers that came in pairs. */
    static void unpack(Code c, Kernel k) {
        int pairs = pairs(k);
        int first = k.ints().size() - 2 * pairs;
        for (int i = 0; i < pairs; i++) {
            c.load(pair(i)).op(Op.L2I).declareAndStore(k.ints().get(first + 2 * i), "I");
            c.load(pair(i)).push(32).op(Op.LUSHR).op(Op.L2I).declareAndStore(k.ints().get(first + 2 * i + 1), "I");
        }
    }

    /** Pushes the integers of a call, each of which {@code push} pushes, as the method of a kernel takes them. */
    static <T> void push(Code c, MethodRef to, List<T> ints, Consumer<T> push) {
        String parameters = to.descriptor();
        int pairs = 0;
        for (int i = parameters.indexOf('J'); i > 0; i = parameters.indexOf('J', i + 1)) {
            // not those of an array
            pairs += parameters.charAt(i - 1) == '[' ? 0 : 1;
        }
        int first = ints.size() - 2 * pairs;
        for (int i = 0; i < ints.size(); i++) {
            push.accept(ints.get(i));
            if (i < first) {
                continue;
            }
            c.op(Op.I2L);
            if ((i - first) % 2 == 0) {
                c.push(0xffffffffL).op(Op.LAND);
            } else {
                c.push(32).op(Op.LSHL).op(Op.LOR);
            }
        }
    }
}
