# Trains on a CPU from random weights, on small images in NYU's layout.
_base_ = './vpd-head_mit-b0_1xb8-25k_nyu-480x480.py'
model = dict(
    data_preprocessor=dict(size=(160, 224)),
    backbone=dict(num_layers=[1, 1, 1, 1], drop_path_rate=0.0, init_cfg=None),
    decode_head=dict(
        embed_dim=16,
        feature_dim=128,
        num_deconv_layers=2,
        num_deconv_filters=(32, 32)))
train_pipeline = _base_.train_pipeline
train_pipeline[3] = dict(type='mmseg.RandomCrop', crop_size=(160, 224))
train_dataloader = dict(
    batch_size=4, num_workers=1, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(num_workers=1)
test_dataloader = val_dataloader
# Without NYU's crop, which is for images of 480x640 pixels.
val_evaluator = [
    dict(
        type='mmseg.DepthMetric', min_depth_eval=0.001, max_depth_eval=10.0),
    dict(type='DepthErrorMetric', max_depth=10.0),
    dict(type='DepthBoundaryMetric', max_depth=10.0)
]
test_evaluator = val_evaluator
optim_wrapper = dict(
    optimizer=dict(lr=2e-3),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=1.0))))
param_scheduler = [
    dict(
        type='LinearLR', start_factor=0.1, begin=0, end=20, by_epoch=False),
    dict(
        type='CosineAnnealingLR', eta_min=2e-5, begin=20, end=400,
        by_epoch=False)
]
train_cfg = dict(max_iters=400, val_interval=200)
default_hooks = dict(
    logger=dict(interval=10), checkpoint=dict(interval=200))
