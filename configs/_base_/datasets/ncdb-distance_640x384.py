# NCDB, distance along the ray, in the layout of NCDBDataset. Epoch-based. For
# RGB+D models set input_depth_type='distance_original' in all three data sets.
_base_ = './epoch-loaders.py'
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadDepthMap', valid_range=(0.1, 15.0)),
    dict(type='ResizeDepth', scale=(640, 384)),
    dict(type='PhotometricJitter'),
    dict(type='PackDepthInputs')
]
test_pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadDepthMap', valid_range=(0.1, 15.0)),
    dict(type='ResizeDepth', scale=(640, 384)),
    dict(type='PackDepthInputs')
]
train_dataloader = dict(
    batch_size=12,
    dataset=dict(
        type='NCDBDataset',
        data_root='data/ncdb',
        ann_file='splits/combined_train.json',
        depth_type='distance',
        input_depth_type=None,
        pipeline=train_pipeline))
val_dataloader = dict(
    dataset=dict(
        type='NCDBDataset',
        data_root='data/ncdb',
        ann_file='splits/combined_val.json',
        depth_type='distance',
        input_depth_type=None,
        test_mode=True,
        pipeline=test_pipeline))
test_dataloader = dict(
    dataset=dict(
        type='NCDBDataset',
        data_root='data/ncdb',
        ann_file='splits/combined_test.json',
        depth_type='distance',
        input_depth_type=None,
        test_mode=True,
        pipeline=test_pipeline))
