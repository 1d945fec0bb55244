_base_ = [
    './depth-anything-v2-small_relative_nyu_baseline.py',
    '../_base_/gradient_loss/recommended.py'
]
# on inverse depth, with the same alignment as the other loss
model = dict(loss=[_base_.model.loss, _base_.relative_gradient_term])
default_hooks = dict(gradient_loss=_base_.gradient_hook)
