package dev.lathe.compiler.paddle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every operator that PaddlePaddle's own engine for mobile devices runs on x86 or on any host is read. */
class CoverageTest {
    /** As its table of operators lists them for these two, its version of 2024. */
    private static final String NAMES =
            "abs anchor_generator arg_max argsort assign assign_value batch_norm beam_search beam_search_decode bilinear_interp bilinear_interp_v2 box_clip"
            + " box_coder calib calib_once cast clip collect_fpn_proposals concat conditional_block conv2d conv2d_transpose correlation cos cos_sim crf_decoding crop"
            + " crop_tensor ctc_align cumsum deformable_conv density_prior_box depthwise_conv2d distribute_fpn_proposals dropout elementwise_add elementwise_div"
            + " elementwise_floordiv elementwise_max elementwise_min elementwise_mod elementwise_mul elementwise_pow elementwise_sub elu equal exp expand expand_as"
            + " expand_v2 fc feed fetch fill_any_like fill_constant fill_constant_batch_size_like fill_zeros_like flatten flatten2 flatten_contiguous_range flip floor"
            + " fusion_elementwise_add_activation fusion_elementwise_div_activation fusion_elementwise_max_activation fusion_elementwise_min_activation"
            + " fusion_elementwise_mul_activation fusion_elementwise_sub_activation gather gather_nd gather_tree gaussian_random gelu generate_proposals"
            + " generate_proposals_v2 greater_equal greater_than grid_sampler group_norm gru gru_unit hard_sigmoid hard_swish im2sequence increment index_select"
            + " instance_norm inverse is_empty layer_norm layout leaky_relu less_equal less_than linspace lod_array_length lod_reset log logical_and logical_not"
            + " logical_or logical_xor lookup_table lookup_table_v2 match_matrix_tensor matmul matrix_nms max_pool2d_with_index merge_lod_tensor meshgrid mish mul"
            + " multiclass_nms multiclass_nms2 multiclass_nms3 nearest_interp nearest_interp_v2 norm not_equal one_hot one_hot_v2 p_norm pad2d pad3d pixel_shuffle"
            + " polygon_box_transform pool2d pow prelu print prior_box range read_from_array reciprocal reduce_all reduce_any reduce_max reduce_mean reduce_min"
            + " reduce_prod reduce_sum relu relu6 relu_clipped reshape reshape2 retinanet_detection_output reverse rnn roi_align roi_perspective_transform rsqrt"
            + " sampling_id scale scatter_nd_add search_aligned_mat_mul search_attention_padding_mask search_grnn search_group_padding search_seq_arithmetic"
            + " search_seq_depadding search_seq_fc search_seq_softmax select_input sequence_arithmetic sequence_concat sequence_conv sequence_expand"
            + " sequence_expand_as sequence_mask sequence_pad sequence_pool sequence_reshape sequence_reverse sequence_softmax sequence_topk_avg_pooling"
            + " sequence_unpad shape shuffle_channel sigmoid sin slice softmax softplus softsign split sqrt square squeeze squeeze2 stack strided_slice swish"
            + " sync_batch_norm tanh tensor_array_to_tensor thresholded_relu tile top_k top_k_v2 transpose transpose2 tril_triu unbind unfold uniform_random"
            + " unique_with_counts unsqueeze unsqueeze2 unstack var_conv_2d where where_index while write_back write_to_array yolo_box";
    /** What stands around the program. */
    private static final Set<String> AROUND = Set.of("feed", "fetch");

    @Test
    void everyOperatorOfTheMobileEngineIsRead() {
        List<String> names = List.of(NAMES.split(" "));
        assertEquals(217, Set.copyOf(names).size());
        assertEquals(List.of(), names.stream().filter(n -> PaddleTable.find(n) == null && !AROUND.contains(n)).toList());
    }
}
