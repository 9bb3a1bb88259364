package dev.lathe.compiler.ir.op;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import java.util.List;
import java.util.function.Supplier;

/**
 * A row of the operator table: one core operation of the graph IR.
 *
 * @param minIn fewest operands
 * @param maxIn most operands
 * @param kind how passes may treat it
 * @param infer type rule: operand types and attributes to result types
 */
public record Op(String name, int minIn, int maxIn, Kind kind, Infer infer) {
    public enum Kind {
        /** every result element is a function of the operands' elements at the same (broadcast) place */
        ELEMENTWISE,
        /** a function of operands and attributes */
        PURE,
        /** defines symbols while running; not to be duplicated or folded */
        BINDING,
        /** has regions */
        CONTROL,
        /** may differ from call to call (unseeded random numbers); not to be merged or folded */
        IMPURE
    }

    /** Computes result types; throws {@link LatheException} (without a place) when operands don't fit. */
    @FunctionalInterface
    public interface Infer {
        List<Type> infer(Call c);
    }

    /**
     * What a type rule sees.
     *
     * @param in operands; absent ones are null
     * @param fresh makes a new symbol for an extent that is found while running
     */
    public record Call(String op, List<Value> in, Attrs attrs, List<Graph> regions, Supplier<Dim> fresh) {
        public Value arg(int i) {
            return i < in.size() ? in.get(i) : null;
        }

        public boolean has(int i) {
            return arg(i) != null;
        }

        public TensorType tensor(int i) {
            Value v = arg(i);
            if (v == null) {
                throw new LatheException("", op + " needs operand " + i);
            }
            if (v.type() instanceof TensorType t) {
                return t;
            }
            throw new LatheException("", "operand " + i + " of " + op + " is " + v.type() + "; it must be a tensor");
        }

        public int rank(int i) {
            return tensor(i).rank();
        }

        /** Attribute {@code axis} of operand 0 as a non-negative number. */
        public int axis(String name, int rank) {
            long a = attrs.integer(name);
            long n = a < 0 ? a + rank : a;
            if (n < 0 || n >= Math.max(rank, 1)) {
                throw new LatheException("", op + ": " + name + " = " + a + " is out of range for rank " + rank);
            }
            return (int) n;
        }

        public void check(boolean ok, String message) {
            if (!ok) {
                throw misfit(message);
            }
        }

        /** The refusal of operands that don't fit. */
        LatheException misfit(String message) {
            return new LatheException("", op + ": " + message);
        }

        /** As {@link #check(boolean, String)}, for messages that take time to make; in rules of what stands in very long graphs {@link #misfit} is cheaper. */
        public void check(boolean ok, Supplier<String> message) {
            if (!ok) {
                check(false, message.get());
            }
        }
    }
}
