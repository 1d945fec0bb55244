_base_ = './schedule_400.py'
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=1000)
]
train_cfg = dict(max_iters=1000, val_interval=1000)
