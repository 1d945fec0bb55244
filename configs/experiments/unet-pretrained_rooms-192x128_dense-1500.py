# A network with an encoder from ImageNet, as people fine-tune it.
_base_ = [
    '../_base_/sweeps/runtime.py', '../_base_/sweeps/ablations.py',
    '../_base_/depth_evaluation.py',
    '../_base_/datasets/synthetic-cached_192x128.py',
    '../_base_/models/unet_efficientnet-lite0.py',
    '../_base_/schedules/finetune_1500.py'
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
