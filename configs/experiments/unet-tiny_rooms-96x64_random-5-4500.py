# Ground truth at random 5 % of the pixels, redrawn each time; validated on
# all.
_base_ = './unet-tiny_rooms-96x64_dense-4500.py'
train_dataloader = dict(
    dataset=dict(pipeline=[
        dict(type='RandomFlipDepth', prob=0.5),
        dict(type='SparsifyDepth', mode='random', ratio=0.05),
        dict(type='PackDepthInputs')
    ]))
