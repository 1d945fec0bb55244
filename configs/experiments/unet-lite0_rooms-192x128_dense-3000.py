# The same, twice as long.
_base_ = './unet-lite0_rooms-192x128_dense-1500.py'
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=3000)
]
train_cfg = dict(max_iters=3000, val_interval=3000)
