# Your own images and depth maps, resized once and kept in memory, for many
# short trainings on a CPU. Pass --data-root DIR on the command line, with
# images/{train,val} and annotations/{train,val} in the folder DIR.
train_dataloader = dict(
    batch_size=8,
    num_workers=0,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='CachedDataset',
        dataset=dict(
            type='FolderDepthDataset',
            data_root='data/depth',
            data_prefix=dict(
                img_path='images/train', depth_map_path='annotations/train'),
            pipeline=[
                dict(type='LoadImage'),
                dict(type='LoadDepthMap', valid_range=(0.1, 15.0)),
                dict(type='ResizeDepth', scale=(96, 64))
            ]),
        pipeline=[
            dict(type='RandomFlipDepth', prob=0.5),
            dict(type='PhotometricJitter'),
            dict(type='PackDepthInputs')
        ]))
val_dataloader = dict(
    batch_size=16,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='CachedDataset',
        dataset=dict(
            type='FolderDepthDataset',
            data_root='data/depth',
            data_prefix=dict(
                img_path='images/val', depth_map_path='annotations/val'),
            test_mode=True,
            pipeline=[
                dict(type='LoadImage'),
                dict(type='LoadDepthMap', valid_range=(0.1, 15.0)),
                dict(type='ResizeDepth', scale=(96, 64))
            ]),
        pipeline=[dict(type='PackDepthInputs')]))
test_dataloader = val_dataloader
