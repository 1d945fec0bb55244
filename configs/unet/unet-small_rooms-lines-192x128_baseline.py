_base_ = './unet-small_rooms-192x128_baseline.py'
# Ground truth as a rotating scanner sees it: a few lines, the rest unknown.
train_dataloader = dict(
    dataset=dict(pipeline=[
        dict(type='RandomFlipDepth', prob=0.5),
        dict(type='SparsifyDepth', mode='lines', num_lines=16),
        dict(type='PackDepthInputs')
    ]))
