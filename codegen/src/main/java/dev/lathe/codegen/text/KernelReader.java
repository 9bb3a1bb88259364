package dev.lathe.codegen.text;

import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import dev.lathe.grammar.LatheParser.ExprContext;
import dev.lathe.grammar.LatheParser.BufArgContext;
import dev.lathe.grammar.LatheParser.ForStmtContext;
import dev.lathe.grammar.LatheParser.InvokeStmtContext;
import dev.lathe.grammar.LatheParser.IfStmtContext;
import dev.lathe.grammar.LatheParser.KernelContext;
import dev.lathe.grammar.LatheParser.LanesContext;
import dev.lathe.grammar.LatheParser.LetStmtContext;
import dev.lathe.grammar.LatheParser.ParamContext;
import dev.lathe.grammar.LatheParser.SetStmtContext;
import dev.lathe.grammar.LatheParser.StmtContext;
import dev.lathe.grammar.LatheParser.StoreStmtContext;
import dev.lathe.grammar.LatheParser.WhileStmtContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.antlr.v4.runtime.Token;

/** Builds a kernel from the parse tree. */
final class KernelReader {
    private final TextReader reader;
    private final SourceErrors errors;
    private final ExprReader exprs;
    private final Set<String> mutable = new HashSet<>();

    KernelReader(TextReader reader) {
        this.reader = reader;
        this.errors = reader.errors();
        this.exprs = new ExprReader(reader);
    }

    Kernel read(KernelContext c) {
        List<Kernel.BufParam> bufs = new ArrayList<>();
        List<String> ints = new ArrayList<>();
        for (ParamContext p : c.param()) {
            parameter(p, bufs, ints);
        }
        boolean parallel = c.isParallel != null;
        if (parallel && ints.size() < 2) {
            errors.at(c.name, "a parallel kernel takes its range first: two integers, lo and hi", "(..., %lo: i32, %hi: i32)");
        }
        String understudy = c.understudy == null ? null : reader.name(c.understudy);
        return new Kernel(reader.name(c.name), bufs, ints, block(c.stmt()), parallel, understudy);
    }

    private void parameter(ParamContext p, List<Kernel.BufParam> bufs, List<String> ints) {
        Token at = p.LOCAL().getSymbol();
        String name = reader.name(at);
        if (exprs.bufs.containsKey(name) || exprs.locals.containsKey(name)) {
            errors.at(at, "there is a parameter " + at.getText() + " already");
        }
        try {
            Scalar s = exprs.scalar(p.ID().getSymbol());
            if (p.role != null) {
                if (!ints.isEmpty()) {
                    errors.at(at, "buffers stand before integers");
                }
                bufs.add(new Kernel.BufParam(name, s, p.role.getText().equals("out")));
                exprs.bufs.put(name, s);
                return;
            }
            if (s != Scalar.I32) {
                errors.at(p.ID().getSymbol(), "an integer parameter is i32; a buffer is buf or out", "buf " + s.text());
            }
        } catch (ExprReader.Wrong reported) {
            // goes on as an integer
        }
        ints.add(name);
        exprs.locals.put(name, Scalar.I32.scalar());
    }

    private List<Stmt> block(List<StmtContext> list) {
        List<Stmt> r = new ArrayList<>(list.size());
        for (StmtContext c : list) {
            try {
                r.add(statement(c));
            } catch (ExprReader.Wrong reported) {
                // the next statement may have errors of its own
            }
        }
        return r;
    }

    private Stmt statement(StmtContext c) {
        if (c instanceof LetStmtContext l) {
            return let(l);
        } else if (c instanceof SetStmtContext s) {
            return set(s);
        } else if (c instanceof StoreStmtContext s) {
            return store(s);
        } else if (c instanceof ForStmtContext f) {
            return loop(f);
        } else if (c instanceof IfStmtContext i) {
            Expr cond = condition(i.expr(), () -> {
                block(i.then);
                block(i.otherwise);
            });
            return new Stmt.If(cond, block(i.then), block(i.otherwise));
        }
        if (c instanceof InvokeStmtContext v) {
            List<Stmt.BufArg> bufs = new ArrayList<>();
            for (BufArgContext a : v.bufArg()) {
                bufs.add(new Stmt.BufArg(reader.name(a.LOCAL().getSymbol()), exprs.read(a.expr())));
            }
            return new Stmt.Invoke(reader.name(v.GLOBAL().getSymbol()), bufs, v.ints.stream().map(exprs::read).toList());
        }
        WhileStmtContext w = (WhileStmtContext) c;
        return new Stmt.While(condition(w.expr(), () -> block(w.stmt())), block(w.stmt()));
    }

    /** When the condition is wrong, {@code body} is read for its own errors. */
    private Expr condition(ExprContext c, Runnable body) {
        try {
            return exprs.read(c);
        } catch (ExprReader.Wrong reported) {
            body.run();
            throw reported;
        }
    }

    private void define(Token t, VType type) {
        String name = reader.name(t);
        if (exprs.locals.containsKey(name) && type != null) {
            errors.at(t, t.getText() + " is defined already");
        }
        exprs.locals.put(name, type);
    }

    private Stmt let(LetStmtContext l) {
        Token t = l.LOCAL().getSymbol();
        Expr value;
        try {
            value = exprs.read(l.expr());
        } catch (ExprReader.Wrong reported) {
            define(t, null);
            mutable.add(reader.name(t));
            throw reported;
        }
        define(t, value.type());
        if (l.getStart().getText().equals("mut")) {
            mutable.add(reader.name(t));
            return new Stmt.Mut(reader.name(t), value);
        }
        return new Stmt.Let(reader.name(t), value);
    }

    private Stmt set(SetStmtContext s) {
        Token t = s.LOCAL().getSymbol();
        String name = reader.name(t);
        if (!exprs.locals.containsKey(name)) {
            errors.at(t, t.getText() + " is not defined", Spelling.hint(name, mutable));
        } else if (!mutable.contains(name)) {
            errors.at(t, t.getText() + " can't be assigned", "define it with mut");
        }
        return new Stmt.Set(name, exprs.read(s.expr()));
    }

    private Stmt store(StoreStmtContext s) {
        Token t = s.LOCAL().getSymbol();
        exprs.buffer(t);
        Expr index = exprs.read(s.index);
        Expr value = exprs.read(s.rhs);
        LanesContext lanes = s.lanes();
        int n = lanes == null || lanes.INT() == null ? 1 : exprs.lanes(lanes.INT().getSymbol());
        if (lanes != null && lanes.ID() != null || n != value.type().lanes()) {
            errors.at(t, "the value is " + value.type() + "; a vector is stored as " + t.getText() + "[index : lanes]");
        }
        return new Stmt.Store(reader.name(t), index, value);
    }

    private Stmt loop(ForStmtContext f) {
        Token t = f.LOCAL().getSymbol();
        Expr lo;
        Expr hi;
        try {
            lo = exprs.read(f.lo);
            hi = exprs.read(f.hi);
        } catch (ExprReader.Wrong reported) {
            define(t, null);
            block(f.stmt());
            throw reported;
        }
        define(t, lo.type());
        int step = f.INT() == null ? 1 : reader.smallInteger(f.INT().getSymbol());
        if (step < 1) {
            errors.at(f.INT().getSymbol(), "a step is positive");
        }
        boolean lanes = f.asLanes != null;
        return new Stmt.For(reader.name(t), lo, hi, step, block(f.stmt()), lanes);
    }
}
