package dev.lathe.compiler.pass;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.Loc;
import dev.lathe.compiler.ir.Node;
import dev.lathe.compiler.ir.Type.TensorType;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Recognises layer normalisation and root-mean-square normalisation that an exporter has taken apart: {@code (x - mean(x)) / sqrt(mean((x -
 * mean(x))^2) + eps)}, the same without means, and {@code x * a + (b - mean(x) * a)}, in which {@code a} is one over the root. Scales and shifts that
 * follow, or stand between the factors, become operands. What is normalised over is the last dimensions, or dimension 1, which is moved behind the others
 * then. Whether a group of nodes is one is decided from their structure and from eps, never from extents, so that all paths of a model do the same.
 */
public final class FuseNorm extends RewritePass {
    public FuseNorm() {
        super("fuse-norm", "recognise layer normalisation written as means, differences and roots", Set.of("reduce", "layer_norm"), Walk::new);
    }

    /** The factors of a product. A divisor is one if it is a square root: one over it is then the deviation's inverse. */
    private static final class Product {
        final List<Value> factors = new ArrayList<>();
        Root root;
        Loc loc = Loc.NONE;
    }

    /** {@code sqrt(mean + eps)}, of which a product has one over it; {@code square} is what the mean is taken of. */
    private record Root(Value square, int[] axes, double eps, Loc loc) {}

    private static final class Walk extends Rewriter {
        Walk(Rewriter outer) {
            super(outer, Walk::new);
        }

        @Override
        void visit(Node n, Node old) {
            boolean here = n.outputs().size() == 1 && n.out() != null && n.out().type() instanceof TensorType t && t.elem() == ElementType.F32 && n.inputs().size() == 2;
            boolean product = here && (n.is("mul") || n.is("div"));
            boolean done = product && (scaled(n, old) || normalised(n)) || here && n.is("add") && (shifted(n, old) || affine(n));
            if (!done) {
                copy(n, old);
            }
        }

        // (x - mean) / root, x / root, and these with one more factor
        private boolean normalised(Node n) {
            Product p = new Product();
            factors(n.out(), n, 0, p);
            if (p.root == null || p.factors.isEmpty() || p.factors.size() > 2) {
                return false;
            }
            for (Value f : p.factors) {
                Value x = centred(f, p.root);
                Value scale = p.factors.size() == 1 ? null : p.factors.get(p.factors.get(0) == f ? 1 : 0);
                Loc loc = p.root.loc.and(p.loc);
                if (x != null && norm(n, x, true, scale, null, p.root, producer(producer(f).in(1)).loc().and(producer(f).loc()).and(loc))) {
                    return true;
                }
                if (isSquare(p.root.square, f) && norm(n, f, false, scale, null, p.root, loc)) {
                    return true;
                }
            }
            return false;
        }

        // x * a + (b - mean * a), as batch normalisation is written
        private boolean affine(Node n) {
            for (int i = 0; i < 2; i++) {
                Node left = producer(n.in(i));
                Node right = producer(n.in(1 - i));
                Node moved = right != null && right.is("sub") ? producer(right.in(1)) : null;
                if (left == null || moved == null || !left.is("mul") || !moved.is("mul")) {
                    continue;
                }
                for (int k = 0; k < 2; k++) {
                    Value a = left.in(k);
                    Value x = left.in(1 - k);
                    Value mean = moved.in(0) == a ? moved.in(1) : moved.in(1) == a ? moved.in(0) : null;
                    Product p = new Product();
                    factors(a, producer(a), 0, p);
                    if (mean == null || p.root == null || p.factors.size() > 1 || !isMean(mean, x, p.root.axes) || !isSquareOfDifference(p.root.square, x, mean)) {
                        continue;
                    }
                    Loc loc = producer(mean).loc().and(p.root.loc).and(p.loc).and(left.loc()).and(moved.loc()).and(right.loc()).and(n.loc());
                    return norm(n, x, true, p.factors.isEmpty() ? null : p.factors.get(0), right.in(0), p.root, loc);
                }
            }
            return false;
        }

        /** Adds what stands for {@code n}; factors and summands that don't broadcast along the dimensions are applied behind it. */
        private boolean norm(Node n, Value x, boolean mean, Value scale, Value bias, Root r, Loc loc) {
            int rank = x.rank();
            boolean channels = rank >= 3 && Arrays.equals(r.axes, new int[] {1});
            int dims = r.axes.length;
            for (int i = 0; i < dims && !channels; i++) {
                if (r.axes[i] != rank - dims + i) {
                    return false;
                }
            }
            Value s = scale == null ? null : along(scale, x, channels ? 0 : dims);
            Value t = bias == null || scale != null && s == null ? null : along(bias, x, channels ? 0 : dims);
            List<Value> in = new ArrayList<>(List.of(channels ? emit("transpose", perm(Perms.toLast(rank)), x.name() + "_last", x) : x));
            if (s != null || t != null) {
                in.add(s);
            }
            if (t != null) {
                in.add(t);
            }
            Attrs a = Attrs.of("dims", dims, "eps", r.eps, "mean", mean);
            boolean whole = (scale == null || s != null) && (bias == null || t != null);
            b.at(loc);
            if (whole && !channels) {
                emitAs(n.out(), "layer_norm", a, List.of(), loc, in);
                return true;
            }
            Value y = emit("layer_norm", a, n.out().name() + "_norm", in.toArray(Value[]::new));
            if (channels && whole) {
                emitAs(n.out(), "transpose", perm(Perms.toFirst(rank)), loc, y);
                return true;
            }
            y = channels ? emit("transpose", perm(Perms.toFirst(rank)), y.name() + "_first", y) : y;
            boolean last = bias == null || t != null;
            if (scale != null && s == null) {
                if (last) {
                    emitAs(n.out(), "mul", Attrs.NONE, loc, y, scale);
                    return true;
                }
                y = emit("mul", Attrs.NONE, n.out().name() + "_scaled", y, scale);
            }
            emitAs(n.out(), "add", Attrs.NONE, loc, y, bias);
            return true;
        }

        private static Attrs perm(int[] perm) {
            return Attrs.of("perm", perm);
        }

        // norm * scale
        private boolean scaled(Node n, Node old) {
            return n.is("mul") && operand(n, old, 1);
        }

        // norm + bias
        private boolean shifted(Node n, Node old) {
            return operand(n, old, 2);
        }

        /** Makes {@code n}'s other operand operand {@code at} of the normalisation that nobody else uses. */
        private boolean operand(Node n, Node old, int at) {
            for (int i = 0; i < 2; i++) {
                Node p = producer(n.in(i));
                boolean moved = p != null && p.is("transpose") && Arrays.equals(p.attrs().ints("perm"), Perms.toFirst(p.out().rank()));
                Node norm = moved ? producer(p.in(0)) : p;
                if (norm == null || !norm.is("layer_norm") || norm.inputs().size() > at || info.onlyUser(old.in(i)) != old
                        || moved && norm.attrs().intValue("dims") != 1 || !n.out().type().equals(n.in(i).type())) {
                    continue;
                }
                Value other = along(n.in(1 - i), n.in(i), moved ? 0 : norm.attrs().intValue("dims"));
                if (other == null) {
                    continue;
                }
                List<Value> in = new ArrayList<>(norm.inputs());
                while (in.size() < at) {
                    in.add(null);
                }
                in.add(other);
                Loc loc = norm.loc().and(n.loc());
                b.at(loc);
                if (moved) {
                    Value y = b.add("layer_norm", in, norm.attrs(), List.of(), n.out().name() + "_norm").get(0);
                    emitAs(n.out(), "transpose", p.attrs(), loc, y);
                } else {
                    emitAs(n.out(), "layer_norm", norm.attrs(), List.of(), loc, in);
                }
                return true;
            }
            return false;
        }

        /**
         * {@code v} as an operand of a normalisation of {@code x} over its last {@code dims} dimensions, for 0 over dimension 1; null if it has other
         * dimensions than these. A constant of one element is repeated; other values of one element stay outside.
         */
        private Value along(Value v, Value x, int dims) {
            if (v.elem() != ElementType.F32 || v.rank() > x.rank()) {
                return null;
            }
            Tensor c = tensor(v);
            if (c != null && c.size() == 1) {
                List<Dim> tail = dims == 0 ? List.of(x.dim(1)) : x.tensor().dims().subList(x.rank() - dims, x.rank());
                if (!tail.stream().allMatch(Dim::isConst)) {
                    return null;
                }
                int[] d = tail.stream().mapToInt(Dim::intValue).toArray();
                float[] f = new float[Tensor.count(d)];
                Arrays.fill(f, c.floats()[0]);
                return constant(v.name(), Tensor.ofFloats(d, f));
            }
            List<Dim> own = v.tensor().dims();
            List<Dim> of = x.tensor().dims().subList(x.rank() - v.rank(), x.rank());
            List<Dim> kept = new ArrayList<>();
            for (int i = 0; i < own.size(); i++) {
                int dim = x.rank() - v.rank() + i;
                boolean inside = dims == 0 ? dim == 1 : dim >= x.rank() - dims;
                if (!(own.get(i).is(1) || inside && own.get(i).equals(of.get(i)))) {
                    return null;
                }
                if (inside) {
                    kept.add(own.get(i));
                }
            }
            if (kept.stream().allMatch(d -> d.is(1))) {
                return null;
            }
            return kept.equals(own) ? v : emit("reshape", dims(kept), v.name() + "_along", v);
        }

        /** Collects the factors of {@code v}, which {@code n} makes. */
        private void factors(Value v, Node n, int depth, Product p) {
            if (n != null && n.is("mul") && depth < 3 && n.in(0) != n.in(1)) {
                factors(n.in(0), producer(n.in(0)), depth + 1, p);
                factors(n.in(1), producer(n.in(1)), depth + 1, p);
                p.loc = p.loc.and(n.loc());
                return;
            }
            if (n != null && n.is("div") && depth < 3) {
                Root r = root(producer(n.in(1)));
                if (r != null && p.root == null) {
                    p.root = r;
                    if (!isConstant(n.in(0), 1)) {
                        factors(n.in(0), producer(n.in(0)), depth + 1, p);
                    }
                    p.loc = p.loc.and(n.loc());
                    return;
                }
            }
            if (n != null && n.is("pow") && p.root == null) {
                Root r = isConstant(n.in(1), -0.5) ? sum(n.in(0), n.loc()) : isConstant(n.in(1), -1) ? root(producer(n.in(0))) : null;
                if (r != null) {
                    p.root = new Root(r.square, r.axes, r.eps, r.loc.and(n.loc()));
                    return;
                }
            }
            p.factors.add(v);
        }

        private Root root(Node n) {
            return n == null ? null : n.is("sqrt") ? sum(n.in(0), n.loc()) : n.is("pow") && isConstant(n.in(1), 0.5) ? sum(n.in(0), n.loc()) : null;
        }

        // mean + eps
        private Root sum(Value v, Loc loc) {
            Node n = producer(v);
            if (n == null || !n.is("add")) {
                return null;
            }
            for (int i = 0; i < 2; i++) {
                Tensor eps = tensor(n.in(i));
                Node mean = producer(n.in(1 - i));
                if (eps != null && eps.size() == 1 && eps.rank() <= n.in(1 - i).rank() && eps.floats()[0] >= 0 && isMean(mean)) {
                    Node square = producer(mean.in(0));
                    Loc all = square == null ? mean.loc() : square.loc().and(mean.loc());
                    return new Root(mean.in(0), mean.attrs().ints("axes"), eps.floats()[0], all.and(n.loc()).and(loc));
                }
            }
            return null;
        }

        private static boolean isMean(Node n) {
            return n != null && n.is("reduce") && n.attrs().text("kind").equals("mean") && n.attrs().flag("keep") && n.out().elem() == ElementType.F32;
        }

        private boolean isMean(Value v, Value x, int[] axes) {
            Node n = producer(v);
            return isMean(n) && n.in(0) == x && Arrays.equals(n.attrs().ints("axes"), axes);
        }

        /** What {@code f} is the difference of from its mean, if the root is that of its squares; else null. */
        private Value centred(Value f, Root r) {
            Node d = producer(f);
            return d != null && d.is("sub") && isMean(d.in(1), d.in(0), r.axes) && isSquareOfDifference(r.square, d.in(0), d.in(1)) ? d.in(0) : null;
        }

        // (x - mean) * (x - mean), either way round
        private boolean isSquareOfDifference(Value square, Value x, Value mean) {
            Node n = producer(square);
            if (n == null || !n.is("mul") || n.in(0) != n.in(1)) {
                return false;
            }
            Node d = producer(n.in(0));
            return d != null && d.is("sub") && (d.in(0) == x && d.in(1) == mean || d.in(0) == mean && d.in(1) == x);
        }

        private boolean isSquare(Value square, Value x) {
            Node n = producer(square);
            return n != null && n.is("mul") && n.in(0) == x && n.in(1) == x;
        }

        private boolean isConstant(Value v, double c) {
            Tensor t = tensor(v);
            return t != null && t.type() == ElementType.F32 && t.size() == 1 && t.floats()[0] == (float) c;
        }
    }
}
