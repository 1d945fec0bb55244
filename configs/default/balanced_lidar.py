_base_ = './balanced.py'
# Differences between valid pixels only, at any density.
model = dict(decode_head=dict(loss=dict(gradient=dict(preset='sparse'))))
# Ground truth as a rotating scanner sees it: a few lines, the rest unknown.
train_dataloader = dict(
    dataset=dict(pipeline=[
        dict(type='RandomFlipDepth', prob=0.5),
        dict(type='SparsifyDepth', mode='lines', num_lines=16),
        dict(type='PackDepthInputs')
    ]))
