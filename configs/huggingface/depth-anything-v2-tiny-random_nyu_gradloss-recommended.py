_base_ = [
    './depth-anything-v2-tiny-random_nyu_baseline.py',
    '../_base_/gradient_loss/balanced.py'
]
model = dict(loss=_base_.gradient_loss)
