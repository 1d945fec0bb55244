# The same with one LiDAR sweep as sparse input, resized with the image.
_base_ = './kitti-eigen_640x192.py'
test_pipeline = [
    dict(type='LoadImage'),
    dict(
        type='LoadDepthMap',
        keys=['sparse_depth_map'],
        valid_range=(1e-3, 80.0)),
    dict(type='ResizeDepth', scale=(640, 192)),
    dict(
        type='LoadDepthMap',
        keys=['gt_depth_map'],
        valid_range=(1e-3, 80.0)),
    dict(type='PackDepthInputs')
]
train_dataloader = dict(dataset=dict(input_source='velodyne'))
val_dataloader = dict(
    dataset=dict(input_source='velodyne', pipeline=test_pipeline))
test_dataloader = val_dataloader
