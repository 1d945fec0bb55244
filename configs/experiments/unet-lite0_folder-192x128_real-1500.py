# A network with a pretrained encoder on your own images and depth maps: pass
# --data-root DIR.
_base_ = [
    '../_base_/sweeps/trained_runtime.py',
    '../_base_/sweeps/gradient_losses.py',
    '../_base_/datasets/folder-cached_192x128.py',
    '../_base_/models/unet_lite0.py', '../_base_/schedules/finetune_1500.py'
]
