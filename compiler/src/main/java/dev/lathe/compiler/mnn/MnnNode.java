package dev.lathe.compiler.mnn;

import dev.lathe.compiler.diag.LatheException;
import dev.lathe.compiler.flat.FlatTable;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.Building;
import dev.lathe.compiler.onnx.Decomposer;
import java.util.List;

/** One operator as an {@link OpRow} sees it: operands with their layouts, its table of attributes, and the builder. */
public final class MnnNode implements Building {
    private final MnnImporter importer;
    private final FlatTable op;
    private final List<Value> in;
    private final List<Layout> layouts;
    private final int outputs;
    private final FlatTable main;
    private Layout layout;

    MnnNode(MnnImporter importer, FlatTable op, List<Value> in, List<Layout> layouts, int outputs) {
        this.importer = importer;
        this.op = op;
        this.in = in;
        this.layouts = layouts;
        this.outputs = outputs;
        this.main = op.int8(1, 0) == 0 ? null : op.table(2);
        this.layout = in.isEmpty() || in.get(0) == null ? defaultLayout() : layouts.get(0);
    }

    @Override
    public GraphBuilder b() {
        return importer.b();
    }

    @Override
    public Decomposer decomposer() {
        return importer.decomposer();
    }

    public String type() {
        return OpNames.of(op.int32(5, 0));
    }

    // ---- operands and results -----------------------------------------------------------------------------------

    public List<Value> in() {
        return in;
    }

    public boolean has(int i) {
        return i < in.size() && in.get(i) != null;
    }

    public Value need(int i) {
        if (!has(i)) {
            throw new LatheException("", "input " + i + " is missing");
        }
        return in.get(i);
    }

    public Layout layout(int i) {
        need(i);
        return layouts.get(i);
    }

    /** Operand {@code i} with its dimensions in this order. */
    public Value as(int i, Layout wanted) {
        Value v = need(i);
        if (v.rank() < 3 || layout(i).channelsLast() == wanted.channelsLast()) {
            return v;
        }
        return wanted.channelsLast() ? toLast(v) : toFirst(v);
    }

    /** A value in {@link Layout#FIRST} as operand 0 is. */
    public Value likeInput(Value v) {
        return layout(0).channelsLast() && v.rank() > 2 ? toLast(v) : v;
    }

    public int outputs() {
        return outputs;
    }

    /** The layout of the results; operand 0's unless the row says otherwise. */
    public Layout layout() {
        return layout;
    }

    public void layout(Layout l) {
        layout = l;
    }

    Layout defaultLayout() {
        return Layout.of(op.int8(6, 1));
    }

    /** Where the channels of operand 0 stand. */
    public int channelAxis() {
        return layout(0).channelsLast() ? need(0).rank() - 1 : Math.min(1, need(0).rank() - 1);
    }

    // ---- attributes ---------------------------------------------------------------------------------------------

    /** The number of the kind of its attributes in MNN's union; 0 for none. */
    public int mainType() {
        return op.int8(1, 0) & 0xff;
    }

    /** The table of its attributes, or null. */
    public FlatTable main() {
        return main;
    }

    public FlatTable needMain() {
        if (main == null) {
            throw new LatheException("", "its attributes are missing");
        }
        return main;
    }

    public int integer(int field, int absent) {
        return main == null ? absent : main.int32(field, absent);
    }

    public int small(int field, int absent) {
        return main == null ? absent : main.int8(field, absent);
    }

    public boolean flag(int field) {
        return main != null && main.flag(field);
    }

    public float real(int field, double absent) {
        return main == null ? (float) absent : main.real(field, (float) absent);
    }

    public int[] ints(int field) {
        return main == null ? new int[0] : main.ints(field);
    }

    public Layout opLayout() {
        return defaultLayout();
    }

    /** Weights of this operator, wherever they stand. */
    public MnnWeights weights() {
        return importer.weights(op);
    }
}
