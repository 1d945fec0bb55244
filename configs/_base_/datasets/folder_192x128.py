# Your own images and depth maps. Pass --data-root DIR on the command line,
# with images/{train,val} and annotations/{train,val} in the folder DIR.
train_dataloader = dict(
    batch_size=8,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='FolderDepthDataset',
        data_root='data/depth',
        data_prefix=dict(
            img_path='images/train', depth_map_path='annotations/train'),
        img_suffix='.jpg',
        depth_map_suffix='.png',
        depth_scale=1000.0,
        pipeline=[
            dict(type='LoadImage'),
            dict(type='LoadDepthMap', valid_range=(0.1, 15.0)),
            dict(type='ResizeDepth', scale=(192, 128)),
            dict(type='RandomFlipDepth', prob=0.5),
            dict(type='PhotometricJitter'),
            dict(type='PackDepthInputs')
        ]))
val_dataloader = dict(
    batch_size=8,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='FolderDepthDataset',
        data_root='data/depth',
        data_prefix=dict(
            img_path='images/val', depth_map_path='annotations/val'),
        img_suffix='.jpg',
        depth_map_suffix='.png',
        depth_scale=1000.0,
        test_mode=True,
        pipeline=[
            dict(type='LoadImage'),
            dict(type='LoadDepthMap', valid_range=(0.1, 15.0)),
            dict(type='ResizeDepth', scale=(192, 128)),
            dict(type='PackDepthInputs')
        ]))
test_dataloader = val_dataloader
