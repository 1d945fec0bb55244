# Your own images and depth maps, a longer training: give --data-root DIR.
_base_ = './unet-tiny_folder-96x64_real.py'
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=4500)
]
train_cfg = dict(max_iters=4500, val_interval=4500)
