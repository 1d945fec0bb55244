_base_ = './schedule_400.py'
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=4500)
]
train_cfg = dict(max_iters=4500, val_interval=4500)
