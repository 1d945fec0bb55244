_base_ = './finetune_450.py'
optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=1500)
]
train_cfg = dict(max_iters=1500, val_interval=1500)
