_base_ = [
    './depth-anything-v2-small_relative_nyu_baseline.py',
    '../_base_/gradient_loss/balanced.py'
]
# on inverse depth, after the same alignment as the loss beside it
model = dict(loss=[
    _base_.model.loss,
    dict(domain='inverse', alignment='median_mad', **_base_.gradient_term)
])
custom_hooks = [_base_.gradient_hook]
