# Ground truth at every pixel.
_base_ = [
    '../_base_/sweeps/runtime.py', '../_base_/sweeps/gradient_losses.py',
    '../_base_/depth_evaluation.py',
    '../_base_/datasets/synthetic-cached_96x64.py',
    '../_base_/models/unet_tiny.py', '../_base_/schedules/schedule_500.py'
]
