_base_ = ['../_base_/hf_finetune.py', '../_base_/datasets/nyu_640x480.py']
model = dict(
    type='HFDepthEstimator',
    pretrained='depth-anything/Depth-Anything-V2-Small-hf',
    loss=dict(type='ScaleShiftInvariantLoss', alignment='median_mad'))
# Inverse depth up to scale and shift, aligned with the ground truth for the
# metrics. Without depth in metres, no pictures are drawn.
val_evaluator = [
    dict(
        type='DepthErrorMetric',
        min_depth=1e-3,
        max_depth=10.0,
        crop='eigen',
        alignment='least_squares'),
    dict(
        type='DepthBoundaryMetric', max_depth=10.0, alignment='least_squares')
]
test_evaluator = val_evaluator
default_hooks = dict(visualization=dict(num_images=0))
