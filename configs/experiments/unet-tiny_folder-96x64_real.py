# Your own images and depth maps: pass --data-root DIR. Edges of measured depth
# are rarely accurate to a pixel, so they are also compared within 1, 2 and 3
# pixels.
_base_ = [
    '../_base_/sweeps/runtime.py', '../_base_/sweeps/gradient_losses.py',
    '../_base_/depth_evaluation.py',
    '../_base_/datasets/folder-cached_96x64.py',
    '../_base_/models/unet_tiny.py', '../_base_/schedules/schedule_1000.py'
]
val_evaluator = [
    *_base_.val_evaluator,
    dict(
        type='DepthBoundaryMetric',
        protocol='moge',
        prefix='moge',
        min_depth=0.1,
        max_depth=15.0)
]
test_evaluator = val_evaluator
