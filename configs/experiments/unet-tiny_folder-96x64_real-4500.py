# A longer training on your own images and depth maps: pass --data-root DIR.
_base_ = [
    '../_base_/sweeps/trained_runtime.py',
    '../_base_/sweeps/gradient_losses.py',
    '../_base_/datasets/folder-cached_96x64.py',
    '../_base_/models/unet_tiny.py', '../_base_/schedules/schedule_4500.py'
]
