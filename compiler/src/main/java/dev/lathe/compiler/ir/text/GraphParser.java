package dev.lathe.compiler.ir.text;

import dev.lathe.codegen.text.Parsing;
import dev.lathe.codegen.text.Source;
import dev.lathe.codegen.text.SourceErrors;
import dev.lathe.codegen.text.TextException;
import dev.lathe.codegen.text.TextReader;
import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Graph;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.op.Op;
import dev.lathe.compiler.ir.op.OpTable;
import dev.lathe.compiler.tensor.SafetensorsFile;
import dev.lathe.compiler.tensor.SideFile;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.grammar.LatheParser;
import dev.lathe.grammar.LatheParser.GraphContext;
import dev.lathe.grammar.LatheParser.ModelContext;
import dev.lathe.grammar.LatheParser.NodeContext;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.NavigableSet;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Reads the text that {@link GraphPrinter} writes. Every error of a text is reported, each with its place, its line
 * and a caret; only syntax, names and constants are checked here, operands and types by
 * a {@link Checker}.
 */
public final class GraphParser {
    private GraphParser() {}

    /** Finds what is wrong with a graph's operands and types, and says it of a node, or of the graph when that is null. */
    @FunctionalInterface
    public interface Checker {
        void check(Graph g, BiConsumer<Node, String> fault);
    }

    /** Reads a file and the side file that it names; operations must be known. */
    public static Graph read(Path file, Checker checker) {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new LatheException(file.toString(), "there is no such file");
        } catch (CharacterCodingException e) {
            throw new LatheException(file.toString(), "the file is not text in UTF-8");
        } catch (IOException e) {
            throw new LatheException(file.toString(), "the file can't be read: " + e.getMessage());
        }
        return parse(new Source(file.toString(), text), knownOps(), sideFiles(file), checker);
    }

    /** The names in the table of operations. */
    public static Collection<String> knownOps() {
        return OpTable.all().stream().map(Op::name).toList();
    }

    /** Opens side files that stand beside {@code file}. */
    public static Function<String, Function<String, Tensor>> sideFiles(Path file) {
        return name -> {
            SafetensorsFile side = SafetensorsFile.open(SideFile.locate(file.toAbsolutePath().getParent(), name, "", "weights file"));
            return tensor -> side.names().contains(tensor) ? side.tensor(tensor) : null;
        };
    }

    /** Parses a text without side file; any operation is taken. */
    public static Graph parse(String name, String text) {
        return parse(new Source(name, text), null, null);
    }

    /**
     * @param ops names of the known operations; null takes any
     * @param sideFiles opens a side file by its name in the text: gives a tensor by name, or null when the file lacks
     *     it; null when side files can't be had
     * @throws LatheException listing everything that is wrong
     */
    public static Graph parse(Source source, Collection<String> ops, Function<String, Function<String, Tensor>> sideFiles) {
        return parse(source, ops, sideFiles, (g, fault) -> {});
    }

    private static Graph parse(Source source, Collection<String> ops, Function<String, Function<String, Tensor>> sideFiles, Checker checker) {
        try {
            Graph g = fast(source, ops, sideFiles, checker);
            return g != null ? g : careful(source, ops, sideFiles);
        } catch (TextException e) {
            throw new LatheException("", e.getMessage());
        }
    }

    /** Reads node by node while parsing goes on; null when the text has a syntax error. */
    private static Graph fast(Source source, Collection<String> ops, Function<String, Function<String, Tensor>> sideFiles, Checker checker) {
        SourceErrors errors = new SourceErrors(source);
        GraphReader[] reader = new GraphReader[1];
        ModelContext tree = Parsing.fast(source, LatheParser::model, part -> {
            if (!(part instanceof NodeContext node && node.getParent() instanceof GraphContext graph)) {
                return false;
            }
            if (reader[0] == null) {
                reader[0] = begin(graph, errors, ops, sideFiles, Collections.emptyNavigableSet());
            }
            reader[0].next(node);
            return true;
        });
        if (tree == null) {
            return null;
        }
        if (reader[0] == null) {
            reader[0] = begin(tree.graph(), errors, ops, sideFiles, Collections.emptyNavigableSet());
        }
        Graph g = reader[0].end(tree.graph());
        errors.check();
        checker.check(g, (node, what) -> reader[0].fault(node, what));
        errors.check();
        return g;
    }

    /** Finds the errors of a text with at least one. */
    private static Graph careful(Source source, Collection<String> ops, Function<String, Function<String, Tensor>> sideFiles) {
        SourceErrors errors = new SourceErrors(source);
        ModelContext tree = Parsing.careful(source, errors, LatheParser::model);
        if (tree == null || tree.version() == null || tree.graph() == null) {
            errors.check();
        }
        GraphReader reader = begin(tree.graph(), errors, ops, sideFiles, errors.lines());
        tree.graph().node().forEach(reader::next);
        Graph g = reader.end(tree.graph());
        errors.check();
        return g;
    }

    private static GraphReader begin(
            GraphContext graph, SourceErrors errors, Collection<String> ops, Function<String, Function<String, Tensor>> sideFiles,
            NavigableSet<Integer> wrongLines) {
        TextReader text = new TextReader(errors);
        ModelContext model = (ModelContext) graph.getParent();
        if (wrongLines.isEmpty()) {
            text.version(model.version());
        }
        GraphReader reader = new GraphReader(text, ops, sideFile(model, text, sideFiles), wrongLines);
        reader.begin(graph);
        return reader;
    }

    private static Function<String, Tensor> sideFile(ModelContext tree, TextReader reader, Function<String, Function<String, Tensor>> sideFiles) {
        if (tree.weights() == null || tree.weights().STRING() == null || sideFiles == null) {
            return null;
        }
        String file = reader.string(tree.weights().STRING().getSymbol());
        try {
            return sideFiles.apply(file);
        } catch (LatheException e) {
            reader.errors().at(tree.weights(), (e.where().isEmpty() ? "" : e.where() + ": ") + e.getMessage());
            // one error is enough: every tensor exists, with any content
            return name -> null;
        }
    }
}
