package dev.lathe.compiler.ir.text;

import dev.lathe.codegen.program.Program.Range;
import dev.lathe.codegen.text.SourceErrors;
import dev.lathe.codegen.text.Spelling;
import dev.lathe.codegen.text.TextReader;
import dev.lathe.codegen.text.Words;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.grammar.LatheLexer;
import dev.lathe.grammar.LatheParser.ArgContext;
import dev.lathe.grammar.LatheParser.EndContext;
import dev.lathe.grammar.LatheParser.GraphContext;
import dev.lathe.grammar.LatheParser.LimitsContext;
import dev.lathe.grammar.LatheParser.NodeContext;
import dev.lathe.grammar.LatheParser.RegionContext;
import dev.lathe.grammar.LatheParser.ResultContext;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.function.Function;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.ErrorNode;
import org.antlr.v4.runtime.tree.ParseTree;
import org.antlr.v4.runtime.tree.TerminalNode;

/** Builds a graph from the parse tree: resolves names, skips what the parser could not understand. */
final class GraphReader {
    /** Stands for values whose definition is wrong. */
    private static final Value WRONG = new Value("?", Type.tensor(ElementType.F32));

    private final TextReader reader;
    private final SourceErrors errors;
    private final TypeReader types;
    private final AttrReader attributes;
    private final Collection<String> ops;
    private final Set<String> opNames;
    private final NavigableSet<Integer> wrongLines;
    private final Map<String, Value> visible = new HashMap<>();
    private final Map<String, Token> definedAt = new HashMap<>();
    private final List<Token> undefined = new ArrayList<>();
    private final Set<Token> outOfScope = new HashSet<>();
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Node, Place> places = new IdentityHashMap<>();
    private List<Value> inputs = List.of();
    private Place start = new Place(1, 1);

    private record Place(int line, int column) {}

    /**
     * @param ops known operations, or null for any
     * @param wrongLines lines with syntax errors
     */
    GraphReader(TextReader reader, Collection<String> ops, Function<String, Tensor> weights, NavigableSet<Integer> wrongLines) {
        this.reader = reader;
        this.errors = reader.errors();
        this.types = new TypeReader(reader);
        this.attributes = new AttrReader(reader, types, weights);
        this.ops = ops;
        this.opNames = ops == null ? null : new HashSet<>(ops);
        this.wrongLines = wrongLines;
    }

    /** Reads the header's values. */
    void begin(GraphContext c) {
        start = place(c);
        inputs = args(c.arg());
    }

    private static Place place(ParserRuleContext c) {
        return new Place(c.getStart().getLine(), c.getStart().getCharPositionInLine() + 1);
    }

    /** Says what is wrong with a node, or with the graph when that is null. */
    void fault(Node n, String what) {
        Place p = places.getOrDefault(n, start);
        errors.at(p.line, p.column, 1, what, "");
    }

    /** Reads a node of the graph itself. */
    void next(NodeContext c) {
        if (isWrong(c)) {
            defineAll(c);
        } else {
            nodes.add(node(c));
        }
    }

    /** Reads what is left. */
    Graph end(GraphContext c) {
        List<Value> outputs = results(c.end(), "return", "graph", c.getStop());
        if (wrongLines.isEmpty() && c.arrow != null && c.end() != null) {
            checkHeader(c);
        }
        undefined.forEach(this::reportUndefined);
        String name = c.GLOBAL() == null ? "" : reader.name(c.GLOBAL().getSymbol());
        return new Graph(name, inputs, nodes, outputs, limits(c.limits()));
    }

    private List<Value> results(EndContext c, String word, String what, Token end) {
        if (c == null || isWrong(c)) {
            if (wrongLines.isEmpty()) {
                errors.at(end, "a " + what + " ends with what it gives: " + word + " %name");
            }
            return List.of();
        }
        if (!c.getStart().getText().equals(word)) {
            errors.at(c, "a " + what + " ends with " + word + ", not " + c.getStart().getText());
        }
        return uses(c.results);
    }

    /** The names after the arrow repeat those that are returned. */
    private void checkHeader(GraphContext c) {
        List<String> header = c.outs.stream().map(reader::name).toList();
        List<String> returned = c.end().results.stream().map(reader::name).toList();
        if (!header.equals(returned)) {
            Token at = c.outs.isEmpty() ? c.getStart() : c.outs.get(0);
            String names = String.join(", ", returned.stream().map(Words::local).toList());
            errors.at(at, "the header's results are not the returned ones", "write -> (" + names + "), or leave it out");
        }
    }

    private Map<String, Range> limits(LimitsContext c) {
        return c != null && isWrong(c) ? Map.of() : reader.limits(c);
    }

    /** True when the parser found an error on one of the lines; its values then count as defined. */
    private boolean isWrong(ParserRuleContext c) {
        if (wrongLines.isEmpty()) {
            return false;
        }
        int last = c.getStop() == null ? c.getStart().getLine() : c.getStop().getLine();
        Integer at = wrongLines.ceiling(c.getStart().getLine());
        return at != null && at <= last || broken(c);
    }

    /** True when the parser has left something out, wherever it has said so: below an error on another line parts may be missing. */
    private static boolean broken(ParseTree t) {
        if (t instanceof ErrorNode || t instanceof ParserRuleContext c && c.exception != null) {
            return true;
        }
        for (int i = 0; i < t.getChildCount(); i++) {
            if (broken(t.getChild(i))) {
                return true;
            }
        }
        return false;
    }

    private void defineAll(ParseTree t) {
        if (t instanceof TerminalNode n && n.getSymbol().getType() == LatheLexer.LOCAL) {
            String name = reader.name(n.getSymbol());
            definedAt.putIfAbsent(name, n.getSymbol());
            visible.putIfAbsent(name, WRONG);
        }
        for (int i = 0; i < t.getChildCount(); i++) {
            defineAll(t.getChild(i));
        }
    }

    private List<Value> args(List<ArgContext> list) {
        List<Value> r = new ArrayList<>(list.size());
        for (ArgContext a : list) {
            if (isWrong(a)) {
                defineAll(a);
            } else {
                r.add(define(a.LOCAL().getSymbol(), types.read(a.type())));
            }
        }
        return r;
    }

    private Value define(Token t, Type type) {
        String name = reader.name(t);
        Token before = definedAt.putIfAbsent(name, t);
        if (before != null) {
            errors.at(t, t.getText() + " is defined already, on line " + before.getLine(), "a name stands for one value in a graph and its regions");
        }
        Value v = new Value(name, type);
        // after a second definition the first one goes on to be meant
        visible.putIfAbsent(name, v);
        return v;
    }

    private List<Value> uses(List<Token> tokens) {
        List<Value> r = new ArrayList<>(tokens.size());
        for (Token t : tokens) {
            r.add(t.getType() == LatheLexer.LOCAL ? use(t) : null);
        }
        return r;
    }

    private Value use(Token t) {
        String name = reader.name(t);
        Value v = visible.get(name);
        if (v == null) {
            // said at the end, when all definitions are known
            undefined.add(t);
            if (definedAt.containsKey(name)) {
                outOfScope.add(t);
            }
            return WRONG;
        }
        return v;
    }

    private void reportUndefined(Token t) {
        String name = reader.name(t);
        Token at = definedAt.get(name);
        if (at == null) {
            String hint = definedAt.size() > 10_000 ? "" : Spelling.hint(name, definedAt.keySet());
            errors.at(t, t.getText() + " is not defined", hint.replace("did you mean ", "did you mean %"));
        } else if (outOfScope.contains(t)) {
            errors.at(t, t.getText() + " is defined on line " + at.getLine() + ", inside a region; it can't be used outside");
        } else {
            errors.at(t, t.getText() + " is used before its definition on line " + at.getLine());
        }
    }

    private List<Node> nodes(List<NodeContext> list) {
        List<Node> r = new ArrayList<>(list.size());
        for (NodeContext c : list) {
            if (isWrong(c)) {
                defineAll(c);
            } else {
                r.add(node(c));
            }
        }
        return r;
    }

    private Node node(NodeContext c) {
        String op = reader.word(c.opName().word(), c.opName().STRING());
        if (opNames != null && !opNames.contains(op)) {
            errors.at(c.opName().getStart(), "unknown operation " + op, Spelling.hint(op, ops));
        }
        List<Value> inputs = uses(c.in);
        List<Graph> regions = c.region().stream().map(this::region).toList();
        List<Value> outputs = new ArrayList<>();
        for (ResultContext r : c.result()) {
            outputs.add(r.LOCAL() == null ? null : define(r.LOCAL().getSymbol(), types.read(r.type())));
        }
        Type first = outputs.isEmpty() || outputs.get(0) == null ? null : outputs.get(0).type();
        Attrs attrs = attributes.read(c.attrs(), op, first);
        Node n = new Node(op, inputs, outputs, attrs, regions, c.loc() == null ? Loc.NONE : new Loc(reader.loc(c.loc())));
        places.put(n, place(c));
        return n;
    }

    private Graph region(RegionContext c) {
        String name = c.GLOBAL() == null ? "" : reader.name(c.GLOBAL().getSymbol());
        List<Value> inputs = args(c.arg());
        List<Node> nodes = nodes(c.node());
        Graph g = new Graph(name, inputs, nodes, results(c.end(), "yield", "region", c.getStop()), limits(c.limits()));
        // what a region defines is not seen outside
        inputs.forEach(this::hide);
        nodes.forEach(n -> n.outputs().forEach(this::hide));
        return g;
    }

    private void hide(Value v) {
        if (v != null) {
            visible.remove(v.name(), v);
        }
    }
}
