# Trains on a CPU from random weights, on small images in NYU's layout.
_base_ = ['../_base_/hf_tiny.py', '../_base_/datasets/nyu-layout.py']
model = dict(
    type='HFDepthEstimator',
    config=dict(
        model_type='dpt',
        is_hybrid=False,
        initializer_range=0.1,
        image_size=128,
        patch_size=16,
        hidden_size=64,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=128,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        backbone_out_indices=[0, 1, 2, 3],
        neck_hidden_sizes=[16, 32, 64, 64],
        fusion_hidden_size=32),
    data_preprocessor=dict(
        type='HFDepthPreprocessor',
        image_processor=dict(
            image_processor_type='DPTImageProcessor',
            size=dict(height=128, width=128),
            resample=2)),
    loss=dict(type='ScaleShiftInvariantLoss', alignment='median_mad'))
# Inverse depth up to scale and shift, aligned with the ground truth for the
# metrics. Without depth in metres, no pictures are drawn.
val_evaluator = [
    dict(
        type='DepthErrorMetric',
        min_depth=1e-3,
        max_depth=10.0,
        alignment='least_squares'),
    dict(
        type='DepthBoundaryMetric', max_depth=10.0, alignment='least_squares')
]
test_evaluator = val_evaluator
default_hooks = dict(visualization=dict(num_images=0))
