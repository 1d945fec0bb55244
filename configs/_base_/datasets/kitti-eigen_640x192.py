# KITTI with the official depth maps, Eigen's split, in the layout of
# KITTIDepthDataset. Epoch-based. Evaluated at full resolution: for validation,
# depth maps are loaded after the image is resized. They are too sparse for an
# edge metric. For RGB+D models see kitti-eigen-rgbd_640x192.py.
_base_ = './epoch-loaders.py'
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadDepthMap', valid_range=(1e-3, 80.0)),
    dict(type='ResizeDepth', scale=(640, 192)),
    dict(type='RandomFlipDepth', prob=0.5),
    dict(type='PhotometricJitter'),
    dict(type='PackDepthInputs')
]
test_pipeline = [
    dict(type='LoadImage'),
    dict(type='ResizeDepth', scale=(640, 192)),
    dict(type='LoadDepthMap', valid_range=(1e-3, 80.0)),
    dict(type='PackDepthInputs')
]
train_dataloader = dict(
    dataset=dict(
        type='KITTIDepthDataset',
        data_root='data/kitti',
        ann_file='eigen_train_files.txt',
        source='groundtruth',
        input_source=None,
        skip_missing=True,
        pipeline=train_pipeline))
val_dataloader = dict(
    dataset=dict(
        type='KITTIDepthDataset',
        data_root='data/kitti',
        ann_file='eigen_test_files.txt',
        source='groundtruth',
        input_source=None,
        skip_missing=True,
        test_mode=True,
        pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(
    type='DepthErrorMetric', min_depth=1e-3, max_depth=80.0, crop='garg')
test_evaluator = val_evaluator
