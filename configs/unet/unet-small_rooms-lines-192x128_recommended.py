_base_ = './balanced.py'
# Differences between valid pixels only, at any density. They are squared, and
# small numbers: hence the larger weight.
model = dict(
    decode_head=dict(
        loss=dict(gradient_weight=2.0, gradient=dict(preset='valid_mean'))))
# Ground truth as a rotating scanner sees it: a few lines, the rest unknown.
train_dataloader = dict(
    dataset=dict(pipeline=[
        dict(type='RandomFlipDepth', prob=0.5),
        dict(type='SparsifyDepth', mode='lines', num_lines=16),
        dict(type='PackDepthInputs')
    ]))
