_base_ = [
    './unet-small_rooms-192x128_baseline.py',
    '../_base_/gradient_loss/conservative.py'
]
model = dict(decode_head=dict(loss=_base_.gradient_loss))
default_hooks = dict(gradient_loss=_base_.gradient_hook)
