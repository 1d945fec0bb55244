# NYU Depth v2 at full resolution, in the layout of mmsegmentation and
# tools/dataset_converters/nyu.py.
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadDepthMap', valid_range=(1e-3, 10.0)),
    dict(type='RandomFlipDepth', prob=0.5),
    dict(type='PhotometricJitter'),
    dict(type='PackDepthInputs')
]
test_pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadDepthMap', valid_range=(1e-3, 10.0)),
    dict(type='PackDepthInputs')
]
train_dataloader = dict(
    batch_size=8,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='FolderDepthDataset',
        data_root='data/nyu',
        data_prefix=dict(
            img_path='images/train', depth_map_path='annotations/train'),
        depth_scale=1000.0,
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='FolderDepthDataset',
        data_root='data/nyu',
        data_prefix=dict(
            img_path='images/test', depth_map_path='annotations/test'),
        depth_scale=1000.0,
        test_mode=True,
        pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = [
    dict(
        type='DepthErrorMetric', min_depth=1e-3, max_depth=10.0, crop='eigen'),
    dict(type='DepthBoundaryMetric', max_depth=10.0)
]
test_evaluator = val_evaluator
