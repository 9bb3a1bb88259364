package dev.lathe.codegen.transform;

import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Stmt;
import java.util.HashSet;
import java.util.Set;

/** The names taken in one kernel; makes new ones. */
final class Names {
    private final Set<String> taken = new HashSet<>();
    private final Set<String> mutable = new HashSet<>();

    Names(Kernel k) {
        k.bufs().forEach(b -> taken.add(b.name()));
        taken.addAll(k.ints());
        Walk.statements(k.body(), s -> {
            String name = Walk.declared(s);
            if (name != null) {
                taken.add(name);
            }
            if (s instanceof Stmt.Mut m) {
                mutable.add(m.name());
            }
        });
    }

    /** Whether the kernel had a mutable local of this name. */
    boolean mutable(String name) {
        return mutable.contains(name);
    }

    /** {@code base}, or where that is taken {@code base_2}, {@code base_3}, ... */
    String fresh(String base) {
        String name = base;
        for (int n = 2; !taken.add(name); n++) {
            name = base + "_" + n;
        }
        return name;
    }
}
