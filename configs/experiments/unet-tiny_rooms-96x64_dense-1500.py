# Ground truth at every pixel, three times the iterations.
_base_ = './unet-tiny_rooms-96x64_dense-4500.py'
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=1500)
]
train_cfg = dict(max_iters=1500, val_interval=1500)
