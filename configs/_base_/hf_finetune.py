_base_ = './default_runtime.py'
# Fine-tuning of pretrained transformers: a small learning rate, which
# decreases towards the first layers.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=5e-5, weight_decay=0.01),
    constructor='HFLayerDecayConstructor',
    paramwise_cfg=dict(layer_decay=0.8),
    clip_grad=dict(max_norm=1.0))
param_scheduler = [
    dict(
        type='LinearLR', start_factor=0.01, begin=0, end=500, by_epoch=False),
    # a ratio, because each layer has its own learning rate
    dict(
        type='CosineAnnealingLR',
        eta_min_ratio=0.01,
        begin=500,
        end=10000,
        by_epoch=False)
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=10000, val_interval=2000)
val_cfg = dict()
test_cfg = dict()
default_hooks = dict(
    logger=dict(interval=50), checkpoint=dict(interval=2000))
# DPT's decoder has unused weights.
find_unused_parameters = True
