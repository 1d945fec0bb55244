# Ground truth like that of a rotating scanner: 8 lines with gaps; validated on
# all pixels.
_base_ = './unet-tiny_rooms-96x64_dense-4500.py'
train_dataloader = dict(
    dataset=dict(pipeline=[
        dict(type='RandomFlipDepth', prob=0.5),
        dict(type='SparsifyDepth', mode='lines', num_lines=8),
        dict(type='PackDepthInputs')
    ]))
