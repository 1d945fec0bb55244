_base_ = [
    './dpt-tiny-random_nyu_baseline.py',
    '../_base_/gradient_loss/recommended.py'
]
# on inverse depth, after the same alignment as the loss beside it
model = dict(loss=[_base_.model.loss, _base_.relative_gradient_term])
default_hooks = dict(gradient_loss=_base_.gradient_hook)
