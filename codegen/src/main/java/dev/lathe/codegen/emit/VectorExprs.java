package dev.lathe.codegen.emit;

import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Expr.CmpOp;
import dev.lathe.codegen.loop.Expr.UnOp;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.VType;
import java.util.Locale;

/**
 * Vector expressions. What has no instruction on every target (rounding, some conversions) is written in terms of what
 * has, giving the same bits as the scalar form.
 */
final class VectorExprs {
    /** Operations of which C2 knows the class in any case, in a kernel of many. */
    private static final int KNOWN = 20;

    private final Code c;
    private final Locals locals;
    private final Exprs all;
    private final String kernel;
    private final boolean many;
    private final boolean fewElements;
    private int operations;
    private final VectorSpelling v;
    private final VectorRounding rounding;
    private final VectorConversions conversions;

    VectorExprs(Code c, Locals locals, Exprs all, Kernel kernel) {
        this.c = c;
        this.locals = locals;
        this.all = all;
        this.kernel = kernel.name();
        this.many = locals.saysClasses() && VectorOps.isMany(kernel);
        this.fewElements = VectorOps.readsFewElements(kernel);
        this.v = new VectorSpelling(c);
        this.rounding = new VectorRounding(this);
        this.conversions = new VectorConversions(this);
    }

    /** Pushes the value of {@code e}, a vector. */
    void emit(Expr e) {
        if (many && !(e instanceof Expr.Var) && e.type().scalar() != Scalar.BOOL && operations++ >= KNOWN) {
            v.exact(e.type(), () -> plain(e));
        } else {
            plain(e);
        }
    }

    private void plain(Expr e) {
        VType t = e.type();
        Scalar s = t.scalar();
        if (!VectorSpelling.exists(t)) {
            throw unsupported(e);
        }
        if (e instanceof Expr.Var x) {
            c.load(x.name());
        } else if (e instanceof Expr.Load l) {
            v.load(t, () -> all.place(l.buf(), l.index()));
        } else if (e instanceof Expr.Splat p) {
            if (s == Scalar.BOOL) {
                v.maskAll(Scalar.I32, t.lanes(), () -> all.emit(p.a()));
            } else {
                v.broadcast(t, () -> {
                    if (fewElements && VectorOps.isElement(p) && p.a() instanceof Expr.Load l) {
                        v.elementOfRow(() -> all.place(l.buf(), l.index()));
                    } else {
                        all.emit(p.a());
                    }
                });
            }
        } else if (e instanceof Expr.Un u) {
            unary(u);
        } else if (e instanceof Expr.Bin b) {
            if (s == Scalar.BOOL) {
                maskBinary(b);
            } else {
                binary(b);
            }
        } else if (e instanceof Expr.Fma f) {
            if (!s.isFloat()) {
                throw unsupported(e);
            }
            receiver(f.a());
            v.fma(s, () -> {
                emit(f.b());
                emit(f.c());
            });
        } else if (e instanceof Expr.Cmp p) {
            compare(p);
        } else if (e instanceof Expr.Select p) {
            select(p);
        } else if (e instanceof Expr.Convert x) {
            convert(x);
        } else if (e instanceof Expr.Bitcast b) {
            if (b.a().type().scalar() == b.to()) {
                emit(b.a());
            } else {
                emitExact(b.a());
                v.reinterpret(b.to());
            }
        } else if (e instanceof Expr.Call f) {
            throw new IllegalStateException("kernel " + kernel + ": call of " + f.fn() + " on vectors was not expanded");
        } else {
            throw unsupported(e);
        }
    }

    /** True when C2 knows the class of {@code e} as long as it inlines what it parses. */
    boolean isExact(Expr e) {
        return e.type().scalar() == Scalar.BOOL || e instanceof Expr.Un || e instanceof Expr.Bin || e instanceof Expr.Fma || e instanceof Expr.Select
                || e instanceof Expr.Splat || e instanceof Expr.Var x && locals.isExact(x.name());
    }

    /** Pushes a vector on which an operation is called. */
    void receiver(Expr e) {
        if (!locals.saysClasses() || isExact(e)) {
            // a kernel that is long already has no room for more
            emit(e);
        } else {
            v.exact(e.type(), () -> plain(e));
        }
    }

    /** Pushes a vector whose class C2 knows. */
    void emitExact(Expr e) {
        if (isExact(e) && !many || e.type().scalar() == Scalar.BOOL) {
            emit(e);
        } else {
            v.exact(e.type(), () -> plain(e));
        }
    }

    private IllegalStateException unsupported(Expr e) {
        String what = e instanceof Expr.Un u ? u.op().name() : e instanceof Expr.Bin b ? b.op().name() : e.getClass().getSimpleName();
        return new IllegalStateException("kernel " + kernel + ": " + what + " of type " + e.type() + " has no vector form");
    }

    private void unary(Expr.Un u) {
        Scalar s = u.type().scalar();
        Expr a = u.a();
        switch (u.op()) {
            case NEG -> {
                if (s.isFloat()) {
                    receiver(a);
                    v.unary(s, "NEG");
                } else {
                    emit(new Expr.Bin(BinOp.SUB, splat(s, 0, a), a));
                }
            }
            case ABS, SQRT -> {
                if (s == Scalar.I64) {
                    // AVX2 has no such instruction
                    Expr x = let(a);
                    emit(new Expr.Bin(BinOp.MAX, x, new Expr.Un(UnOp.NEG, x)));
                } else {
                    receiver(a);
                    v.unary(s, u.op().name());
                }
            }
            case FLOOR -> rounding.floor(a);
            case CEIL -> rounding.ceil(a);
            case RINT -> rounding.rint(a);
            case NOT -> {
                if (s == Scalar.BOOL) {
                    emit(a);
                    v.maskNot();
                } else {
                    emit(new Expr.Bin(BinOp.XOR, a, splat(s, -1, a)));
                }
            }
        }
    }

    /** A constant in as many lanes as {@code like} has. */
    static Expr splat(Scalar s, long bits, Expr like) {
        return new Expr.Splat(new Expr.Lit(s, bits), like.type().lanes());
    }

    private void binary(Expr.Bin b) {
        Scalar s = b.type().scalar();
        switch (b.op()) {
            case ADD, SUB, MUL, MIN, MAX, AND, OR, XOR -> named(b);
            case DIV -> {
                if (!s.isFloat()) {
                    throw unsupported(b);
                }
                named(b);
            }
            case SHL -> shift(b, "LSHL");
            case SHR -> shift(b, "ASHR");
            case USHR -> shift(b, "LSHR");
            case REM -> throw unsupported(b);
        }
    }

    private void named(Expr.Bin b) {
        receiver(b.a());
        v.binary(b.type().scalar(), b.op().name(), () -> emit(b.b()));
    }

    // by a vector of amounts: the form with one amount for all lanes is a shared method, see VectorSpelling
    private void shift(Expr.Bin b, String operator) {
        Scalar s = b.type().scalar();
        if (s == Scalar.I32 && b.op() == BinOp.SHL && b.b() instanceof Expr.Splat p && p.a() instanceof Expr.Lit n && n.bits() >= 0 && n.bits() < 31) {
            // the API's shift takes the amount's low bits in operations of its own, by shared methods
            named(new Expr.Bin(BinOp.MUL, b.a(), splat(s, 1L << n.bits(), b)));
        } else if (s == Scalar.I64 && b.op() == BinOp.SHR && b.b() instanceof Expr.Splat p && p.a() instanceof Expr.Lit n) {
            // x >> n == ((x >>> n) ^ m) - m, m the bit where the sign ends up: AVX2 has no arithmetic shift of i64
            Expr m = splat(s, Long.MIN_VALUE >>> n.bits(), b);
            emit(new Expr.Bin(BinOp.SUB, new Expr.Bin(BinOp.XOR, new Expr.Bin(BinOp.USHR, b.a(), b.b()), m), m));
        } else {
            receiver(b.a());
            v.shift(s, operator, () -> emit(b.b()));
        }
    }

    private void compare(Expr.Cmp p) {
        Scalar s = p.a().type().scalar();
        if (s != Scalar.BOOL) {
            receiver(p.a());
            v.compare(s, p.op(), () -> emit(p.b()));
        } else if (p.op() == CmpOp.NE) {
            emit(new Expr.Bin(BinOp.XOR, p.a(), p.b()));
        } else if (p.op() == CmpOp.EQ) {
            emit(new Expr.Un(UnOp.NOT, new Expr.Bin(BinOp.XOR, p.a(), p.b())));
        } else {
            throw unsupported(p);
        }
    }

    private void maskBinary(Expr.Bin b) {
        Scalar of = maskOf(b.a());
        switch (b.op()) {
            case AND, OR -> {
                emitMask(b.a(), of);
                emitMask(b.b(), of);
                v.mask(b.op().name().toLowerCase(Locale.ROOT));
            }
            case XOR -> {
                // a xor b == (a and not b) or (b and not a): xor of masks is not public in JDK 17
                Expr x = let(b.a());
                emitMask(b.b(), of);
                Expr y = locals.store(c, b.type(), of);
                andNot(x, y);
                andNot(y, x);
                v.mask("or");
            }
            default -> throw unsupported(b);
        }
    }

    private void andNot(Expr x, Expr y) {
        emit(x);
        emit(y);
        v.maskNot();
        v.mask("and");
    }

    private void select(Expr.Select p) {
        Scalar s = p.type().scalar();
        if (s == Scalar.BOOL) {
            // (cond and a) or (b and not cond)
            Scalar of = maskOf(p.a());
            emitMask(p.cond(), of);
            Expr cond = locals.store(c, p.type(), of);
            emit(cond);
            emit(p.a());
            v.mask("and");
            emitMask(p.b(), of);
            emit(cond);
            v.maskNot();
            v.mask("and");
            v.mask("or");
            return;
        }
        receiver(p.b());
        emit(p.a());
        emitMask(p.cond(), s);
        v.blend(s);
    }

    private void convert(Expr.Convert x) {
        Scalar from = x.a().type().scalar();
        if (from == x.to()) {
            emit(x.a());
        } else if (x.to() == Scalar.BOOL) {
            emit(new Expr.Cmp(CmpOp.NE, x.a(), splat(from, 0, x.a())));
        } else if (from == Scalar.BOOL) {
            long one = x.to() == Scalar.F32 ? Float.floatToRawIntBits(1) : x.to() == Scalar.F64 ? Double.doubleToRawLongBits(1) : 1;
            emit(new Expr.Select(x.a(), splat(x.to(), one, x.a()), splat(x.to(), 0, x.a())));
        } else if (!conversions.emit(x)) {
            throw new IllegalStateException("kernel " + kernel + ": conversion from " + x.a().type() + " to " + x.type() + " has no vector form");
        }
    }

    /** The spelling, for what is written in several operations. */
    VectorSpelling spelling() {
        return v;
    }

    /** Evaluates {@code e} now and gives a name to its value, unless it has one that stays. */
    Expr let(Expr e) {
        if (e instanceof Expr.Var x && locals.isFixed(x.name())) {
            return e;
        }
        receiver(e);
        Expr.Var x = locals.store(c, e.type(), e.type().scalar() == Scalar.BOOL ? maskOf(e) : null);
        locals.setExact(x.name());
        return x;
    }

    /** The element type of the vectors that bool vector {@code e} is a mask of. */
    Scalar maskOf(Expr e) {
        if (e instanceof Expr.Var x) {
            return locals.maskOf(x.name());
        } else if (e instanceof Expr.Cmp p) {
            Scalar s = p.a().type().scalar();
            return s == Scalar.BOOL ? maskOf(p.a()) : s;
        } else if (e instanceof Expr.Bin b) {
            return maskOf(b.a());
        } else if (e instanceof Expr.Un u) {
            return maskOf(u.a());
        } else if (e instanceof Expr.Select p) {
            return maskOf(p.a());
        } else if (e instanceof Expr.Convert x) {
            return x.a().type().scalar() == Scalar.BOOL ? maskOf(x.a()) : x.a().type().scalar();
        }
        return Scalar.I32;
    }

    /** Pushes bool vector {@code e} as a mask of vectors of {@code of}. */
    void emitMask(Expr e, Scalar of) {
        Scalar from = maskOf(e);
        int lanes = e.type().lanes();
        if (from == of) {
            emit(e);
        } else if (e instanceof Expr.Splat p) {
            v.maskAll(of, lanes, () -> all.emit(p.a()));
        } else if (VectorSpelling.bits(from) == VectorSpelling.bits(of)) {
            emit(e);
            v.maskCast(of, lanes);
        } else {
            // casting a mask to another width is slow in JDK 17: by way of 0 and 1, converted
            Scalar narrow = VectorSpelling.bits(from) == 64 ? Scalar.I64 : Scalar.I32;
            Scalar wide = narrow == Scalar.I64 ? Scalar.I32 : Scalar.I64;
            Expr number = new Expr.Convert(wide, new Expr.Convert(narrow, e));
            emit(new Expr.Cmp(CmpOp.NE, number, splat(wide, 0, e)));
            if (of != wide) {
                v.maskCast(of, lanes);
            }
        }
    }
}
