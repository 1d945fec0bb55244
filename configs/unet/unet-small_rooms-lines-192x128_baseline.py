_base_ = './unet-small_rooms-192x128_baseline.py'
# Ground truth like that of a rotating scanner: a few lines only.
train_dataloader = dict(
    dataset=dict(pipeline=[
        dict(type='RandomFlipDepth', prob=0.5),
        dict(type='SparsifyDepth', mode='lines', num_lines=16),
        dict(type='PackDepthInputs')
    ]))
