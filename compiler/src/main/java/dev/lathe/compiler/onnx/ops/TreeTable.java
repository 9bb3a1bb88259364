package dev.lathe.compiler.onnx.ops;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.NodeImport;
import dev.lathe.compiler.tensor.Tensor;
import dev.lathe.runtime.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Decision trees as the tables that core operation {@code trees} walks. Branches are numbered from 0, a leaf stands as -1-leaf. */
final class TreeTable {
    /** The modes of branches by their numbers. */
    static final List<String> MODES = List.of("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER");

    private static final int MEMBER = 6;

    private final List<Integer> feature = new ArrayList<>();
    private final List<Double> value = new ArrayList<>();
    private final List<Integer> mode = new ArrayList<>();
    private final List<Integer> yes = new ArrayList<>();
    private final List<Integer> no = new ArrayList<>();
    private final List<Integer> missing = new ArrayList<>();
    private final List<Integer> roots = new ArrayList<>();
    private final List<Integer> leafBegin = new ArrayList<>(List.of(0));
    private final List<Integer> target = new ArrayList<>();
    private final List<Double> weight = new ArrayList<>();
    private final List<Integer> memberBegin = new ArrayList<>(List.of(0));
    private final List<Double> members = new ArrayList<>();

    /** Adds a branch whose ways are set later; returns its number. */
    int branch(int featureId, double threshold, int kind, boolean nanIsYes, List<Double> set) {
        if (kind < 0 || kind >= MODES.size() || featureId < 0) {
            throw new LatheException("", "a branch has mode " + kind + " and feature " + featureId);
        }
        feature.add(featureId);
        value.add(threshold);
        mode.add(kind);
        missing.add(nanIsYes ? 1 : 0);
        members.addAll(set);
        memberBegin.add(members.size());
        yes.add(0);
        no.add(0);
        return feature.size() - 1;
    }

    void ways(int branch, int then, int otherwise) {
        yes.set(branch, then);
        no.set(branch, otherwise);
    }

    void weight(int targetId, double w) {
        target.add(targetId);
        weight.add(w);
    }

    /** Ends a leaf, whose weights were added; returns how it stands. */
    int leaf() {
        leafBegin.add(target.size());
        return -(leafBegin.size() - 1);
    }

    void root(int at) {
        roots.add(at);
    }

    List<Double> weights() {
        return weight;
    }

    List<Integer> targets() {
        return target;
    }

    // a walk must end: no branch may lead back to itself
    private void check(Value x) {
        byte[] state = new byte[feature.size()];
        int[] stack = new int[feature.size() + 1];
        for (int r : roots) {
            int top = 0;
            stack[0] = r;
            while (top >= 0) {
                int at = stack[top];
                if (at < 0 || state[at] == 2) {
                    top--;
                } else {
                    // 0: first seen; 1: then was walked; 3: both were
                    int next = state[at] == 0 ? yes.get(at) : state[at] == 1 ? no.get(at) : -1;
                    if (state[at] == 3) {
                        state[at] = 2;
                        top--;
                        continue;
                    }
                    state[at] = (byte) (state[at] == 0 ? 1 : 3);
                    if (next >= 0 && (state[next] == 1 || state[next] == 3)) {
                        throw new LatheException("", "the nodes of a tree lead round in a circle");
                    }
                    stack[++top] = next;
                }
            }
        }
        int most = feature.stream().mapToInt(f -> f).max().orElse(-1);
        if (x.dim(1).isConst() && most >= x.dim(1).value()) {
            throw new LatheException("", "its trees look at feature " + most + " of " + x.type());
        }
    }

    private static int[] ints(List<Integer> l) {
        return l.stream().mapToInt(i -> i).toArray();
    }

    private static Value table(NodeImport n, List<Integer> l) {
        return n.b().constant(Tensor.ofInts(new int[] {l.size()}, ints(l)));
    }

    private static Value numbers(NodeImport n, List<Double> l, ElementType t) {
        if (t == ElementType.F64) {
            return n.b().constant(new Tensor(t, new int[] {l.size()}, l.stream().mapToDouble(d -> d).toArray()));
        }
        float[] f = new float[l.size()];
        for (int i = 0; i < f.length; i++) {
            f[i] = l.get(i).floatValue();
        }
        return n.b().constant(Tensor.ofFloats(new int[] {f.length}, f));
    }

    /** Adds the operation on rows of f32 or f64. */
    Value on(NodeImport n, Value x, int targets, String aggregate) {
        check(x);
        if (target.stream().anyMatch(t -> t < 0 || t >= targets)) {
            throw new LatheException("", "a leaf has a target out of range: there are " + targets);
        }
        boolean nan = missing.contains(1);
        boolean sets = mode.contains(MEMBER);
        List<Value> in = new ArrayList<>(Arrays.asList(x, table(n, feature), numbers(n, value, x.elem()), table(n, mode), table(n, yes), table(n, no),
                nan ? table(n, missing) : null, table(n, roots), table(n, leafBegin), table(n, target), numbers(n, weight, x.elem())));
        if (sets) {
            in.add(table(n, memberBegin));
            in.add(numbers(n, members, x.elem()));
        }
        return n.b().op("trees", dev.lathe.compiler.ir.Attrs.of("targets", targets, "aggregate", aggregate), in);
    }
}
