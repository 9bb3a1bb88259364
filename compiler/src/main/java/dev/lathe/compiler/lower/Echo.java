package dev.lathe.compiler.lower;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Step;
import dev.lathe.codegen.program.Step.Ref;
import dev.lathe.compiler.ir.Value;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.List;

/**
 * What lowering a node added, free of names and numbers, so that it can be added again for a node that is like it. Two echoes are equal where
 * one is what the other's node would have got.
 *
 * @param views of the values of a {@link Likeness}; null for one that has none yet
 */
record Echo(List<Room> buffers, List<Act> acts, List<Place> views) {
    /** No echo: what was added can't be said in general. */
    static final Echo NONE = new Echo(List.of(), List.of(), List.of());

    /** A new buffer; {@code value} is the one whose name it has, or -1. */
    private record Room(int value, String name, Storage storage, Dim size) {}

    /** A place in the buffer of that number: those of the values, then new ones; negative ones count from -1 down, for constants. */
    private record At(int buffer, Dim offset) {}

    private record Place(int buffer, ElementType type, Dim offset, List<Dim> dims, List<Dim> strides) {}

    /** A step; {@code like} has its numbers and texts, but not its places. */
    private record Act(Step like, List<At> places, StepCosts.Cost cost) {}

    /** What has been added since there were {@code buffers} and {@code steps}; {@link #NONE} where it isn't buffers in the arena, runs and calls alone. */
    static Echo of(Likeness like, Lower cx, int buffers, int steps) {
        List<Room> rooms = new ArrayList<>();
        for (Buffer b : cx.buffers().subList(buffers, cx.buffers().size())) {
            if (b.kind() != Buffer.Kind.ARENA) {
                return NONE;
            }
            int value = named(like.values(), b.name());
            rooms.add(new Room(value, value < 0 ? b.name() : null, b.storage(), b.size()));
        }
        List<Act> acts = new ArrayList<>();
        for (Step s : cx.steps().subList(steps, cx.steps().size())) {
            List<Ref> refs = s instanceof Step.Run r ? r.bufs() : s instanceof Step.Helper h && h.binds().isEmpty() ? h.bufs() : null;
            if (refs == null || !s.loc().equals(cx.loc())) {
                return NONE;
            }
            acts.add(new Act(with(s, List.of(), List.of()), refs.stream().map(r -> new At(number(r.buffer(), like, buffers), r.offset())).toList(), cx.costs().of(s)));
        }
        List<Place> views = new ArrayList<>();
        for (Value v : like.values()) {
            View w = cx.found(v);
            views.add(w == null ? null : new Place(number(w.buffer(), like, buffers), w.type(), w.offset(), w.dims(), w.strides()));
        }
        return new Echo(rooms, acts, views);
    }

    private static int named(List<Value> values, String name) {
        for (int i = 0; i < values.size(); i++) {
            if (values.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    private static int number(int id, Likeness like, int first) {
        int i = like.buffer(id);
        return i >= 0 ? i : id >= first ? like.count() + id - first : -1 - id;
    }

    private static Step with(Step s, List<Ref> bufs, List<String> loc) {
        return s instanceof Step.Run r
                ? new Step.Run(r.kernel(), bufs, r.ints(), r.extent(), r.grain(), loc)
                : new Step.Helper(((Step.Helper) s).method(), bufs, ((Step.Helper) s).ints(), ((Step.Helper) s).texts(), List.of(), loc);
    }

    /** Adds the same for the node of {@code like}. */
    void again(Likeness like, Lower cx) {
        int first = cx.buffers().size();
        for (Room r : buffers) {
            String name = r.value < 0 ? r.name : like.values().get(r.value).name();
            cx.buffers().add(new Buffer(cx.buffers().size(), name, r.storage, r.size, Buffer.Kind.ARENA, 0, 0));
        }
        for (Act a : acts) {
            Ref[] refs = new Ref[a.places.size()];
            for (int i = 0; i < refs.length; i++) {
                At at = a.places.get(i);
                refs[i] = new Ref(id(at.buffer, like, first), at.offset);
            }
            Step s = with(a.like, List.of(refs), cx.loc());
            cx.step(s);
            cx.costs().put(s, a.cost);
        }
        for (int i = 0; i < views.size(); i++) {
            Place p = views.get(i);
            Value v = like.values().get(i);
            if (p != null && cx.found(v) == null) {
                cx.alias(v, new View(id(p.buffer, like, first), p.type, p.offset, p.dims, p.strides));
            }
        }
    }

    private static int id(int number, Likeness like, int first) {
        return number < 0 ? -1 - number : number < like.count() ? like.id(number) : first + number - like.count();
    }
}
