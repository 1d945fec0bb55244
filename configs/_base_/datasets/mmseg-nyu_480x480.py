# NYU Depth v2 in mmsegmentation's layout, evaluated by its metric and ours.
# Unlike mmsegmentation's own file, it does not need albumentations. EXIF tags
# are ignored, so that images match their depth maps.
train_pipeline = [
    dict(type='LoadImageFromFile', color_type='color_ignore_orientation'),
    dict(type='mmseg.LoadDepthAnnotation', depth_rescale_factor=1e-3),
    # the scope matters: mmcv's RandomFlip does not flip the depth map
    dict(type='mmseg.RandomFlip', prob=0.5),
    dict(type='mmseg.RandomCrop', crop_size=(480, 480)),
    dict(type='mmseg.PhotoMetricDistortion'),
    dict(
        type='mmseg.PackSegInputs',
        meta_keys=('img_path', 'depth_map_path', 'ori_shape', 'img_shape',
                   'pad_shape', 'scale_factor', 'flip', 'flip_direction'))
]
test_pipeline = [
    dict(type='LoadImageFromFile', color_type='color_ignore_orientation'),
    dict(type='mmseg.LoadDepthAnnotation', depth_rescale_factor=1e-3),
    dict(
        type='mmseg.PackSegInputs',
        meta_keys=('img_path', 'depth_map_path', 'ori_shape', 'img_shape',
                   'pad_shape', 'scale_factor', 'flip', 'flip_direction'))
]
train_dataloader = dict(
    batch_size=8,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='mmseg.NYUDataset',
        data_root='data/nyu',
        data_prefix=dict(
            img_path='images/train', depth_map_path='annotations/train'),
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmseg.NYUDataset',
        data_root='data/nyu',
        test_mode=True,
        data_prefix=dict(
            img_path='images/test', depth_map_path='annotations/test'),
        pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = [
    dict(
        type='mmseg.DepthMetric',
        min_depth_eval=0.001,
        max_depth_eval=10.0,
        crop_type='nyu_crop'),
    dict(type='DepthErrorMetric', max_depth=10.0, crop='eigen'),
    dict(type='DepthBoundaryMetric', max_depth=10.0)
]
test_evaluator = val_evaluator
