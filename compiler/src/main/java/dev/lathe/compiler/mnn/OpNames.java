package dev.lathe.compiler.mnn;

import java.util.HashMap;
import java.util.Map;

/** MNN's names of its operators by their numbers, and the other way round. */
final class OpNames {
    private static final Map<Integer, String> NAMES = new HashMap<>();
    private static final Map<String, Integer> NUMBERS = new HashMap<>();

    static {
        run(0, "AbsVal QuantizedAdd ArgMax AsString InstanceNorm BatchToSpaceND Copy BinaryOp Bnll Cast Concat Const Convolution"
                    + " ConvolutionDepthwise Crop CropAndResize ImageProcess Deconvolution DeconvolutionDepthwise Dequantize DetectionOutput"
                    + " Dropout Eltwise ELU Unique Exp ExpandDims Fill Flatten Im2Col Gather GatherV2 Im2Seq InnerProduct Input Interp Log LRN"
                    + " LSTM MatMul MoE NonMaxSuppression NonMaxSuppressionV2 Normalize Pack Padding Permute Pooling Power PReLU PriorBox"
                    + " Proposal QuantizedAvgPool QuantizedBiasAdd QuantizedConcat QuantizedDepthwiseConv2D QuantizedLogistic"
                    + " RasterAndInterpolate QuantizedMaxPool Texture RasterDiff QuantizedReshape QuantizedSoftmax QuantizeMaxMin QuantizeV2"
                    + " Range Rank ReduceJoin Reduction ReLU ReLU6 RequantizationRange Requantize Reshape Resize RNN ROIPooling Scale Selu"
                    + " Seq2Out Shape Sigmoid Size Slice SliceTf Softmax SpaceToBatchND SpatialProduct Col2Im Segment Squeeze StridedSlice"
                    + " CastLike StringSplit StringToNumber TanH TfQuantizedConv2D Threshold Tile TopKV2 Transpose UnaryOp Unpack Where Moments"
                    + " RNNSequenceGRU BatchMatMul Unsqueeze CosineSimilarity DepthToSpace SpaceToDepth ReverseSequence Pooling3D Convolution3D"
                    + " MatrixBandPart GatherND DetectionPostProcess UnravelIndex ScatterNd OneHot BroadcastTo Dilation2D Interp3D");
        run(128, "Raster ConvertTensor ArgMin LinSpace RandomUniform TensorArray TensorArraySize TensorArrayRead TensorArrayWrite"
                    + " TensorArrayGather TensorArrayScatter TensorArraySplit TensorArrayConcat LSTMBlockCell Reverse ROIAlign RandomNormal"
                    + " TensorArrayInsert TensorArrayErase EyeLike CumSum Det CumProd ScatterElements GatherElements Svd Histogram DynamicQuant"
                    + " Stft");
        run(256, "Plugin Select ZerosLike Broastcast SetDiff1D ReluGrad Identity PoolGrad SoftmaxGrad Conv2DBackPropFilter TrainableParam"
                    + " BatchNorm ConvTranspose3D ZeroGrad");
        run(299, "Attention FmhaV2 Fmhca SeqLen2Spatial SplitGeLU GroupNorm LinearAttention RoPE FusedLinear GatedRMSNorm");
        run(512, "Extra ConvInt8 Int8ToFloat DepthwiseConvInt8");
        run(517, "FloatToInt8 EltwiseInt8");
        run(600, "While If");
        run(603, "LayerNorm GridSample");
    }

    private OpNames() {}

    private static void run(int first, String names) {
        int number = first;
        for (String name : names.split(" ")) {
            NAMES.put(number, name);
            NUMBERS.put(name, number++);
        }
    }

    static String of(int number) {
        return NAMES.getOrDefault(number, "operator number " + number);
    }

    static int number(String name) {
        Integer n = NUMBERS.get(name);
        if (n == null) {
            throw new IllegalStateException("MNN has no operator " + name);
        }
        return n;
    }
}
