# Fine-tuning a network with a pretrained encoder.
_base_ = [
    '../_base_/sweeps/trained_runtime.py',
    '../_base_/sweeps/gradient_losses.py',
    '../_base_/datasets/synthetic-cached_192x128.py',
    '../_base_/models/unet_lite0.py',
    '../_base_/schedules/finetune_1500.py'
]
