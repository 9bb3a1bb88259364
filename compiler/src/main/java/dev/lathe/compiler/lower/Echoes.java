package dev.lathe.compiler.lower;

import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Lowers nodes that are like earlier ones by adding what those got once more: in very long graphs of few kinds of layers this takes a
 * fraction of the time. What a node gets is noted and, at the next like it, compared; only what was equal twice is repeated. So
 * no lowering need know of it: one that looks at more than a {@link Likeness} says is noticed and always asked.
 */
final class Echoes {
    /** Kinds of nodes that are remembered. */
    private static final int MOST = 256;

    private static final class Note {
        private Echo echo;
        private boolean proven;
    }

    private final Lower cx;
    private final Map<List<Object>, Note> notes = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<List<Object>, Note> eldest) {
            return size() > MOST;
        }
    };
    // of the node that is being lowered, while nothing else has been looked at
    private Likeness watched;

    private final boolean on;
    private int repeated;

    Echoes(Lower cx, boolean on) {
        this.cx = cx;
        this.on = on;
    }

    int repeated() {
        return repeated;
    }

    /** Lowers {@code n}, by its operation's lowering where nothing like it is known. */
    void lower(Node n) {
        watched = null;
        Likeness like = on && cx.always() ? Likeness.of(n, cx) : null;
        if (like == null) {
            anew(n);
            return;
        }
        Note note = notes.computeIfAbsent(like.key(), k -> new Note());
        if (note.proven) {
            if (note.echo != Echo.NONE) {
                note.echo.again(like, cx);
                repeated++;
            } else {
                anew(n);
            }
            return;
        }
        int buffers = cx.buffers().size();
        int steps = cx.steps().size();
        int made = cx.made();
        watched = like;
        anew(n);
        boolean whole = watched == like;
        watched = null;
        if (made != cx.made()) {
            // a kernel or constant that the next will find
            return;
        }
        Echo echo = whole ? Echo.of(like, cx, buffers, steps) : Echo.NONE;
        note.proven = echo.equals(note.echo);
        note.echo = echo;
    }

    private void anew(Node n) {
        Lowerings.get(n.op()).lower(n, cx);
    }

    /** The lowering asks about {@code v}, or says where it stands. */
    void touches(Value v) {
        if (watched != null && v != null && !watched.mentions(v)) {
            watched = null;
        }
    }

    /** The lowering does or asks what no echo repeats. */
    void spoil() {
        watched = null;
    }
}
