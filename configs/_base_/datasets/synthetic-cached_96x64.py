# 2000 small rooms, rendered once and kept in memory, for many short trainings
# on a CPU.
train_dataloader = dict(
    batch_size=8,
    num_workers=0,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='CachedDataset',
        dataset=dict(
            type='SyntheticDepthDataset', length=2000, size=(64, 96), seed=0),
        pipeline=[
            dict(type='RandomFlipDepth', prob=0.5),
            dict(type='PackDepthInputs')
        ]))
val_dataloader = dict(
    batch_size=16,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='CachedDataset',
        dataset=dict(
            type='SyntheticDepthDataset',
            length=96,
            size=(64, 96),
            seed=1,
            test_mode=True),
        pipeline=[dict(type='PackDepthInputs')]))
test_dataloader = val_dataloader
