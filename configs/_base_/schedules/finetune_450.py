# AdamW; the pretrained encoder has a quarter of the learning rate.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=3e-3, weight_decay=0.01),
    paramwise_cfg=dict(
        custom_keys={
            'backbone': dict(lr_mult=0.25),
            'backbone.fine': dict(lr_mult=1.0)
        }),
    clip_grad=dict(max_norm=1.0))
param_scheduler = [
    dict(
        type='LinearLR', start_factor=0.1, begin=0, end=50, by_epoch=False),
    dict(
        type='CosineAnnealingLR',
        eta_min_ratio=0.01,
        begin=50,
        end=450,
        by_epoch=False)
]
train_cfg = dict(
    type='IterBasedTrainLoop', max_iters=450, val_interval=450)
val_cfg = dict()
test_cfg = dict()
