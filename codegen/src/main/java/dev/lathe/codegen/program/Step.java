package dev.lathe.codegen.program;

import dev.lathe.codegen.dim.Dim;
import java.util.List;

/** One step of the schedule. Steps are numbered in text order, nested ones included. */
public sealed interface Step {
    /** Names of the source nodes that this step computes; survives fusion. */
    List<String> loc();

    /** A place in a buffer: element {@code offset} from its start. */
    record Ref(int buffer, Dim offset) {}

    /**
     * Runs a kernel.
     *
     * @param bufs one for each buffer parameter
     * @param ints one for each integer parameter, without {@code lo} and {@code hi} of a parallel kernel
     * @param extent number of independent work items of a parallel kernel ({@code lo} = 0, {@code hi} = extent when not split); null for others
     * @param grain work items below which a thread is not worth waking; at least 1
     */
    record Run(String kernel, List<Ref> bufs, List<Dim> ints, Dim extent, int grain, List<String> loc) implements Step {
        public Run {
            bufs = List.copyOf(bufs);
            ints = List.copyOf(ints);
            loc = List.copyOf(loc);
        }
    }

    /**
     * Calls a static method of runtime-min for what is irregular by nature (sort, NMS, regex, unique, ...).
     * Java signature: {@code (State s, <array, int> for each buf, <int> for each int, <String>...for each text) -> int[] or void};
     * an array may be declared as {@code Object} where any storage will do (see {@link HelperMethod}).
     * An OWN buffer that the helper fills is passed as its buffer id in {@code ints}; the helper calls
     * {@code s.reserve(id, n)}, which returns the array.
     *
     * @param method {@code Class.method} in {@code dev.lathe.codegen.lib}
     * @param texts constant strings
     * @param binds symbols that get the returned ints, in order; empty when the method is void
     */
    record Helper(String method, List<Ref> bufs, List<Dim> ints, List<String> texts, List<String> binds, List<String> loc) implements Step {
        public Helper {
            bufs = List.copyOf(bufs);
            ints = List.copyOf(ints);
            texts = List.copyOf(texts);
            binds = List.copyOf(binds);
            loc = List.copyOf(loc);
        }
    }

    /** Gives symbols the elements of an integer or bool buffer, {@code symbols.get(i) = buf[at.offset + i]}. */
    record Bind(List<String> symbols, Ref at, List<String> loc) implements Step {
        public Bind {
            symbols = List.copyOf(symbols);
            loc = List.copyOf(loc);
        }
    }

    /** Gives symbols new values, all computed before any is assigned. */
    record Assign(List<String> symbols, List<Dim> values, List<String> loc) implements Step {
        public Assign {
            symbols = List.copyOf(symbols);
            values = List.copyOf(values);
            loc = List.copyOf(loc);
        }
    }

    /** Makes sure that an OWN buffer holds at least {@code size} elements; old contents stay when {@code keep}. */
    record Reserve(int buffer, Dim size, boolean keep, List<String> loc) implements Step {
        public Reserve {
            loc = List.copyOf(loc);
        }
    }

    /** Exchanges the arrays of two OWN buffers of one storage (loop-carried values). */
    record Swap(int a, int b, List<String> loc) implements Step {
        public Swap {
            loc = List.copyOf(loc);
        }
    }

    /** Runs one of two blocks; {@code cond} is an expression, true when not 0 (bind it from a buffer first). */
    record If(Dim cond, List<Step> then, List<Step> otherwise, List<String> loc) implements Step {
        public If {
            then = List.copyOf(then);
            otherwise = List.copyOf(otherwise);
            loc = List.copyOf(loc);
        }
    }

    /** {@code while (cond != 0) body}; cond is evaluated anew before each turn. */
    record While(Dim cond, List<Step> body, List<String> loc) implements Step {
        public While {
            body = List.copyOf(body);
            loc = List.copyOf(loc);
        }
    }
}
