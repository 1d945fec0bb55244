_base_ = './schedule_400.py'
param_scheduler = [
    dict(
        type='LinearLR', start_factor=0.1, begin=0, end=50, by_epoch=False),
    dict(
        type='CosineAnnealingLR',
        eta_min=4e-5,
        begin=50,
        end=1000,
        by_epoch=False)
]
train_cfg = dict(max_iters=1000, val_interval=1000)
