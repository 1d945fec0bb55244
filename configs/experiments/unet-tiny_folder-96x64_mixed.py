# Real images alone, or mixed with rendered rooms: without a gradient term,
# with it on all images, and with it on rendered images only. All variants see
# 8 real images per batch on average; mixed ones have 2 rooms in addition. The
# real images are your own: pass --data-root DIR.
_base_ = './unet-tiny_folder-96x64_real.py'
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        ignore_keys=['dataset_type', 'task_name'],
        datasets=[
            # 280 images give four times as many as the rooms
            dict(
                type='RepeatDataset',
                times=28,
                dataset=dict(
                    type='CachedDataset',
                    dataset=dict(
                        type='FolderDepthDataset',
                        data_root='data/depth',
                        pipeline=[
                            dict(type='LoadImage'),
                            dict(type='LoadDepthMap'),
                            dict(type='ResizeDepth', scale=(96, 64))
                        ]),
                    pipeline=[
                        dict(type='SetGradientWeight', weight=1.0),
                        dict(type='RandomFlipDepth', prob=0.5),
                        dict(type='PhotometricJitter'),
                        dict(type='PackDepthInputs')
                    ])),
            dict(
                type='RepeatDataset',
                times=1,
                dataset=dict(
                    type='CachedDataset',
                    dataset=dict(
                        type='SyntheticDepthDataset',
                        length=2000,
                        size=(64, 96),
                        seed=0),
                    pipeline=[
                        dict(type='RandomFlipDepth', prob=0.5),
                        dict(type='PackDepthInputs')
                    ]))
        ]))
log_2 = _base_.sweep.variants['log 2']
sweep = dict(
    variants={
        '_delete_': True,
        'real': {
            'train_dataloader.dataset.datasets.1.times': 0
        },
        'real, gradient': {
            'train_dataloader.dataset.datasets.1.times': 0,
            **log_2
        },
        'mixed': {
            'train_dataloader.batch_size': 10
        },
        'mixed, gradient on all': {
            'train_dataloader.batch_size': 10,
            **log_2
        },
        'mixed, gradient on rendered': {
            'train_dataloader.batch_size': 10,
            **log_2,
            'train_dataloader.dataset.datasets.0.dataset.pipeline.0.weight':
            0.0
        },
    })
del log_2
