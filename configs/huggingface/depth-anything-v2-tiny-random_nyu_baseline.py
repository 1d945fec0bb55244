# Small enough to train on a CPU, from random weights, on small images in NYU's
# layout.
_base_ = './depth-anything-v2-metric-indoor-small_nyu_baseline.py'
model = dict(
    pretrained=None,
    config=dict(
        model_type='depth_anything',
        depth_estimation_type='metric',
        max_depth=10,
        initializer_range=0.05,
        patch_size=14,
        reassemble_hidden_size=64,
        neck_hidden_sizes=[16, 32, 64, 64],
        fusion_hidden_size=32,
        head_hidden_size=16,
        backbone_config=dict(
            model_type='dinov2',
            image_size=112,
            patch_size=14,
            hidden_size=64,
            num_hidden_layers=4,
            num_attention_heads=4,
            mlp_ratio=2,
            out_features=['stage1', 'stage2', 'stage3', 'stage4'],
            reshape_hidden_states=False)),
    data_preprocessor=dict(
        type='HFDepthPreprocessor',
        image_processor=dict(
            image_processor_type='DPTImageProcessor',
            size=dict(height=84, width=112),
            keep_aspect_ratio=True,
            ensure_multiple_of=14,
            image_mean=[0.485, 0.456, 0.406],
            image_std=[0.229, 0.224, 0.225])))
train_dataloader = dict(num_workers=1)
val_dataloader = dict(batch_size=8, num_workers=1)
test_dataloader = val_dataloader
# NYU's crop is for its own images of 480x640 pixels.
val_evaluator = [
    dict(type='DepthErrorMetric', min_depth=1e-3, max_depth=10.0),
    dict(type='DepthBoundaryMetric', max_depth=10.0)
]
test_evaluator = val_evaluator
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
custom_hooks = [
    dict(type='GradientLossHook', warmup='linear', warmup_iters=20)
]
train_cfg = dict(max_iters=400, val_interval=200)
default_hooks = dict(
    logger=dict(interval=10), checkpoint=dict(interval=200))
