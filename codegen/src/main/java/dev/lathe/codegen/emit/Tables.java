package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.asm.MethodRef;
import dev.lathe.codegen.asm.Op;
import dev.lathe.codegen.jar.StateLayout;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Const;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** The two methods of the main class that are tables: step number to method, and buffer to size. */
final class Tables {
    private static final String DISPATCH = "(I" + StepEmitter.STATE + "II)V";
    private static final String SIZES = "([I[J)V";
    private static final List<String> DISPATCH_PARAMS = List.of("step", "s", "lo", "hi");
    private static final List<String> SIZES_PARAMS = List.of("d", "sizes");
    private static final String PREPARE = "([Ljava/lang/Object;)V";
    private static final List<String> PREPARE_PARAMS = List.of("constants");
    private static final int FAN_OUT = 256;

    private Tables() {}

    /** Overrides {@code dispatch}; {@code methods} by step number, null for steps that are not dispatched. */
    static void dispatch(ClassSet classes, List<MethodRef> methods) {
        int width = 1;
        while ((long) width * FAN_OUT < methods.size()) {
            width *= FAN_OUT;
        }
        int top = width;
        classes.override("dispatch", DISPATCH, DISPATCH_PARAMS, cases(classes, methods, 0, top));
    }

    private static Consumer<Code> cases(ClassSet classes, List<MethodRef> methods, int from, int width) {
        List<MethodRef> to = new ArrayList<>();
        for (int i = from; i < Math.min((long) from + (long) width * FAN_OUT, methods.size()); i += width) {
            to.add(width == 1 ? methods.get(i)
                    : classes.define("dispatch", classes.unique("dispatch" + i), DISPATCH, DISPATCH_PARAMS, cases(classes, methods, i, width / FAN_OUT)));
        }
        return c -> {
            Code.Target none = new Code.Target();
            Map<MethodRef, Code.Target> places = new LinkedHashMap<>();
            List<Code.Target> targets = to.stream().map(m -> m == null ? none : places.computeIfAbsent(m, x -> new Code.Target())).toList();
            if (!to.isEmpty()) {
                c.load("step");
                if (width > 1) {
                    c.push(width).op(Op.IDIV);
                }
                c.tableSwitch(from / width, targets, none);
            }
            places.forEach((m, place) -> {
                c.mark(place);
                if (width > 1) {
                    c.load("step");
                }
                c.load("s").load("lo").load("hi").call(m).op(Op.RETURN);
            });
            c.mark(none).fail("no such step to dispatch");
        };
    }

    /** Overrides {@code sizes}. */
    static void sizes(ClassSet classes, StateLayout layout, DimMethods dims) {
        List<Buffer> arena = layout.program().buffers().stream().filter(b -> b.kind() == Buffer.Kind.ARENA).toList();
        List<MethodRef> parts = parts(classes, "sizes", SIZES, SIZES_PARAMS, arena, (c, b) -> size(c, b, dims));
        while (parts.size() > FAN_OUT) {
            List<MethodRef> up = new ArrayList<>();
            for (int i = 0; i < parts.size(); i += FAN_OUT) {
                List<MethodRef> group = parts.subList(i, Math.min(i + FAN_OUT, parts.size()));
                up.add(classes.define("sizes", classes.unique("sizes"), SIZES, SIZES_PARAMS, c -> callAll(c, group)));
            }
            parts = up;
        }
        List<MethodRef> top = parts;
        classes.override("sizes", SIZES, SIZES_PARAMS, c -> callAll(c, top));
    }

    /** Overrides {@code prepare} where there are constants to derive. */
    static void prepare(ClassSet classes, StateLayout layout) {
        List<MethodRef> parts = parts(classes, "prepare", PREPARE, PREPARE_PARAMS, layout.derived(), (c, d) -> derive(c, d, layout));
        if (!parts.isEmpty()) {
            classes.override("prepare", PREPARE, PREPARE_PARAMS, c -> {
                parts.forEach(m -> c.load("constants").call(m));
                c.op(Op.RETURN);
            });
        }
    }

    /** Methods that do {@code each} for all items in turn, as many in one as a method should hold. */
    private static <T> List<MethodRef> parts(ClassSet classes, String name, String type, List<String> params, List<T> items, BiConsumer<Code, T> each) {
        List<MethodRef> parts = new ArrayList<>();
        int next = 0;
        while (next < items.size()) {
            int first = next;
            int[] last = {first};
            parts.add(classes.define(name, classes.unique(name + first), type, params, c -> {
                while (last[0] < items.size() && c.size() < MethodBudget.AIM) {
                    each.accept(c, items.get(last[0]++));
                }
                c.op(Op.RETURN);
            }));
            next = last[0];
        }
        return parts;
    }

    private static void derive(Code c, Const to, StateLayout layout) {
        Const.Derived d = to.derived();
        floats(c, layout.offset(d.source()));
        floats(c, layout.offset(to.buffer()));
        d.arguments().forEach(c::push);
        c.call(MethodRef.ofStatic(d.function()));
    }

    private static void floats(Code c, int offset) {
        c.load("constants").push(Storage.F32.ordinal()).op(Op.AALOAD).cast("[F").push(offset);
    }

    private static void callAll(Code c, List<MethodRef> parts) {
        parts.forEach(m -> c.load("d").load("sizes").call(m));
        c.op(Op.RETURN);
    }

    private static void size(Code c, Buffer b, DimMethods dims) {
        c.load("sizes").push(b.id());
        new DimEmitter(c, DimMethods::array, dims, DimEmitter.LONG).emitLong(b.size());
        c.op(Op.LASTORE);
    }
}
