_base_ = './hf_finetune.py'
# Short trainings from random weights on a CPU.
optim_wrapper = dict(
    optimizer=dict(lr=1e-3), paramwise_cfg=dict(layer_decay=0.9))
param_scheduler = [
    dict(
        type='LinearLR', start_factor=0.1, begin=0, end=10, by_epoch=False),
    dict(
        type='CosineAnnealingLR',
        eta_min_ratio=0.01,
        begin=10,
        end=400,
        by_epoch=False)
]
train_cfg = dict(max_iters=400, val_interval=200)
default_hooks = dict(
    logger=dict(interval=10), checkpoint=dict(interval=200))
