package dev.lathe.compiler;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.facade.Facade;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.runtime.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Describes the typed class of a compiled model. */
final class Facades {
    private Facades() {}

    /** @param programs of one target, by path, the most general one last */
    static Facade of(String id, String model, CompilerOptions o, List<Program> programs) {
        return new Facade(id, model, Lathe.VERSION, o.targets().stream().map(Target::text).toList(),
                ports(programs.stream().map(Program::inputs).toList()), ports(programs.stream().map(Program::outputs).toList()), o.labels(), o.picture() == null ? null : o.picture().input());
    }

    /** False for names that are too long for constants of a class; such a model has no typed class, and is run by {@code Model}. */
    static boolean fits(String model, CompilerOptions o, List<Program> programs) {
        Program last = programs.get(programs.size() - 1);
        int names = Stream.concat(last.inputs().stream(), last.outputs().stream()).mapToInt(p -> p.name().length() + 40 * (1 + p.dims().size())).sum();
        // a constant holds 65,535 bytes, a character takes up to three, and the signature holds every name
        return names + model.length() < 20_000 && o.labels().stream().allMatch(l -> l.length() < 20_000);
    }

    private static List<Facade.Port> ports(List<List<Port>> paths) {
        List<Port> last = paths.get(paths.size() - 1);
        List<Facade.Port> all = new ArrayList<>();
        for (int i = 0; i < last.size(); i++) {
            Port p = last.get(i);
            List<Facade.Dim> dims = new ArrayList<>();
            for (int axis = 0; axis < p.dims().size(); axis++) {
                dims.add(dim(paths, i, axis));
            }
            all.add(new Facade.Port(p.name(), Facade.Kind.valueOf(p.kind().name()), p.type(), dims));
        }
        return all;
    }

    /** A dimension on which the paths don't agree is open, whatever the last path says. */
    private static Facade.Dim dim(List<List<Port>> paths, int port, int axis) {
        Port p = paths.get(paths.size() - 1).get(port);
        Dim d = p.dims().get(axis);
        boolean same = paths.stream().allMatch(path -> path.get(port).dims().size() == p.dims().size() && path.get(port).dims().get(axis).equals(d));
        if (d.isConst() && !same) {
            return new Facade.Dim(p.name() + "_" + axis, -1);
        }
        return new Facade.Dim(d.toString(), d.isConst() ? d.value() : -1);
    }
}
