"""Tiny models of transformers, with random weights."""
from mmengine.registry import MODELS
from samples import METRIC_LOSS

# At least 16 channels: PyTorch's CPU build reads beyond its buffers in
# strided 1x1 convolutions with fewer.
NECK = dict(
    neck_hidden_sizes=[16, 16, 32, 32], fusion_hidden_size=32,
    # large enough for outputs to differ after four layers of random weights
    initializer_range=0.1)
VIT = dict(hidden_size=32, num_hidden_layers=4, num_attention_heads=2)
STAGES = dict(
    out_features=['stage1', 'stage2', 'stage3', 'stage4'],
    reshape_hidden_states=False)

DEPTH_ANYTHING = dict(
    model_type='depth_anything', patch_size=14, reassemble_hidden_size=32,
    head_hidden_size=16, depth_estimation_type='relative',
    backbone_config=dict(
        model_type='dinov2', image_size=56, patch_size=14, mlp_ratio=2, **VIT,
        **STAGES), **NECK)
CONFIGS = dict(
    depth_anything_relative=DEPTH_ANYTHING,
    depth_anything_metric=dict(
        DEPTH_ANYTHING, depth_estimation_type='metric', max_depth=10),
    dpt=dict(
        model_type='dpt', image_size=64, patch_size=16, is_hybrid=False,
        intermediate_size=64, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0, backbone_out_indices=[0, 1, 2, 3],
        **VIT, **NECK),
    zoedepth=dict(
        model_type='zoedepth', bottleneck_features=32, bin_embedding_dim=16,
        backbone_config=dict(
            model_type='beit', image_size=64, patch_size=16,
            intermediate_size=64, use_relative_position_bias=True, **VIT,
            **STAGES), **NECK),
    glpn=dict(
        model_type='glpn', depths=[1, 2, 1, 1], hidden_sizes=[16, 32, 32, 64],
        num_attention_heads=[1, 2, 2, 4], mlp_ratios=[2, 2, 2, 2],
        decoder_hidden_size=32, drop_path_rate=0.0))
"""``config`` of :class:`HFDepthEstimator` by name."""

IMAGENET = dict(
    image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])
IMAGE_PROCESSORS = dict(
    depth_anything_relative=dict(
        image_processor_type='DPTImageProcessor', size=dict(
            height=56, width=56), keep_aspect_ratio=True,
        ensure_multiple_of=14, **IMAGENET),
    dpt=dict(
        image_processor_type='DPTImageProcessor', size=dict(
            height=64, width=64), resample=2),
    zoedepth=dict(
        image_processor_type='ZoeDepthImageProcessor', size=dict(
            height=64, width=96), ensure_multiple_of=32, do_pad=False),
    glpn=dict(image_processor_type='GLPNImageProcessor'))
"""``image_processor`` of :class:`HFDepthPreprocessor` by name."""
IMAGE_PROCESSORS['depth_anything_metric'] = IMAGE_PROCESSORS[
    'depth_anything_relative']

RELATIVE_LOSS = [
    dict(type='ScaleShiftInvariantLoss'),
    dict(type='MultiScaleGradientLoss', loss_weight=0.2, domain='inverse',
         alignment='median_mad')
]
RELATIVE = {'depth_anything_relative', 'dpt'}


def model_config(name, **arguments):
    """Config of a tiny :class:`HFDepthEstimator`."""
    return dict(
        dict(
            type='HFDepthEstimator', config=CONFIGS[name],
            loss=RELATIVE_LOSS if name in RELATIVE else METRIC_LOSS,
            data_preprocessor=dict(
                type='HFDepthPreprocessor',
                image_processor=IMAGE_PROCESSORS[name])), **arguments)


def build(name, **arguments):
    """The model."""
    return MODELS.build(model_config(name, **arguments))
