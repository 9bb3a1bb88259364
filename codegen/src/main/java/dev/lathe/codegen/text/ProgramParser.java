package dev.lathe.codegen.text;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.program.Buffer;
import dev.lathe.codegen.program.Const;
import dev.lathe.codegen.program.Port;
import dev.lathe.codegen.program.Program;
import dev.lathe.codegen.program.Step;
import dev.lathe.grammar.LatheParser;
import dev.lathe.grammar.LatheParser.AssignStepContext;
import dev.lathe.grammar.LatheParser.BindStepContext;
import dev.lathe.grammar.LatheParser.BufferContext;
import dev.lathe.grammar.LatheParser.ConstantContext;
import dev.lathe.grammar.LatheParser.HelperStepContext;
import dev.lathe.grammar.LatheParser.IfStepContext;
import dev.lathe.grammar.LatheParser.ItemContext;
import dev.lathe.grammar.LatheParser.PortContext;
import dev.lathe.grammar.LatheParser.ProgramContext;
import dev.lathe.grammar.LatheParser.RefContext;
import dev.lathe.grammar.LatheParser.RefsContext;
import dev.lathe.grammar.LatheParser.ReserveStepContext;
import dev.lathe.grammar.LatheParser.RunStepContext;
import dev.lathe.grammar.LatheParser.StepContext;
import dev.lathe.grammar.LatheParser.SwapStepContext;
import dev.lathe.grammar.LatheParser.SymbolsContext;
import dev.lathe.grammar.LatheParser.WhileStepContext;
import dev.lathe.runtime.ElementType;
import dev.lathe.runtime.Storage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.TerminalNode;

/** Reads the text that {@link ProgramPrinter} writes. */
public final class ProgramParser {
    private final TextReader reader;
    private final SourceErrors errors;
    private final BiFunction<String, ElementType, Object> weights;
    private final Map<Integer, Storage> storages = new HashMap<>();
    private final Set<String> kernelNames = new HashSet<>();

    private ProgramParser(SourceErrors errors, BiFunction<String, ElementType, Object> weights) {
        this.errors = errors;
        this.reader = new TextReader(errors);
        this.weights = weights;
    }

    /**
     * @param name under which errors mention the text
     * @throws TextException listing everything that is wrong
     */
    public static Program parse(String name, String text) {
        return parse(new Source(name, text), null);
    }

    /**
     * @param weights gives the array of a constant that stands elsewhere, by its name and the type that its elements have in memory; null when there is none
     * @throws TextException listing everything that is wrong
     */
    public static Program parse(Source source, BiFunction<String, ElementType, Object> weights) {
        SourceErrors errors = new SourceErrors(source);
        ProgramContext tree = Parsing.parse(source, errors, LatheParser::program);
        errors.check();
        Program p = new ProgramParser(errors, weights).program(tree);
        errors.check();
        return p;
    }

    private Program program(ProgramContext c) {
        reader.version(c.version());
        List<Buffer> buffers = new ArrayList<>();
        List<Const> consts = new ArrayList<>();
        List<Kernel> kernels = new ArrayList<>();
        List<Step> steps = new ArrayList<>();
        List<Port> inputs = new ArrayList<>();
        List<Port> outputs = new ArrayList<>();
        for (ItemContext i : c.item()) {
            if (i.port() != null) {
                (i.getStart().getText().equals("input") ? inputs : outputs).add(port(i.port()));
            } else if (i.buffer() != null) {
                buffers.add(buffer(i.buffer()));
            } else if (i.constant() != null) {
                constant(i.constant(), consts);
            } else if (i.kernel() != null) {
                Kernel k = new KernelReader(reader).read(i.kernel());
                if (!kernelNames.add(k.name())) {
                    errors.at(i.kernel().name, "there is a kernel " + Words.global(k.name()) + " already");
                }
                kernels.add(k);
            } else {
                steps.add(step(i.step()));
            }
        }
        return new Program(reader.name(c.GLOBAL().getSymbol()), reader.word(c.word(), c.STRING()), reader.limits(c.limits()), buffers, consts,
                kernels, steps, inputs, outputs);
    }

    private Port port(PortContext c) {
        Port.Kind kind = c.kind == null ? Port.Kind.TENSOR : Port.Kind.valueOf(upper(c.kind));
        ElementType type = c.elem.getText().equals("_") ? null : reader.elementType(c.elem);
        return new Port(reader.string(c.STRING().getSymbol()), kind, type, reader.dims(c.dim()), ref(c.ref()));
    }

    private static String upper(Token t) {
        return t.getText().toUpperCase(Locale.ROOT);
    }

    private Buffer buffer(BufferContext c) {
        int id = bufferId(c.GLOBAL());
        Token storage = c.ID().getSymbol();
        Storage s = Storage.F32;
        try {
            s = Storage.valueOf(upper(storage));
        } catch (IllegalArgumentException e) {
            errors.at(storage, "unknown storage " + storage.getText() + "; known are f32, f64, i32, i64, ref");
        }
        if (storages.put(id, s) != null) {
            errors.at(c.GLOBAL().getSymbol(), "there is a buffer @b" + id + " already");
        }
        return new Buffer(id, reader.string(c.STRING().getSymbol()), s, reader.dim(c.dim()), Buffer.Kind.valueOf(upper(c.kind)),
                (int) reader.integer(c.integer(0)), (int) reader.integer(c.integer(1)));
    }

    private int bufferId(TerminalNode n) {
        String name = reader.name(n.getSymbol());
        if (!name.matches("b[0-9]{1,9}")) {
            errors.at(n.getSymbol(), n.getText() + " is no buffer; buffers are called @b0, @b1, ...");
            return 0;
        }
        return Integer.parseInt(name.substring(1));
    }


    private void constant(ConstantContext c, List<Const> into) {
        int id = bufferId(c.GLOBAL());
        ElementType type = reader.elementType(c.ID().getSymbol());
        Storage s = storages.get(id);
        if (s == null) {
            errors.at(c.GLOBAL().getSymbol(), c.GLOBAL().getText() + " is not defined", "buffers stand before their constants");
            return;
        }
        // the file's type may be another than that in memory
        ElementType held = s == type.storage() ? type : s == Storage.REF ? ElementType.STR : ElementType.valueOf(s.name());
        Object data = reader.data(c.data(), held, -1, weights);
        if (data != null) {
            into.add(new Const(id, type, data));
        }
    }

    private Step.Ref ref(RefContext c) {
        int id = bufferId(c.GLOBAL());
        return new Step.Ref(id, reader.arithmetic(c.getStart(), () -> reader.sum(Dim.ZERO, c.sign(), c.product(), 0)));
    }

    private List<Step.Ref> refs(RefsContext c) {
        return c.ref().stream().map(this::ref).toList();
    }

    private List<String> symbols(SymbolsContext c) {
        return c == null ? List.of() : c.symbol().stream().map(reader::symbol).toList();
    }

    private List<Step> steps(List<StepContext> list) {
        return list.stream().map(this::step).toList();
    }

    private Step step(StepContext c) {
        if (c instanceof RunStepContext r) {
            return run(r);
        } else if (c instanceof HelperStepContext h) {
            String method = h.ID() != null ? h.ID().getText() : reader.string(h.STRING().getSymbol());
            List<String> texts = h.texts() == null ? List.of() : reader.strings(h.texts().STRING());
            return new Step.Helper(method, refs(h.refs()), reader.dims(h.dims().dim()), texts, symbols(h.symbols()), reader.loc(h.loc()));
        } else if (c instanceof BindStepContext b) {
            return new Step.Bind(symbols(b.symbols()), ref(b.ref()), reader.loc(b.loc()));
        } else if (c instanceof AssignStepContext a) {
            return new Step.Assign(symbols(a.symbols()), reader.dims(a.dims().dim()), reader.loc(a.loc()));
        } else if (c instanceof ReserveStepContext r) {
            return new Step.Reserve(bufferId(r.GLOBAL()), reader.dim(r.dim()), r.keep != null, reader.loc(r.loc()));
        } else if (c instanceof SwapStepContext s) {
            return new Step.Swap(bufferId(s.GLOBAL(0)), bufferId(s.GLOBAL(1)), reader.loc(s.loc()));
        } else if (c instanceof IfStepContext i) {
            return new Step.If(reader.dim(i.dim()), steps(i.then), steps(i.otherwise), reader.loc(i.loc()));
        }
        WhileStepContext w = (WhileStepContext) c;
        return new Step.While(reader.dim(w.dim()), steps(w.step()), reader.loc(w.loc()));
    }

    private Step run(RunStepContext r) {
        Dim extent = r.dim() == null ? null : reader.dim(r.dim());
        int grain = r.INT() == null ? 1 : reader.smallInteger(r.INT().getSymbol());
        return new Step.Run(reader.name(r.GLOBAL().getSymbol()), refs(r.refs()), reader.dims(r.dims().dim()), extent, grain, reader.loc(r.loc()));
    }
}
