package dev.lathe.compiler.picture;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.program.Program.Range;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.pass.Graphs;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Puts operations in front of an input, so that a graph takes pictures: bytes [batch, rows, columns, 3]. */
public final class PictureInput {
    private final Graph graph;
    private final Picture options;
    private final Value input;
    private final Sides sides;

    /** Where the dimensions stand in the input's shape, and the picture's size there. */
    private record Sides(int rows, int columns, int channels, boolean last) {
        static Sides of(int rank, boolean last) {
            int first = rank - 3;
            return last ? new Sides(first, first + 1, first + 2, true) : new Sides(first + 1, first + 2, first, false);
        }
    }

    private PictureInput(Graph graph, Picture options, Value input) {
        this.graph = graph;
        this.options = options;
        this.input = input;
        this.sides = Sides.of(input.rank(), last(input.tensor(), options));
    }

    /** The options with the name of the input that takes pictures. */
    public static Picture named(Graph g, Picture options) {
        Value v = find(g, options);
        boolean grey = v.dim(Sides.of(v.rank(), last(v.tensor(), options)).channels()).is(1);
        return options.withInput(v.name()).withChannels(options.channels() != null ? options.channels() : grey ? Picture.Channels.GREY : Picture.Channels.RGB);
    }

    /** The graph that takes pictures where {@code g} takes their normalised pixels. */
    public static Graph prepend(Graph g, Picture given) {
        Picture options = named(g, given);
        Value found = find(g, options);
        Graph sized = options.size() == null ? g : sized(g, options, found);
        return new PictureInput(sized, options, find(sized, options)).graph();
    }

    /** The rows and columns that pictures are resized to; open ones, which take a picture as it is, are -1. */
    public static List<Long> size(Graph g, Picture options) {
        Value v = find(g, options);
        Sides s = Sides.of(v.rank(), last(v.tensor(), options));
        return List.of(extent(v.dim(s.rows())), extent(v.dim(s.columns())));
    }

    private static long extent(Dim d) {
        return d.isConst() ? d.value() : -1;
    }

    private static Value find(Graph g, Picture o) {
        List<Value> fit = g.inputs().stream().filter(v -> o.input() == null ? problem(v, o) == null : v.name().equals(o.input())).toList();
        if (fit.size() == 1) {
            String p = problem(fit.get(0), o);
            if (p != null) {
                throw new LatheException(g.name(), "input \"" + fit.get(0).name() + "\": " + fit.get(0).type() + " takes no pictures: " + p,
                        "pictures fit float or u8 inputs of shape [N,C,H,W] or [N,H,W,C] with 3 channels, or 1 with channels grey");
            }
            return fit.get(0);
        }
        List<String> all = g.inputs().stream().map(v -> v.name() + ": " + v.type()).toList();
        throw LatheException.wrongUse(g.name(), o.input() != null ? "there is no input \"" + o.input() + "\"" : fit.isEmpty() ? "no input can take pictures"
                : "several inputs can take pictures", "the inputs are " + String.join("; ", all) + (fit.size() > 1 ? "\nsay which one with --image" : ""));
    }

    private static boolean last(TensorType t, Picture o) {
        int first = t.rank() - 3;
        return o.layout() == null ? !channels(t.dim(first), o) && channels(t.dim(first + 2), o) : o.layout() == Picture.Layout.NHWC;
    }

    private static boolean channels(Dim d, Picture o) {
        return o.channels() == null ? d.is(1) || d.is(3) : d.is(o.channels() == Picture.Channels.GREY ? 1 : 3);
    }

    private static String problem(Value v, Picture o) {
        if (!(v.type() instanceof TensorType t) || t.rank() < 3 || t.rank() > 4) {
            return "it has not three or four dimensions";
        }
        if (!t.elem().isFloat() && t.elem() != ElementType.U8) {
            return "its elements are " + t.elem().text();
        }
        Dim c = t.dim(Sides.of(t.rank(), last(t, o)).channels());
        if (!channels(c, o)) {
            return "it has " + c + " channels, and " + (o.channels() == null ? "pictures have 1 or 3"
                    : Picture.text(o.channels()) + " pictures have " + (o.channels() == Picture.Channels.GREY ? 1 : 3));
        }
        return t.elem() == ElementType.U8 && o.hasNormalisation() ? "its pixels are bytes, which scale, mean and std would not leave as they are" : null;
    }

    /** The graph with the picture's extents fixed: open ones take the size, others must have it. */
    private static Graph sized(Graph g, Picture o, Value v) {
        Sides s = Sides.of(v.rank(), last(v.tensor(), o));
        Map<String, Dim> by = new LinkedHashMap<>();
        for (int i = 0; i < 2; i++) {
            Dim d = v.dim(i == 0 ? s.rows() : s.columns());
            Dim want = Dim.of(o.size().get(i));
            Range limit = d.symbol() == null ? null : g.limits().get(d.symbol());
            boolean other = by.containsKey(d.symbol()) && !by.get(d.symbol()).equals(want);
            if (d.symbol() == null ? !d.equals(want) : other || limit != null && (want.value() < limit.min() || want.value() > limit.max())) {
                throw new LatheException(g.name(), "pictures can't be resized to " + o.size().get(0) + "x" + o.size().get(1) + ": input \"" + v.name() + "\" is " + v.type());
            }
            if (d.symbol() != null) {
                by.put(d.symbol(), want);
            }
        }
        return Symbols.replace(g, by);
    }

    private Graph graph() {
        Set<String> taken = new HashSet<>();
        Symbols.collect(graph, taken);
        GraphBuilder b = new GraphBuilder();
        taken.forEach(b::reserveSymbol);
        Symbols.names(graph).forEach(b::fresh);
        boolean resize = options.resize() != Picture.Resize.NONE && extent(input.dim(sides.rows())) >= 0 && extent(input.dim(sides.columns())) >= 0;
        List<Dim> dims = new ArrayList<>(input.tensor().dims().subList(0, input.rank() - 3));
        for (String side : List.of("height", "width")) {
            dims.add(resize ? Dim.sym(free(side, taken)) : input.dim(side.equals("height") ? sides.rows() : sides.columns()));
        }
        dims.add(Dim.of(3));
        Value bytes = new Value(input.name(), Type.tensor(ElementType.U8, dims));
        b.at(Loc.of(input.name()));
        Value pixels = new PictureOps(b, options).prepare(bytes, input.dim(sides.rows()), input.dim(sides.columns()), resize, input.elem());
        int first = input.rank() - 3;
        Value prepared = sides.last() ? pixels : b.op("transpose", Attrs.of("perm",
                first == 0 ? new int[] {2, 0, 1} : new int[] {0, 3, 1, 2}), pixels);
        List<Value> inputs = graph.inputs().stream().map(v -> v == input ? bytes : v).toList();
        List<Node> nodes = new ArrayList<>(b.nodes());
        Map<Value, Value> by = new IdentityHashMap<>(Map.of(input, prepared));
        graph.nodes().forEach(n -> nodes.add(Graphs.substitute(n, by)));
        Map<String, Range> limits = new LinkedHashMap<>(graph.limits());
        return new Graph(graph.name(), inputs, nodes, graph.outputs().stream().map(v -> by.getOrDefault(v, v)).toList(), limits);
    }

    private static String free(String wish, Set<String> taken) {
        String n = wish;
        for (int i = 2; !taken.add(n); i++) {
            n = wish + i;
        }
        return n;
    }
}
