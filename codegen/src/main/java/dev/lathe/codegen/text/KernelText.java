package dev.lathe.codegen.text;

import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** Prints kernels, one statement a line. */
final class KernelText {
    private final Lines out;
    private final Map<String, Scalar> bufs = new HashMap<>();
    private final Map<String, VType> locals = new HashMap<>();
    private final Map<Stmt, Integer> lines;
    private final ExprText exprs;

    /** @param lines gets the line of each statement, of the first one when a statement occurs twice */
    KernelText(Lines out, Map<Stmt, Integer> lines) {
        this.out = out;
        this.lines = lines;
        this.exprs = new ExprText(out.text(), bufs, locals);
    }

    void print(Kernel k) {
        StringJoiner params = new StringJoiner(", ", "(", ")");
        for (Kernel.BufParam b : k.bufs()) {
            params.add(Words.local(b.name()) + ": " + (b.written() ? "out " : "buf ") + b.scalar().text());
            bufs.put(b.name(), b.scalar());
        }
        for (String i : k.ints()) {
            params.add(Words.local(i) + ": i32");
            locals.put(i, Scalar.I32.scalar());
        }
        out.open("kernel " + Words.global(k.name()) + params + (k.parallel() ? " parallel" : "")
                + (k.understudy() != null ? " understudy " + Words.global(k.understudy()) : "") + " {");
        body(k.body());
        out.close("}");
    }

    private void body(List<Stmt> body) {
        body.forEach(this::statement);
    }

    private void statement(Stmt s) {
        lines.putIfAbsent(s, out.number());
        StringBuilder b = out.begin();
        if (s instanceof Stmt.Let l) {
            b.append("let ").append(Words.local(l.name())).append(" = ");
            exprs.print(l.value());
            locals.put(l.name(), l.value().type());
            out.end();
        } else if (s instanceof Stmt.Mut m) {
            b.append("mut ").append(Words.local(m.name())).append(" = ");
            exprs.print(m.value());
            locals.put(m.name(), m.value().type());
            out.end();
        } else if (s instanceof Stmt.Set a) {
            b.append(Words.local(a.name())).append(" = ");
            exprs.print(a.value());
            out.end();
        } else if (s instanceof Stmt.Store t) {
            b.append(Words.local(t.buf())).append('[');
            exprs.print(t.index());
            int lanes = t.value().type().lanes();
            b.append(lanes > 1 ? " : " + lanes : "").append("] = ");
            exprs.print(t.value());
            out.end();
        } else if (s instanceof Stmt.For f) {
            b.append(f.lanes() ? "for lanes " : "for ").append(Words.local(f.index())).append(" in ");
            exprs.print(f.lo());
            b.append("..");
            exprs.print(f.hi());
            b.append(f.step() == 1 ? "" : " step " + f.step()).append(" {");
            locals.put(f.index(), f.lo().type());
            block(f.body());
            out.close("}");
        } else if (s instanceof Stmt.If i) {
            b.append("if ");
            exprs.print(i.cond());
            b.append(" {");
            block(i.then());
            if (!i.otherwise().isEmpty()) {
                out.between("} else {");
                body(i.otherwise());
            }
            out.close("}");
        } else if (s instanceof Stmt.Invoke v) {
            b.append("invoke ").append(Words.global(v.kernel())).append('(');
            for (int i = 0; i < v.bufs().size(); i++) {
                b.append(i == 0 ? "" : ", ").append(Words.local(v.bufs().get(i).buf())).append(" at ");
                exprs.print(v.bufs().get(i).offset());
            }
            b.append(")(");
            for (int i = 0; i < v.ints().size(); i++) {
                b.append(i == 0 ? "" : ", ");
                exprs.print(v.ints().get(i));
            }
            b.append(')');
            out.end();
        } else if (s instanceof Stmt.While w) {
            b.append("while ");
            exprs.print(w.cond());
            b.append(" {");
            block(w.body());
            out.close("}");
        }
    }

    private void block(List<Stmt> body) {
        out.indent();
        body(body);
    }
}
