_base_ = [
    './unet-lite0_folder-192x128_baseline.py',
    '../_base_/gradient_loss/recommended.py'
]
model = dict(decode_head=dict(loss=_base_.gradient_loss))
default_hooks = dict(gradient_loss=_base_.gradient_hook)
