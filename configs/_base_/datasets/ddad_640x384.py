# DDAD, front camera, in the layout of DGPDepthDataset. Epoch-based. Evaluated
# at full resolution: for validation, depth maps are loaded after the image is
# resized. They are too sparse for an edge metric.
_base_ = './epoch-loaders.py'
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadDepthMap', valid_range=(1e-3, 200.0)),
    dict(type='ResizeDepth', scale=(640, 384)),
    dict(type='RandomFlipDepth', prob=0.5),
    dict(type='PhotometricJitter'),
    dict(type='PackDepthInputs')
]
test_pipeline = [
    dict(type='LoadImage'),
    dict(type='ResizeDepth', scale=(640, 384)),
    dict(type='LoadDepthMap', valid_range=(1e-3, 200.0)),
    dict(type='PackDepthInputs')
]
train_dataloader = dict(
    dataset=dict(
        type='DGPDepthDataset',
        data_root='data/ddad',
        ann_file='train.json',
        cameras=['CAMERA_01'],
        pipeline=train_pipeline))
val_dataloader = dict(
    dataset=dict(
        type='DGPDepthDataset',
        data_root='data/ddad',
        ann_file='val.json',
        cameras=['CAMERA_01'],
        test_mode=True,
        pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(type='DepthErrorMetric', min_depth=1e-3, max_depth=200.0)
test_evaluator = val_evaluator
