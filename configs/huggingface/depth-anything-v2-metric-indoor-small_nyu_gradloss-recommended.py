_base_ = [
    './depth-anything-v2-metric-indoor-small_nyu_baseline.py',
    '../_base_/gradient_loss/balanced.py'
]
model = dict(loss=_base_.gradient_loss)
custom_hooks = [_base_.gradient_hook]
