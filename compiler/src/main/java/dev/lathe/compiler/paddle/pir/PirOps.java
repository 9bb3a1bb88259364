package dev.lathe.compiler.paddle.pir;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What version 3 calls version 2's operators, and in which slots its operands and results stand there. A row is
 * {@code name old-name operands > results ; new-attribute=old-attribute attribute:value}. An operand is a slot; with {@code @} in
 * front the numbers of an attribute, with {@code %} the single number of one; {@code -} is not looked at.
 */
public final class PirOps {
    /** @param attrs old names of attributes by their new ones @param fixed attributes that version 3 has no longer */
    record Row(String old, List<String> operands, List<String> results, Map<String, String> attrs, Map<String, Object> fixed) {}

    /** The same names, one operand X, one result Out, the same attributes. */
    private static final String SAME = """
            abs acos acosh asin asinh atan atanh ceil celu cos cosh elu erf exp expm1 floor gelu log log1p log_softmax logical_not logit logsigmoid logsumexp
            maxout mish reciprocal relu relu6 round rsqrt selu sigmoid sign silu sin sinh softplus softmax softsign sqrt square squared_l2_norm stanh swish
            tan tanh tanh_shrink thresholded_relu trunc assign pixel_shuffle pixel_unshuffle channel_shuffle shuffle_channel temporal_shift flip increment
            is_empty log2 log10 bitwise_not p_norm sequence_softmax soft_relu cumprod pad2d depend memcpy memcpy_d2h memcpy_h2d share_data
            """;

    private static final String ROWS = """
            full full > Out
            full_int_array full_int_array > Out
            full_like fill_any_like X %value > Out
            full_with_tensor fill_constant ValueTensor ShapeTensor > Out
            full_batch_size_like fill_constant_batch_size_like Input > Out
            assign_value assign_value > Out
            assign_out assign X - > Out
            empty empty ShapeTensor > Out
            arange range Start End Step > Out
            linspace linspace Start Stop Num > Out
            eye eye %num_rows %num_columns > Out
            gaussian gaussian_random ShapeTensor > Out
            uniform uniform_random ShapeTensor %min %max > Out
            add elementwise_add X Y > Out
            subtract elementwise_sub X Y > Out
            multiply elementwise_mul X Y > Out
            divide elementwise_div X Y > Out
            maximum elementwise_max X Y > Out
            minimum elementwise_min X Y > Out
            fmax elementwise_fmax X Y > Out
            fmin elementwise_fmin X Y > Out
            remainder elementwise_mod X Y > Out
            floor_divide elementwise_floordiv X Y > Out
            elementwise_pow elementwise_pow X Y > Out
            pow pow X FactorTensor > Out ; y=factor
            atan2 atan2 X1 X2 > Out
            add_n sum X > Out
            equal equal X Y > Out
            not_equal not_equal X Y > Out
            less_than less_than X Y > Out
            less_equal less_equal X Y > Out
            greater_than greater_than X Y > Out
            greater_equal greater_equal X Y > Out
            logical_and logical_and X Y > Out
            logical_or logical_or X Y > Out
            logical_xor logical_xor X Y > Out
            bitwise_and bitwise_and X Y > Out
            bitwise_or bitwise_or X Y > Out
            bitwise_xor bitwise_xor X Y > Out
            isnan isnan_v2 X > Out
            isinf isinf_v2 X > Out
            isfinite isfinite_v2 X > Out
            isclose isclose Input Other %rtol %atol > Out
            allclose allclose Input Other %rtol %atol > Out
            equal_all equal_all X Y > Out
            where where Condition X Y > Out
            nonzero where_index Condition > Out
            clip clip X Min Max > Out
            scale scale X ScaleTensor > Out
            cast cast X > Out ; dtype=out_dtype
            hardtanh brelu X > Out
            hardshrink hard_shrink X > Out
            hardsigmoid hard_sigmoid X > Out
            hardswish hard_swish X > Out
            leaky_relu leaky_relu X > Out ; negative_slope=alpha
            softshrink softshrink X > Out ; threshold=lambda
            prelu prelu X Alpha > Out
            lerp lerp X Y Weight > Out
            dropout dropout X - %dropout_prob > Out ; p=dropout_prob mode=dropout_implementation
            matmul matmul_v2 X Y > Out ; transpose_x=trans_x transpose_y=trans_y
            legacy_matmul matmul X Y > Out ; transpose_x=transpose_X transpose_y=transpose_Y
            matmul_with_flatten mul X Y > Out
            fc fc Input W Bias > Out
            bmm bmm X Y > Out
            mv mv X Vec > Out
            dot dot X Y > Out
            kron kron X Y > Out
            addmm addmm Input X Y > Out ; alpha=Alpha beta=Beta
            einsum einsum Operands > Out
            inverse inverse Input > Output
            conv2d conv2d Input Filter > Output
            depthwise_conv2d depthwise_conv2d Input Filter > Output
            conv3d conv3d Input Filter > Output
            conv2d_transpose conv2d_transpose Input Filter @output_size > Output
            depthwise_conv2d_transpose depthwise_conv2d_transpose Input Filter @output_size > Output
            conv3d_transpose conv3d_transpose Input Filter > Output
            deformable_conv deformable_conv Input Offset Filter Mask > Output
            pool2d pool2d X @ksize > Out ; kernel_size=ksize
            pool3d pool3d X > Out ; kernel_size=ksize
            max_pool2d_with_index max_pool2d_with_index X > Out Mask ; kernel_size=ksize
            batch_norm batch_norm X Mean Variance Scale Bias > Y MeanOut VarianceOut ; data_format=data_layout is_test:1
            sync_batch_norm batch_norm X Mean Variance Scale Bias > Y MeanOut VarianceOut ; data_format=data_layout is_test:1
            layer_norm layer_norm X Scale Bias > Y Mean Variance
            group_norm group_norm X Scale Bias > Y Mean Variance ; data_format=data_layout
            instance_norm instance_norm X Scale Bias > Y
            norm norm X > Out Norm
            lrn lrn X > Out MidOut
            affine_channel affine_channel X Scale Bias > Out
            bilinear_interp bilinear_interp_v2 X OutSize SizeTensor Scale > Out ; data_format=data_layout
            nearest_interp nearest_interp_v2 X OutSize SizeTensor Scale > Out ; data_format=data_layout
            bicubic_interp bicubic_interp_v2 X OutSize SizeTensor Scale > Out ; data_format=data_layout
            linear_interp linear_interp_v2 X OutSize SizeTensor Scale > Out ; data_format=data_layout
            trilinear_interp trilinear_interp_v2 X OutSize SizeTensor Scale > Out ; data_format=data_layout
            grid_sample grid_sampler X Grid > Output
            affine_grid affine_grid Theta OutputShape > Output
            reshape reshape2 X Shape > Out
            view_shape reshape2 X > Out ; dims=shape
            transpose transpose2 X > Out ; perm=axis
            flatten flatten_contiguous_range X > Out
            squeeze squeeze2 X AxesTensor > Out ; axis=axes
            unsqueeze unsqueeze2 X AxesTensor > Out ; axis=axes
            shape shape Input > Out
            shape64 shape Input > Out ; wide:1
            numel size Input > Out
            slice slice Input StartsTensor EndsTensor > Out
            strided_slice strided_slice Input StartsTensor EndsTensor StridesTensor > Out
            crop crop_tensor X Shape Offsets > Out
            split split X SectionsTensorList AxisTensor > Out
            split_with_num split X AxisTensor > Out
            unbind unbind X > Out
            unstack unstack X > Y
            concat concat X AxisTensor > Out
            stack stack X > Y
            expand expand_v2 X Shape > Out
            expand_as expand_as_v2 X Y > Out
            tile tile X RepeatTimes > Out
            pad pad X %pad_value > Out
            pad3d pad3d X Paddings > Out ; pad_value=value
            roll roll X @shifts > Out
            tril tril_triu X > Out ; lower:1
            triu tril_triu X > Out ; lower:0
            tril_triu tril_triu X > Out
            meshgrid meshgrid X > Out
            unfold unfold X > Y
            fold fold X > Y
            reverse reverse X @axis > Out
            sum reduce_sum X @dim > Out ; axis=dim keepdim=keep_dim dtype=out_dtype
            mean reduce_mean X @dim > Out ; axis=dim keepdim=keep_dim
            max reduce_max X @dim > Out ; axis=dim keepdim=keep_dim
            min reduce_min X @dim > Out ; axis=dim keepdim=keep_dim
            amax reduce_amax X @dim > Out ; axis=dim keepdim=keep_dim
            amin reduce_amin X @dim > Out ; axis=dim keepdim=keep_dim
            prod reduce_prod X @dim > Out ; axis=dim keepdim=keep_dim
            all reduce_all X > Out ; axis=dim keepdim=keep_dim
            any reduce_any X > Out ; axis=dim keepdim=keep_dim
            mean_all mean X > Out
            frobenius_norm frobenius_norm X @dim > Out ; axis=dim keepdim=keep_dim
            cumsum cumsum X %axis > Out
            argmax arg_max X %axis > Out
            argmin arg_min X %axis > Out
            argsort argsort X > Out Indices
            topk top_k_v2 X K > Out Indices
            searchsorted searchsorted SortedSequence Values > Out
            unique unique X > Out Indices Index Counts
            gather gather X Index Axis > Out
            gather_nd gather_nd X Index > Out
            gather_tree gather_tree Ids Parents > Out
            index_select index_select X Index > Out ; axis=dim
            index_sample index_sample X Index > Out
            masked_select masked_select X Mask > Y
            take_along_axis take_along_axis Input Index > Result ; axis=Axis
            put_along_axis put_along_axis Input Index Value > Result ; axis=Axis reduce=Reduce
            scatter scatter X Ids Updates > Out
            scatter_nd_add scatter_nd_add X Index Updates > Out
            set_value set_value Input StartsTensorList EndsTensorList StepsTensorList > Out
            set_value_with_tensor set_value Input ValueTensor StartsTensorList EndsTensorList StepsTensorList > Out
            index_put index_put X Indices Value > Out
            flash_attn flash_attn q k v - attn_mask > Out
            memory_efficient_attention memory_efficient_attention q k v bias > Out
            repeat_interleave repeat_interleave X > Out ; repeats=Repeats axis=dim
            repeat_interleave_with_tensor_index repeat_interleave X RepeatsTensor > Out ; axis=dim
            diag diag_v2 X > Out
            diagonal diagonal Input > Out
            trace trace Input > Out
            multiplex multiplex X Ids > Out
            one_hot one_hot_v2 X depth_tensor > Out
            embedding lookup_table_v2 Ids W > Out
            sequence_mask sequence_mask X MaxLenTensor > Y ; max_len=maxlen
            sequence_expand sequence_expand X Y > Out
            sequence_pool sequence_pool X > Out
            sequence_conv sequence_conv X PaddingData Filter > Out ; padding_trainable=paddingTrainable context_length=contextLength context_start=contextStart context_stride=contextStride
            lod_reset lod_reset X Y > Out
            gru gru Input H0 Weight Bias > - - - Hidden
            gru_unit gru_unit Input HiddenPrev Weight Bias > Gate ResetHiddenPrev Hidden
            lstm lstm Input H0 C0 Weight Bias > Hidden Cell
            rnn rnn Input PreState WeightList SequenceLength > Out DropoutState State
            crf_decoding crf_decoding Emission Transition Label Length > ViterbiPath
            ctc_align ctc_align Input InputLength > Output OutputLength
            row_conv row_conv X Filter > Out
            prior_box prior_box Input Image > Boxes Variances
            box_coder box_coder PriorBox PriorBoxVar TargetBox > OutputBox
            box_clip box_clip Input ImInfo > Output
            yolo_box yolo_box X ImgSize > Boxes Scores
            multiclass_nms multiclass_nms BBoxes Scores > Out
            multiclass_nms3 multiclass_nms3 BBoxes Scores RoisNum > Out Index NmsRoisNum
            matrix_nms matrix_nms BBoxes Scores > Out Index RoisNum
            bipartite_match bipartite_match DistMat > ColToRowMatchIndices ColToRowMatchDist
            anchor_generator anchor_generator Input > Anchors Variances
            generate_proposals generate_proposals_v2 Scores BboxDeltas ImShape Anchors Variances > RpnRois RpnRoiProbs RpnRoisNum ; pre_nms_top_n=pre_nms_topN post_nms_top_n=post_nms_topN
            legacy_generate_proposals generate_proposals Scores BboxDeltas ImInfo Anchors Variances > RpnRois RpnRoiProbs RpnRoisNum ; pre_nms_top_n=pre_nms_topN post_nms_top_n=post_nms_topN
            distribute_fpn_proposals distribute_fpn_proposals FpnRois RoisNum > MultiFpnRois MultiLevelRoIsNum RestoreIndex
            collect_fpn_proposals collect_fpn_proposals MultiLevelRois MultiLevelScores MultiLevelRoIsNum > FpnRois RoisNum ; post_nms_topn=post_nms_topN
            roi_align roi_align X ROIs RoisNum > Out
            correlation correlation Input1 Input2 > Output
            quantize_linear quantize_linear X Scale ZeroPoint > Y
            dequantize_linear dequantize_linear X Scale ZeroPoint > Y
            dequantize_abs_max dequantize_abs_max X Scale > Out
            fake_quantize_abs_max fake_quantize_abs_max X > Out OutScale
            fake_quantize_dequantize_abs_max fake_quantize_dequantize_abs_max X > Out OutScale
            fake_channel_wise_quantize_abs_max fake_channel_wise_quantize_abs_max X > Out OutScale
            fake_channel_wise_quantize_dequantize_abs_max fake_channel_wise_quantize_dequantize_abs_max X > Out OutScale
            fake_dequantize_max_abs fake_dequantize_max_abs X Scale > Out
            fake_channel_wise_dequantize_max_abs fake_channel_wise_dequantize_max_abs X Scales > Out
            fake_quantize_range_abs_max fake_quantize_range_abs_max X InScale > Out OutScale
            fake_quantize_moving_average_abs_max fake_quantize_moving_average_abs_max X InScale > Out OutScale
            fake_quantize_dequantize_moving_average_abs_max fake_quantize_dequantize_moving_average_abs_max X InScale > Out OutScale
            create_array create_array > Out
            create_array_like create_array - > Out
            array_length lod_array_length X > Out
            array_read read_from_array X I > Out
            array_to_tensor tensor_array_to_tensor X > Out OutIndex
            slice_array_dense read_from_array X I > Out
            print print In > Out
            masked_fill masked_fill X Mask Value > Out
            swiglu swiglu X Y > Out
            rms_norm rms_norm X Bias Residual NormWeight NormBias > Out ResidualOut
            nms nms Boxes > KeepBoxesIdxs ; threshold=iou_threshold
            kthvalue kthvalue X > Out Indices
            heaviside elementwise_heaviside X Y > Out
            baddbmm baddbmm Input X Y > Out ; alpha=Alpha beta=Beta
            index_add index_add X Index AddValue > Out
            logcumsumexp logcumsumexp X > Out
            cross cross X Y > Out ; axis=dim
            frame frame X > Out
            overlap_add overlap_add X > Out
            """;

    private static final Map<String, Row> TABLE = new HashMap<>();

    static {
        for (String name : SAME.trim().split("\\s+")) {
            TABLE.put(name, new Row(name, List.of("X"), List.of("Out"), Map.of(), Map.of()));
        }
        ROWS.lines().forEach(PirOps::add);
    }

    private PirOps() {}

    private static void add(String line) {
        String[] halves = line.split(" ; ");
        List<String> words = Arrays.asList(halves[0].trim().split("\\s+"));
        int results = words.indexOf(">");
        Map<String, String> attrs = new TreeMap<>();
        Map<String, Object> fixed = new TreeMap<>();
        for (String a : halves.length > 1 ? halves[1].trim().split("\\s+") : new String[0]) {
            int same = a.indexOf('=');
            int colon = a.indexOf(':');
            if (same > 0) {
                attrs.put(a.substring(0, same), a.substring(same + 1));
            } else {
                fixed.put(a.substring(0, colon), a.substring(colon + 1).equals("1"));
            }
        }
        Row row = new Row(words.get(1), new ArrayList<>(words.subList(2, results)), new ArrayList<>(words.subList(results + 1, words.size())), attrs, fixed);
        if (TABLE.put(words.get(0), row) != null) {
            throw new IllegalStateException("operator " + words.get(0) + " stands twice");
        }
    }

    /** An operator by its name in dialect pd_op; one that ends in _ is the one that works in place. Null: not known. */
    static Row find(String name) {
        Row row = TABLE.get(name);
        return row == null && name.endsWith("_") ? TABLE.get(name.substring(0, name.length() - 1)) : row;
    }

    /** The names of all operators that are known. */
    public static List<String> names() {
        return TABLE.keySet().stream().sorted().toList();
    }
}
