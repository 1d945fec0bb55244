# Procedural rooms, rendered during training: nothing to download.
train_dataloader = dict(
    batch_size=8,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='SyntheticDepthDataset',
        length=8000,
        size=(128, 192),
        seed=0,
        pipeline=[
            dict(type='RandomFlipDepth', prob=0.5),
            dict(type='PackDepthInputs')
        ]))
val_dataloader = dict(
    batch_size=8,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='SyntheticDepthDataset',
        length=96,
        size=(128, 192),
        seed=1,
        test_mode=True,
        pipeline=[dict(type='PackDepthInputs')]))
test_dataloader = val_dataloader
