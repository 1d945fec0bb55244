# Ground truth at every pixel, nine times the iterations.
_base_ = [
    '../_base_/sweeps/trained_runtime.py',
    '../_base_/sweeps/gradient_losses.py',
    '../_base_/datasets/synthetic-cached_96x64.py',
    '../_base_/models/unet_tiny.py', '../_base_/schedules/schedule_4500.py'
]
