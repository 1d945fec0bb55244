_base_ = [
    './depth-anything-v2-metric-indoor-small_nyu_baseline.py',
    '../_base_/gradient_loss/recommended.py'
]
model = dict(loss=_base_.gradient_loss)
default_hooks = dict(gradient_loss=_base_.gradient_hook)
