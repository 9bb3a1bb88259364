package dev.lathe.compiler.onnx;

import java.util.Map;

/** Which ONNX operators are read, and how; a family adds its rows. */
public final class ImportTable {
    private static final Rows<String, OpImport> ROWS = new Rows<>();

    static {
        dev.lathe.compiler.onnx.ops.ElementwiseImport.register();
        dev.lathe.compiler.onnx.ops.TensorImport.register();
        dev.lathe.compiler.onnx.ops.ShapeImport.register();
        dev.lathe.compiler.onnx.ops.NeuralImport.register();
        dev.lathe.compiler.onnx.ops.ReductionImport.register();
        dev.lathe.compiler.onnx.ops.IndexImport.register();
        dev.lathe.compiler.onnx.ops.PoolImport.register();
        dev.lathe.compiler.onnx.ops.NormImport.register();
        dev.lathe.compiler.onnx.ops.SamplingImport.register();
        dev.lathe.compiler.onnx.ops.SpaceImport.register();
        dev.lathe.compiler.onnx.ops.LossImport.register();
        dev.lathe.compiler.onnx.ops.LegacyImport.register();
        dev.lathe.compiler.onnx.ops.RecurrentImport.register();
        dev.lathe.compiler.onnx.ops.ResizeImport.register();
        dev.lathe.compiler.onnx.ops.SelectionImport.register();
        dev.lathe.compiler.onnx.ops.ControlImport.register();
        dev.lathe.compiler.onnx.ops.LayerNormImport.register();
        dev.lathe.compiler.onnx.ops.AttentionImport.register();
        dev.lathe.compiler.onnx.ops.LinearAttentionImport.register();
        dev.lathe.compiler.onnx.ops.EinsumImport.register();
        dev.lathe.compiler.onnx.ops.SequenceImport.register();
        dev.lathe.compiler.onnx.ops.TextImport.register();
        dev.lathe.compiler.onnx.ops.QuantImport.register();
        dev.lathe.compiler.onnx.ops.QLinearImport.register();
        dev.lathe.compiler.onnx.ops.MicrosoftImport.register();
        dev.lathe.compiler.onnx.ops.MultiHeadImport.register();
        dev.lathe.compiler.onnx.ops.GroupQueryImport.register();
        dev.lathe.compiler.onnx.ops.MaskedDecoderImport.register();
        dev.lathe.compiler.onnx.ops.RelativeBiasImport.register();
        dev.lathe.compiler.onnx.ops.ContribImport.register();
        dev.lathe.compiler.onnx.ops.ExpertsImport.register();
        dev.lathe.compiler.onnx.ops.TokensImport.register();
        dev.lathe.compiler.onnx.ops.DynamicLstmImport.register();
        dev.lathe.compiler.onnx.ops.EncoderImport.register();
        dev.lathe.compiler.onnx.ops.LinearModelImport.register();
        dev.lathe.compiler.onnx.ops.VectorMachineImport.register();
        dev.lathe.compiler.onnx.ops.TreeImport.register();
        dev.lathe.compiler.onnx.ops.SignalImport.register();
        dev.lathe.compiler.onnx.ops.RandomImport.register();
        dev.lathe.compiler.onnx.ops.OptimiserImport.register();
        dev.lathe.compiler.onnx.ops.GradientImport.register();
    }

    private ImportTable() {}

    /** Adds an operator of the default domain, or {@code domain.Name}. */
    public static void add(String name, OpImport row) {
        ROWS.add(name, row);
    }

    static OpImport find(String domain, String op) {
        return ROWS.find(key(domain, op));
    }

    static String key(String domain, String op) {
        return domain.isEmpty() || domain.equals("ai.onnx") ? op : domain + "." + op;
    }

    /** The name of a function local to a model. */
    static String key(String domain, String op, String overload) {
        return overload.isEmpty() ? key(domain, op) : key(domain, op) + ":" + overload;
    }

    public static Map<String, OpImport> all() {
        return ROWS.all();
    }
}
